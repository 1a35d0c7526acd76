"""Outgoing webhooks: each event told once, signed so that others can check it, tried again for days, then given up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import calls, hooks
from bot.calls import call_some
from bot.hooks import Wanted
from bot.house import House
from bot.jobs import _due
from bot.receive import receive
from channels.outside import Outside
from core.errors import Conflict, MalformedPayload, NotAllowed, NotFound
from core.happenings import HAPPENINGS
from store import hooks as rows
from store.audit import verify
from store.hooks import GIVEN_UP_AFTER, WAITS, fan_out, forget_calls
from store.jobs import enqueue
from store.models import AuditEntry, Event, Hook, HookCall, Job
from tests.architecture.source import ROOT
from tests.company import Company, StandingClock, Writer, make_company
from tests.concurrency import together
from tests.fakes.serving import serving, unused_url

EVERYTHING = Wanted("CRM", "https://crm.example/events")


@dataclass
class Receiver:
    """A program elsewhere. `script`: the statuses that it answers, then 204."""

    url: str = ""
    script: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.got.append((dict(request.headers), body))
        return Response(status_code=self.script.pop(0) if self.script else 204)

    @property
    def names(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    @property
    def kinds(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    here = Receiver()
    with serving(Starlette(routes=[Route("/events", here.take, methods=["POST"])])) as url:
        here.url = f"{url}/events"
        yield here


@pytest.fixture
def company(house: House) -> Company:
    """With one host of our own network that may be called: that of the tests."""
    web = house.settings.web.model_copy(update={"inside_hosts": ["127.0.0.1"]})
    settings = house.settings.model_copy(update={"web": web})
    return make_company(replace(house, settings=settings))


def attach(company: Company, url: str, *kinds: str) -> hooks.Made:
    return hooks.make(company.house, company.admin, Wanted("CRM", url, kinds))


async def round_of(company: Company, outside: Outside | None = None) -> int:
    """Events fanned out and everything due called, as a worker would."""
    house = company.house
    client = outside or Outside(house.settings.web.inside_hosts)
    await house.database.run(fan_out, house.clock())
    made = await call_some(house, "w1", client)
    await client.close()
    return made


def write(company: Company, text: str = "Where is my parcel?") -> None:
    receive(company.house, company.mail, [Writer().mail(text)])


async def run(company: Company, deed: Any, *args: Any) -> Any:
    return await company.house.database.run(deed, *args)


async def test_an_event_is_told_once_signed_as_others_check_it_and_without_words(
    company: Company, receiver: Receiver, clock: StandingClock
) -> None:
    made = await run(company, attach, company, receiver.url)
    await run(company, write, company, "My secret plan")
    await round_of(company)
    await round_of(company)
    event = await run(company, Event.objects.get)
    [(headers, body)] = receiver.got
    with time_machine.travel(clock.now, tick=False):
        said = Verifier(made.secret).verify(body, headers)
        with pytest.raises(WebhookVerificationError):
            Verifier(made.secret).verify(body + b" ", headers)
        with pytest.raises(WebhookVerificationError):
            Verifier(hooks.new_secret()).verify(body, headers)
    assert (said["type"], said["timestamp"]) == ("message", event.at.isoformat())
    assert said["data"]["conversation"] == str(event.conversation_id)
    assert said["data"]["position"].endswith(f".{event.id}")
    assert b"secret plan" not in body
    call = await run(company, HookCall.objects.get)
    assert (call.state, call.status, call.attempts) == ("delivered", 204, 1)


async def test_only_what_was_asked_for_and_only_from_then_on_is_told(
    company: Company, receiver: Receiver
) -> None:
    await run(company, write, company)
    await run(company, attach, company, receiver.url, "ticket_opened")
    await run(company, write, company)
    await round_of(company)
    assert receiver.got == []
    await run(company, hooks.change, company.house, company.admin, (await run(company, Hook.objects.get)).id,
              Wanted("CRM", receiver.url, ("message", "note")))  # fmt: skip
    await run(company, write, company)
    await round_of(company)
    assert receiver.kinds == ["message"]


async def test_what_is_not_taken_is_tried_again_under_its_old_id_until_it_is(
    company: Company, receiver: Receiver, clock: StandingClock
) -> None:
    await run(company, attach, company, receiver.url)
    await run(company, write, company)
    receiver.script = [500, 400, 302]
    for wait in WAITS[:3]:
        await round_of(company)
        assert await round_of(company) == 0, "not before its time"
        clock.advance(seconds=wait)
    await round_of(company)
    assert len(receiver.got) == 4
    assert len(set(receiver.names)) == 1
    call = await run(company, HookCall.objects.get)
    assert (call.state, call.attempts, call.problem) == ("delivered", 4, "")
    hook = await run(company, Hook.objects.get)
    assert (hook.failures, hook.failing_since) == (0, None)


async def test_a_call_that_nobody_ever_takes_fails_after_three_days_and_can_be_sent_again(
    company: Company, receiver: Receiver, clock: StandingClock
) -> None:
    made = await run(company, attach, company, receiver.url)
    await run(company, write, company)
    receiver.script = [400] * (len(WAITS) + 1)
    for wait in (*WAITS, 0):
        await round_of(company)
        clock.advance(seconds=wait)
    call = await run(company, HookCall.objects.get)
    assert (call.state, call.attempts, call.problem) == ("failed", len(WAITS) + 1, "status 400")
    clock.advance(days=1)
    assert await round_of(company) == 0
    await run(company, hooks.send_again, company.house, company.admin, made.row.id, call.id)
    await round_of(company)
    call = await run(company, HookCall.objects.get)
    assert call.state == "delivered"
    with pytest.raises(NotFound):
        await run(company, hooks.send_again, company.house, company.admin, made.row.id, 999)


async def test_an_address_that_is_away_is_left_alone_for_a_while_whatever_waits(
    company: Company, clock: StandingClock
) -> None:
    await run(company, attach, company, unused_url() + "/events")
    for _ in range(3):
        await run(company, write, company)
    await round_of(company)
    failures = (await run(company, Hook.objects.get)).failures
    assert failures == 3
    await run(company, write, company)
    assert await round_of(company) == 1
    assert (await run(company, Hook.objects.get)).failures == failures, "it was only put off"
    clock.advance(seconds=60)
    await round_of(company)
    assert (await run(company, Hook.objects.get)).failures > failures


async def test_what_failed_for_five_days_is_switched_off_and_leaves_a_record(
    company: Company, receiver: Receiver, clock: StandingClock
) -> None:
    made = await run(company, attach, company, receiver.url)
    receiver.script = [503] * 50
    began = clock.now
    while clock.now - began < GIVEN_UP_AFTER:
        await run(company, write, company)
        await round_of(company)
        assert (await run(company, Hook.objects.get)).is_active
        clock.advance(hours=20)
    await round_of(company)
    hook = await run(company, Hook.objects.get)
    assert (hook.is_active, hook.ended) == (False, "it failed for five days")
    asked = len(receiver.got)
    clock.advance(days=1)
    await run(company, write, company)
    await round_of(company)
    assert len(receiver.got) == asked
    gave_up = await run(company, AuditEntry.objects.filter(action="webhook.give_up").count)
    assert gave_up == 1
    receiver.script = []
    await run(company, hooks.change, company.house, company.admin, made.row.id,
              Wanted("CRM", receiver.url))  # fmt: skip
    await run(company, write, company)
    await round_of(company)
    assert len(receiver.got) == asked + 1, "told what happens from then on, not what was missed"


async def test_gone_ends_it_at_once(company: Company, receiver: Receiver) -> None:
    await run(company, attach, company, receiver.url)
    await run(company, write, company)
    receiver.script = [410]
    await round_of(company)
    assert not (await run(company, Hook.objects.get)).is_active


async def test_a_new_secret_signs_beside_the_former_one_for_a_day(
    company: Company, receiver: Receiver, clock: StandingClock
) -> None:
    made = await run(company, attach, company, receiver.url)
    new = await run(company, hooks.change_secret, company.house, company.admin, made.row.id)
    await run(company, write, company)
    await round_of(company)
    clock.advance(hours=25)
    await run(company, write, company)
    await round_of(company)
    (early, early_body), (late, late_body) = receiver.got
    with time_machine.travel(clock.now - timedelta(hours=25), tick=False):
        for secret in (made.secret, new.secret):
            assert Verifier(secret).verify(early_body, early)
    with time_machine.travel(clock.now, tick=False):
        assert Verifier(new.secret).verify(late_body, late)
        with pytest.raises(WebhookVerificationError):
            Verifier(made.secret).verify(late_body, late)


async def test_a_test_is_sent_also_where_nothing_else_is(
    company: Company, receiver: Receiver
) -> None:
    off = Wanted("CRM", receiver.url, is_active=False)
    made = await run(company, hooks.make, company.house, company.admin, off)
    await run(company, write, company)
    await run(company, hooks.send_test, company.house, company.admin, made.row.id)
    await round_of(company)
    assert receiver.kinds == ["test"]


async def test_a_job_that_is_run_twice_calls_once_more_at_most(
    company: Company, receiver: Receiver, clock: StandingClock
) -> None:
    await run(company, attach, company, receiver.url)
    await run(company, write, company)
    await round_of(company)
    call = await run(company, HookCall.objects.get)
    await run(company, enqueue, rows.JOB, {"call": call.id, "attempt": 0}, clock.now)
    await round_of(company)
    assert len(receiver.got) == 1


def test_two_that_fan_out_at_once_tell_each_event_once(company: Company) -> None:
    hooks.make(company.house, company.admin, EVERYTHING)
    for _ in range(5):
        write(company)
    now = company.house.clock()
    results = together([lambda: fan_out(now) for _ in range(4)])
    assert not [item for item in results if isinstance(item, BaseException)]
    assert HookCall.objects.count() == Event.objects.count() == 5


def test_other_jobs_never_wait_for_an_address_that_is_away(
    company: Company, clock: StandingClock
) -> None:
    hooks.make(company.house, company.admin, EVERYTHING)
    for _ in range(20):
        write(company)
    fan_out(clock.now)
    enqueue("mend", {}, clock.advance(seconds=1))
    assert [job.kind for job in _due("w1", company.house)] == ["mend"]
    assert Job.objects.filter(kind=rows.JOB).count() == 20


def test_only_admins_set_them_up_and_every_deed_is_recorded(company: Company) -> None:
    house, admin = company.house, company.admin
    made = hooks.make(house, admin, EVERYTHING)
    hooks.change(house, admin, made.row.id, replace(EVERYTHING, kinds=("note",)))
    hooks.change_secret(house, admin, made.row.id)
    for user in (company.agent, company.lead):
        for deed in (
            lambda by: hooks.make(house, by, replace(EVERYTHING, name="Mine")),
            lambda by: hooks.change(house, by, made.row.id, EVERYTHING),
            lambda by: hooks.change_secret(house, by, made.row.id),
            lambda by: hooks.send_test(house, by, made.row.id),
            lambda by: hooks.remove(house, by, made.row.id),
            hooks.hooks_of,
        ):
            with pytest.raises(NotAllowed):
                deed(user)
    hooks.remove(house, admin, made.row.id)
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    deeds = ["create", "change", "secret", "remove"]
    assert actions == [f"webhook.{deed}" for deed in deeds]
    assert verify() == (4, None)
    assert made.secret.encode() not in b"".join(
        bytes(entry.details_cipher) for entry in AuditEntry.objects.all()
    )


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (replace(EVERYTHING, name=" "), MalformedPayload),
        (replace(EVERYTHING, name="Taken"), Conflict),
        (replace(EVERYTHING, url="http://crm.example/"), NotAllowed),
        (replace(EVERYTHING, url="https://crm.example/" + "a" * 600), MalformedPayload),
        (replace(EVERYTHING, kinds=("nothing",)), MalformedPayload),
    ],
)
def test_what_makes_no_sense_is_refused(
    company: Company, wanted: Wanted, refusal: type[Exception]
) -> None:
    hooks.make(company.house, company.admin, replace(EVERYTHING, name="Taken"))
    with pytest.raises(refusal):
        hooks.make(company.house, company.admin, wanted)
    with pytest.raises(MalformedPayload):
        hooks.make(company.house, company.admin, EVERYTHING, "whsec_short")


async def test_the_log_is_kept_for_thirty_days(
    company: Company, receiver: Receiver, clock: StandingClock
) -> None:
    await run(company, attach, company, receiver.url)
    await run(company, write, company)
    await round_of(company)
    assert await run(company, forget_calls, clock.now + timedelta(days=29)) == 0
    assert await run(company, forget_calls, clock.now + timedelta(days=31)) == 1


async def test_old_calls_are_forgotten_by_the_clock_as_soon_as_the_duty_is_held(
    company: Company, receiver: Receiver, clock: StandingClock
) -> None:
    """However short each process lives: nobody has to be up for an hour first."""
    await run(company, attach, company, receiver.url)
    await run(company, write, company)
    await round_of(company)
    clock.advance(days=31)
    caller = calls._Caller(company.house, "w", Outside(("127.0.0.1",)))
    await caller.step()
    assert await run(company, HookCall.objects.count) == 0
    await caller.duty.leave()


def test_the_answer_is_waited_for_less_than_the_job_is_leased() -> None:
    assert timedelta(seconds=calls.SECONDS * 2) < calls.JOB_LEASE


def test_every_kind_that_is_logged_is_named() -> None:
    """A kind that is missing in the list could not be asked for."""
    import re

    text = "\n".join(path.read_text() for path in (ROOT / "store").glob("*.py"))
    logged = set(re.findall(r'log\.add\(\s*"(\w+)"', text))
    assert len(logged) > 8
    assert logged <= set(HAPPENINGS)
