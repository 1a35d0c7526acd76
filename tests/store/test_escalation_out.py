"""Steps that reach people outside the desk, wider rings, and customers who are upset: each once, to the right person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bot import desk
from bot.annotate import annotate
from bot.dialogue import Understanding
from bot.moods import read_mood
from bot.notices import send_notice
from bot.receive import receive
from bot.watch import watch_once
from core.dossier import Deed, Step
from core.errors import PermanentFailure, TemporaryFailure
from core.knowledge import Answer, Answering
from core.message import AddressKind
from core.understanding import Act, Understood
from store.jobs import job_done, take_jobs
from store.models import (
    Agent,
    EscalationStep,
    Event,
    Inbox,
    Notice,
    QueueEntry,
    Rota,
    RotaCover,
    RotaMember,
    SlaPolicy,
    TeamMember,
    Ticket,
    User,
)
from store.moods import JOB as MOOD
from store.notices import GATHERS, JOB
from tests.company import Company, StandingClock, Writer
from tests.store.test_escalation import look, maya, number, step, ticket, told  # noqa: F401 - fixtures


def notices() -> list[tuple[str, str, str]]:
    rows = Notice.objects.select_related("user").order_by("made_at", "user__name")
    return [(row.kind, row.user.name if row.user else row.place, row.state) for row in rows]


def send_due(company: Company, clock: StandingClock) -> int:
    """Runs the jobs that are due, as a worker does."""
    jobs = take_jobs("w", timedelta(seconds=30), 50, clock(), only=JOB)
    # Whatever kind of inbox it is, the same provider takes it.
    house = replace(company.house, channel_of=lambda inbox: company.provider)
    for job in jobs:
        asyncio.run(send_notice(house, job.payload))
        assert job_done(job)
    return len(jobs)


def a_rota(company: Company, inbox: Inbox | None = None) -> Rota:
    """Agent and other take turns of a day from the day of the clock on, handed over at 09:00 in Berlin."""
    rota = Rota.objects.create(
        brand=company.brand,
        name="Nights",
        time_zone="Europe/Berlin",
        starts_on=date(2027, 3, 1),
        days=1,
        inbox=inbox,
    )
    for position, user in enumerate((company.agent, company.other)):
        RotaMember.objects.create(rota=rota, user=user, position=position)
    return rota


def test_a_mail_goes_to_the_leads_and_says_why_in_nobodys_words(
    company: Company,
    number: int,  # noqa: F811
    clock: StandingClock,
) -> None:
    TeamMember.objects.filter(agent__user=company.lead).update(is_lead=True)
    step("mail", share=0.5, to="leads")
    look(company, number, clock, hours=12)
    look(company, number, clock, hours=1)
    assert notices() == [("escalated", "Lead Person", "waiting")]
    assert send_due(company, clock) == 1
    assert notices() == [("escalated", "Lead Person", "sent")]
    [mail] = company.provider.taken
    assert (mail.to.kind, mail.to.value) == (AddressKind.EMAIL, "lead@acme.example")
    assert mail.subject == f"Ticket #{number}: please look"
    assert "50% of the promised time for the first reply is used" in mail.text
    assert f"/desk/tickets/{number}/" in mail.text
    assert "parcel" not in mail.text.casefold()
    assert [data["outcome"] for data in told()] == ["mailed"]


def test_a_mail_to_whose_it_is_and_to_a_person(
    company: Company,
    number: int,  # noqa: F811
    clock: StandingClock,
) -> None:
    desk.take(company.house, company.agent, number)
    step("mail", share=0.5, to="assignee")
    step("mail", share=0.6, to=str(company.other.id))
    step("mail", share=0.7, to="nobody")
    look(company, number, clock, hours=20)
    assert {who for _, who, _ in notices()} == {"Agent Person", "Other Person"}
    assert [data["outcome"] for data in told()] == ["mailed", "mailed", "no_such_person"]


def test_a_post_goes_to_a_channel_of_slack(
    company: Company,
    number: int,  # noqa: F811
    clock: StandingClock,
) -> None:
    slack = Inbox(brand=company.brand, slug="chat-ops", name="Slack", channel="slack")
    slack.save(force_insert=True)
    step("slack", share=0.5, inbox="chat-ops", place="C0123ABCD")
    step("slack", share=0.6, inbox="gone", place="C0123ABCD")
    look(company, number, clock, hours=20)
    assert send_due(company, clock) == 1
    [post] = company.provider.taken
    assert (post.to.kind, post.to.value) == (AddressKind.SLACK, "C0123ABCD")
    assert f"/desk/tickets/{number}/" in post.text
    assert [data["outcome"] for data in told()] == ["posted", "no_such_place"]


@pytest.mark.parametrize(
    ("hours", "paged"),
    # 12:00 UTC is 13:00 in Berlin: "other" has the second day, from 09:00 there on.
    [(1, "Other Person"), (19.9, "Other Person"), (20.01, "Agent Person")],
)
def test_who_is_on_call_is_paged(
    company: Company,
    number: int,  # noqa: F811
    clock: StandingClock,
    hours: float,
    paged: str,
) -> None:
    step("page", clock="silence", minutes=round(hours * 60), rota=str(a_rota(company).id))
    look(company, number, clock, hours=hours + 0.05)
    assert notices() == [("paged", paged, "waiting")]
    assert told()[0]["outcome"] == "paged"
    send_due(company, clock)
    assert company.provider.taken[0].subject == f"On call: ticket #{number}"


def test_who_stands_in_is_paged_by_telephone_where_one_is_known(
    company: Company,
    number: int,  # noqa: F811
    clock: StandingClock,
) -> None:
    sms = Inbox(brand=company.brand, slug="sms", name="SMS", channel="sms")
    sms.save(force_insert=True)
    rota = a_rota(company, sms)
    RotaCover.objects.create(
        rota=rota, user=company.lead, start=clock(), end=clock() + timedelta(hours=30)
    )
    step("page", share=0.5, rota=str(rota.id))
    step("page", share=0.6, rota=str(rota.id))
    look(company, number, clock, hours=12)
    assert Notice.objects.get().inbox.channel == "email", "no telephone is known"
    Agent.objects.filter(user=company.lead).update(phone="+4930123456")
    look(company, number, clock, hours=3)
    send_due(company, clock)
    assert [(one.to.kind, one.to.value) for one in company.provider.taken] == [
        (AddressKind.EMAIL, "lead@acme.example"),
        (AddressKind.PHONE, "+4930123456"),
    ]


def test_where_nobody_is_on_call_it_is_said(
    company: Company,
    number: int,  # noqa: F811
    clock: StandingClock,
) -> None:
    rota = a_rota(company)
    rota.members.all().delete()
    step("page", share=0.5, rota=str(rota.id))
    step("page", share=0.6, rota=str(UUID(int=7)))
    look(company, number, clock, hours=20)
    assert [data["outcome"] for data in told()] == ["nobody_on_call", "no_such_rota"]
    assert notices() == []


def test_a_ring_opens_the_ticket_to_others(
    company: Company,
    number: int,  # noqa: F811
    clock: StandingClock,
) -> None:
    QueueEntry.objects.update(skills=["api"], plan=[{"minutes": 90.0, "team": "orders"}])
    step("add_ring", share=0.5)
    step("add_ring", share=0.6)
    look(company, number, clock, hours=20)
    entry = QueueEntry.objects.get()
    assert (entry.skills, entry.plan, entry.only) == ([], [], None)
    assert [data["outcome"] for data in told()] == ["widened", "already_there"]
    desk.take(company.house, company.agent, number)
    step("add_ring", share=0.9, skills=["api"])
    look(company, number, clock, hours=3)
    assert told()[-1]["outcome"] == "not_waiting"


class Brain:
    """Finds an urgent complaint in what is outrageous; as sure as it is told."""

    def __init__(self, confidence: float) -> None:
        self.confidence = confidence
        self.asked: list[str] = []

    async def understand(self, text: str, language_hint: str = "") -> Understanding:
        self.asked.append(text)
        act = Act.URGENT_COMPLAINT if "outrageous" in text else Act.ASK
        return Understanding(Understood(act, self.confidence), Answer(Answering.HANDOFF, 0.0))


def reads_moods(company: Company, clock: StandingClock, brain: Brain) -> None:
    watch_once(company.house)
    for job in take_jobs("w", timedelta(seconds=30), 50, clock(), only=MOOD):
        asyncio.run(read_mood(company.house, brain, job.payload))  # type: ignore[arg-type]
        assert job_done(job)
    watch_once(company.house)


def test_an_upset_customer_is_noticed_once(
    company: Company,
    number: int,  # noqa: F811
    maya: Writer,  # noqa: F811
    clock: StandingClock,
) -> None:
    brain = Brain(0.9)
    reads_moods(company, clock, brain)
    receive(company.house, company.mail, [maya.mail("How outrageous")])
    reads_moods(company, clock, brain)
    assert brain.asked == [], "nobody asks for it"
    step("notify", clock="upset", times=2)
    desk.take(company.house, company.agent, number)
    for words in ("This is outrageous", "Thanks"):
        clock.advance(minutes=5)
        receive(company.house, company.mail, [maya.mail(words)])
        reads_moods(company, clock, brain)
    assert told() == []
    clock.advance(minutes=5)
    receive(company.house, company.mail, [maya.mail("It is outrageous, again")])
    for _ in range(3):
        reads_moods(company, clock, brain)
    [data] = told()
    assert data["because"] == "2 message(s) of the customer read as an urgent complaint"
    assert len(brain.asked) == 3


def test_what_is_only_perhaps_a_complaint_counts_nothing(
    company: Company,
    number: int,  # noqa: F811
    maya: Writer,  # noqa: F811
    clock: StandingClock,
) -> None:
    brain = Brain(0.6)
    reads_moods(company, clock, brain)
    step("notify", clock="upset", times=1)
    receive(company.house, company.mail, [maya.mail("How outrageous")])
    reads_moods(company, clock, brain)
    assert (len(brain.asked), told()) == (1, [])


def test_what_cannot_be_sent_is_kept_with_its_reason(
    company: Company,
    number: int,  # noqa: F811
    clock: StandingClock,
) -> None:
    step("mail", share=0.5, to=str(company.other.id))
    look(company, number, clock, hours=12)
    company.provider.script.extend([TemporaryFailure("away"), PermanentFailure("no such mailbox")])
    [job] = take_jobs("w", timedelta(seconds=30), 50, clock(), only=JOB)
    with pytest.raises(TemporaryFailure):
        asyncio.run(send_notice(company.house, job.payload))
    assert notices()[0][2] == "waiting", "it is tried again"
    asyncio.run(send_notice(company.house, job.payload))
    row = Notice.objects.get()
    assert (row.state, row.problem) == ("failed", "no such mailbox")
    asyncio.run(send_notice(company.house, job.payload))
    assert len(company.provider.attempts) == 2


def follow(company: Company, user: User, number: int) -> None:  # noqa: F811
    annotate(company.house, user, number, Step(Deed.FOLLOW))


def test_followers_are_told_what_others_did_in_one_mail(
    company: Company,
    number: int,  # noqa: F811
    maya: Writer,  # noqa: F811
    clock: StandingClock,
) -> None:
    watch_once(company.house)
    follow(company, company.lead, number)
    desk.note(company.house, company.lead, number, "I keep an eye on this")
    watch_once(company.house)
    assert notices() == [], "nobody is told what they did"
    desk.take(company.house, company.agent, number)
    receive(company.house, company.mail, [maya.mail("Any news of my parcel?")])
    watch_once(company.house)
    desk.reply(company.house, company.agent, number, "It is on its way")
    watch_once(company.house)
    watch_once(company.house)
    assert notices() == [("followed", "Lead Person", "waiting")]
    assert send_due(company, clock) == 0
    clock.advance(seconds=GATHERS.total_seconds())
    assert send_due(company, clock) == 1
    [mail] = [one for one in company.provider.taken if one.to.value == "lead@acme.example"]
    lines = [line for line in mail.text.splitlines() if line.startswith("- ")]
    assert lines == ["- a colleague took it", "- the customer wrote", "- somebody wrote"]
    assert "parcel" not in mail.text
    desk.resolve(company.house, company.agent, number)
    watch_once(company.house)
    assert notices()[-1] == ("followed", "Lead Person", "waiting"), "the next things are a new mail"


def test_who_may_see_the_ticket_no_more_is_not_told(
    company: Company,
    number: int,  # noqa: F811
    clock: StandingClock,
) -> None:
    watch_once(company.house)
    follow(company, company.agent, number)
    desk.note(company.house, company.lead, number, "Something for colleagues")
    watch_once(company.house)
    Ticket.objects.update(team=company.orders)
    clock.advance(seconds=GATHERS.total_seconds())
    send_due(company, clock)
    assert company.provider.taken == []
    assert notices() == [("followed", "Agent Person", "failed")]


def test_a_week_of_the_whole_matrix_on_a_virtual_clock(
    company: Company,
    number: int,  # noqa: F811
    clock: StandingClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every action in the order of its moments, however the watcher sleeps; twice the same."""
    began = clock()
    rota = a_rota(company)
    plan: list[tuple[float, str, dict[str, Any]]] = [
        (0.2, "notify", {}),
        (0.4, "add_ring", {}),
        (0.5, "mail", {"to": str(company.other.id)}),
        (0.6, "page", {"rota": str(rota.id)}),
        (0.8, "raise_priority", {}),
        (1.0, "move_team", {"team": "orders"}),
        (1.2, "reassign", {"agent": str(company.other.id)}),
    ]
    policy = SlaPolicy.objects.get()
    for share, action, more in plan:
        EscalationStep.objects.create(
            policy=policy, clock="resolution", at_share=share, action=action, arguments=more
        )
    look_after: list[Callable[[], datetime]] = [
        lambda pause=pause: clock.advance(hours=pause)  # type: ignore[misc]
        for pause in (0.1, 5, 60, 1, 30, 48, 96, 1)
    ]
    for wait in look_after:
        wait()
        watch_once(company.house)
    rows = [row.data for row in Event.objects.filter(kind="ticket_escalated").order_by("id")]
    assert [row["action"] for row in rows] == [action for _, action, _ in plan]
    assert [row["outcome"] for row in rows] == [
        *("told", "already_there", "mailed", "paged", "raised", "moved", "reassigned"),
    ]
    due = [datetime.fromisoformat(row["due_at"]) for row in rows]
    assert due == sorted(due)
    assert [at - began for at in due[:4]] == [
        timedelta(hours=120 * share) for share in (0.2, 0.4, 0.5, 0.6)
    ]
