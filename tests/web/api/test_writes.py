"""Writes act once: keys, versions, and what reaches the customer. Who may write is `test_access`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from bot import desk
from bot.tokens import Scope, make_personal
from core.errors import Conflict, KeyReused
from store import answered
from store.answered import Answered, once
from store.models import ApiAnswer, ApiToken, AuditEntry, Message, OutboxRow, SlaPolicy, Ticket
from tests.company import Company
from tests.web.api.conftest import World


def _said(world: World, text: str) -> int:
    """How often somebody of ours said this."""
    page = world.ask("ruth", "GET", f"/conversations/{world.conversation('maya')}/messages")
    return [item["text"] for item in page.json()["items"]].count(text)


def test_a_reply_goes_out_and_the_ticket_waits(world: World) -> None:
    before = OutboxRow.objects.count()
    body = {"text": "One moment, please.", "then": "wait"}
    answer = world.ask("amira", "POST", world.path("maya", "/reply"), body)
    assert answer.status_code == 201
    assert answer.json()["ticket"]["status"] == "pending"
    assert answer["ETag"] == f'"v{answer.json()["ticket"]["version"]}"'
    assert OutboxRow.objects.count() == before + 1
    assert Message.objects.filter(id=answer.json()["message"], author="agent").exists()


def test_the_same_key_and_body_act_once_and_are_answered_the_same(world: World) -> None:
    path, body = world.path("maya", "/reply"), {"text": "Only once."}
    answers = [world.ask("amira", "POST", path, body, Idempotency_Key="reply-1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.content for answer in answers}) == 1
    assert len({answer["ETag"] for answer in answers}) == 1
    assert [answer.get("Idempotency-Replayed", "") for answer in answers] == ["", "true", "true"]
    assert _said(world, "Only once.") == 1


def test_without_a_key_each_request_acts(world: World) -> None:
    for _ in range(2):
        world.ask("amira", "POST", world.path("maya", "/reply"), {"text": "Twice."})
    assert _said(world, "Twice.") == 2


def test_a_key_used_for_another_request_is_refused(world: World) -> None:
    path = world.path("maya", "/notes")
    world.ask("amira", "POST", path, {"text": "First."}, Idempotency_Key="k")
    other_body = world.ask("amira", "POST", path, {"text": "Second."}, Idempotency_Key="k")
    other_path = world.ask("amira", "POST", world.path("maya", "/wait"), Idempotency_Key="k")
    assert (other_body.status_code, other_path.status_code) == (409, 409)
    assert other_body.json()["code"] == "key_reused"
    assert _said(world, "Second.") == 0
    assert Ticket.objects.get(number=world.made["maya"]).status == "open"


def test_keys_of_two_tokens_never_meet(world: World) -> None:
    path = world.path("maya", "/notes")
    first = world.ask("amira", "POST", path, {"text": "A note."}, Idempotency_Key="same")
    second = world.ask("ruth", "POST", path, {"text": "A note."}, Idempotency_Key="same")
    assert first.json()["message"] != second.json()["message"]


def test_what_was_refused_may_be_tried_again_under_its_key(world: World) -> None:
    path = world.path("hub", "/reply")
    assert (
        world.ask("wei", "POST", path, {"text": "Hello."}, Idempotency_Key="k").status_code == 409
    )
    assert not ApiAnswer.objects.exists()
    desk.take(world.house, world.user("wei"), world.made["hub"])
    assert (
        world.ask("wei", "POST", path, {"text": "Hello."}, Idempotency_Key="k").status_code == 201
    )


def test_a_key_is_forgotten_after_a_day(world: World) -> None:
    path = world.path("maya", "/notes")
    first = world.ask("amira", "POST", path, {"text": "A note."}, Idempotency_Key="k").json()
    world.clock.advance(hours=24, minutes=1)
    second = world.ask("amira", "POST", path, {"text": "A note."}, Idempotency_Key="k").json()
    assert first["message"] != second["message"]
    assert ApiAnswer.objects.count() == 1


def test_answers_are_kept_without_anybodys_words(world: World) -> None:
    path = world.path("maya", "/reply")
    world.ask("amira", "POST", path, {"text": "Secret plum."}, Idempotency_Key="k")
    kept = str(ApiAnswer.objects.values().get())
    assert "plum" not in kept
    assert "charged" not in kept


def test_a_write_about_an_old_version_is_refused(world: World) -> None:
    path = world.path("maya")
    seen = world.ask("amira", "GET", path)["ETag"]
    world.ask("ruth", "POST", f"{path}/classify", {"priority": 1})
    answer = world.ask("amira", "POST", f"{path}/resolve", If_Match=seen)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_version")
    assert Ticket.objects.get(number=world.made["maya"]).status == "open"
    now = world.ask("amira", "GET", path)["ETag"]
    assert world.ask("amira", "POST", f"{path}/resolve", If_Match=now).status_code == 200


@pytest.mark.parametrize("tag", ["v5", 'W/"v5"', '"5"', '"v-1"', '"v5", "v6"'])
def test_an_etag_that_we_never_gave_is_refused(world: World, tag: str) -> None:
    answer = world.ask("amira", "POST", world.path("maya", "/resolve"), If_Match=tag)
    assert answer.status_code == 422


def test_any_version_will_do(world: World) -> None:
    for tag in ("*", ""):
        answer = world.ask("amira", "POST", world.path("maya", "/take"), If_Match=tag)
        assert answer.status_code == 200


def test_protected_fields_cannot_be_written(world: World) -> None:
    path = world.path("maya")
    before = Ticket.objects.filter(number=world.made["maya"]).values().get()
    for extra in ({"status": "closed"}, {"assignee": None}, {"version": 99}, {"number": 1}):
        answer = world.ask("amira", "POST", f"{path}/classify", {"priority": 2, **extra})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == f"/body/{next(iter(extra))}"
    assert Ticket.objects.filter(number=world.made["maya"]).values().get() == before


def test_whoever_gives_a_ticket_away_is_told_what_came_of_it(world: World) -> None:
    body = {"team": "technical"}
    desk.release(world.house, world.user("amira"), world.made["maya"])
    answer = world.ask("amira", "POST", world.path("maya", "/classify"), body)
    assert (answer.status_code, answer.json()["team"]) == (200, "technical")
    assert world.ask("amira", "GET", world.path("maya")).status_code == 404


def test_a_policy_that_was_read_can_be_chosen_and_taken_back(world: World) -> None:
    path = world.path("maya")
    [before] = world.ask("ruth", "GET", "/policies").json()["items"]
    assert world.ask("amira", "GET", path).json()["policy"] == before["id"]
    ticket = Ticket.objects.get(number=world.made["maya"])
    other = SlaPolicy.objects.create(brand=ticket.brand, name="None", targets={})
    answer = world.ask("ruth", "POST", f"{path}/policy", {"policy": str(other.id)})
    assert answer.status_code == 200
    now = world.ask("ruth", "GET", path).json()
    assert now["policy"] == str(other.id)
    assert [clock["clock"] for clock in now["clocks"]] == ["response"], "met already: that stays"
    assert world.ask("ruth", "POST", f"{path}/policy", {"policy": before["id"]}).status_code == 200
    ticket.refresh_from_db()
    assert str(ticket.policy_id) == before["id"]
    unknown = {"policy": str(ticket.id)}
    assert world.ask("ruth", "POST", f"{path}/policy", unknown).status_code == 404


def test_each_deed_leaves_its_audit_entry(world: World) -> None:
    before = AuditEntry.objects.count()
    world.ask("amira", "POST", world.path("maya", "/wait"), Idempotency_Key="k")
    world.ask("amira", "POST", world.path("maya", "/wait"), Idempotency_Key="k")
    [entry] = AuditEntry.objects.order_by("id")[before:]
    assert (entry.action, entry.actor) == ("ticket.wait", f"user:{world.user('amira').id}")


@pytest.fixture
def token(company: Company) -> ApiToken:
    return make_personal(company.house, company.agent, "test", [Scope.TICKETS_WRITE], None).row


def test_two_at_once_act_once(company: Company, token: ApiToken) -> None:
    """On each database, in two threads with connections of their own."""
    done: list[str] = []

    def act() -> Answered:
        done.append(uuid4().hex)
        return Answered(200, {"id": done[-1]})

    def ask(number: int) -> Answered:
        try:
            return once(token, "key", b"request", company.house.clock(), act)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert len(done) == 1
    assert {str(answer.body) for answer in answers} == {str({"id": done[0]})}
    assert sorted(answer.is_replay for answer in answers) == [False, True, True, True]


def test_a_failing_act_leaves_no_key(company: Company, token: ApiToken) -> None:
    def act() -> Answered:
        raise Conflict

    now = company.house.clock()
    with pytest.raises(Conflict):
        once(token, "key", b"request", now, act)
    assert not ApiAnswer.objects.exists()
    assert once(token, "key", b"other", now, lambda: Answered(200, {})).is_replay is False
    with pytest.raises(KeyReused):
        once(token, "key", b"request", now, act)


def test_the_key_is_what_makes_it_once(
    company: Company, token: ApiToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the kept answer a repeated request acts again: the guard is what the tests above see."""
    monkeypatch.setattr(answered, "KEPT", timedelta(seconds=-1))
    done: list[Any] = []
    for _ in range(2):
        once(
            token,
            "key",
            b"request",
            company.house.clock(),
            lambda: done.append(1) or Answered(200, {}),  # type: ignore[func-returns-value]
        )
    assert len(done) == 2


def test_a_refusal_is_told_in_the_language_that_was_asked_for(world: World) -> None:
    path = world.path("jan", "/reply")
    plain = world.ask("amira", "POST", path, {"text": "Hello."})
    german = world.ask("amira", "POST", path, {"text": "Hello."}, Accept_Language="de")
    assert (plain.status_code, german.status_code) == (409, 409)
    assert plain.json()["detail"] == "Take the ticket first: somebody else is speaking."
    assert german.json()["detail"].startswith("Übernehmen Sie zuerst das Ticket")
    assert plain.json()["code"] == german.json()["code"] == "illegal_transition"
