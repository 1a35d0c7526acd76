"""The watcher and the matrix: on time, through pauses and restarts, and one broken row holds up nobody."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from bot import company as verbs
from bot import desk
from bot.demo import make_workspace
from bot.escalation import check_step
from bot.handoff import packet_of, to_triage
from bot.house import House
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from bot.watch import watch_once
from core.errors import Conflict
from core.escalation import plan
from store.clocks import story_of
from store.escalation import step_of, to_look_at
from store.models import AuditEntry, EscalationStep, Event, SlaPolicy, Ticket
from store.turns import claim
from tests.company import Company, StandingClock, Writer


@pytest.fixture
def number(company: Company) -> int:
    """A ticket of medium priority."""
    return open_ticket(company, Writer())


def open_ticket(company: Company, writer: Writer) -> int:
    receive(company.house, company.mail, [writer.mail("My parcel is lost", subject="Parcel")])
    (got,) = claim(company.house.vault, "w", timedelta(seconds=30), 5, company.house.clock())
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    opened = finish_turn(company.house, got, Outcome(routed=to_triage("a test"), packet=packet))
    assert opened is not None
    return opened


def keep(company: Company, **fields: object) -> EscalationStep:
    row = EscalationStep(policy=SlaPolicy.objects.get(), action="notify", **fields)
    verbs.keep(company.house, company.admin, row)
    return row


def told() -> list[tuple[int, datetime]]:
    rows = Event.objects.filter(kind="ticket_escalated").order_by("id")
    return [(row.data["ticket"], datetime.fromisoformat(row.data["due_at"])) for row in rows]


def test_a_new_line_counts_for_tickets_that_are_open_already(
    company: Company, number: int, clock: StandingClock
) -> None:
    watch_once(company.house)
    assert to_look_at(clock.advance(hours=13)) == []
    row = keep(company, at_share=0.5)
    watch_once(company.house)
    assert len(told()) == 1
    assert AuditEntry.objects.filter(action="escalationstep.create").count() == 1
    verbs.remove(company.house, company.admin, row)
    watch_once(company.house)
    assert Ticket.objects.get().escalate_at is None


def test_a_new_line_is_silent_about_what_was_settled_before_it(
    company: Company, number: int, clock: StandingClock
) -> None:
    clock.advance(hours=30)
    desk.take(company.house, company.agent, number)
    desk.reply(company.house, company.agent, number, "Sorry for the wait.")
    clock.advance(minutes=1)
    keep(company, at_share=0.5)
    keep(company, clock="resolution", at_share=0.1)
    watch_once(company.house)
    assert [event.data["trigger"] for event in Event.objects.filter(kind="ticket_escalated")] == [
        "resolution"
    ]


def test_the_demo_company_has_a_matrix_that_can_be_carried_out(house: House) -> None:
    make_workspace(house, print)
    rows = list(EscalationStep.objects.select_related("policy"))
    assert len(rows) >= 8
    for row in rows:
        check_step(row)


def test_a_watcher_with_pauses_and_restarts_fires_what_the_history_says(
    company: Company, number: int, clock: StandingClock
) -> None:
    for share in (0.25, 0.5, 0.8, 1.0, 1.5):
        keep(company, at_share=share)
    keep(company, clock="resolution", at_share=0.1)
    keep(company, clock="silence", arguments={"minutes": 45})
    keep(company, clock="reopened", arguments={"times": 1})
    chance = random.Random(7)
    for deed in ("take", "reply", "resolve", "reopen", "reply", "resolve"):
        for _ in range(4):
            clock.advance(seconds=chance.choice([5, 5, 3600, 20_000]) * (0.5 + chance.random()))
            if chance.random() < 0.8:
                watch_once(company.house)
        clock.advance(seconds=1)
        words = ("Working on it.",) if deed == "reply" else ()
        getattr(desk, deed)(company.house, company.agent, number, *words)
        if deed != "resolve":
            watch_once(company.house)
    desk.reopen(company.house, company.agent, number)
    watch_once(company.house)
    ticket = Ticket.objects.select_related("policy__calendar").get()
    steps = [step_of(row) for row in EscalationStep.objects.all()]
    whole = plan(*story_of(ticket), steps)
    due = sorted(firing.at for firing in whole if firing.at <= clock())
    assert sorted(at for _, at in told()) == due
    assert len(due) >= 4


def test_an_unreadable_policy_holds_up_no_other_ticket(
    company: Company, number: int, clock: StandingClock
) -> None:
    other = open_ticket(company, Writer("jan@customers.example"))
    keep(company, at_share=0.5)
    Ticket.objects.filter(number=number).update(clock=[{"what": "resolved", "at": "2027-03-02"}])
    now = clock.advance(hours=13)
    watch_once(company.house)
    assert [ticket for ticket, _ in told()] == [other]
    assert Ticket.objects.get(number=number).escalate_at == now + timedelta(minutes=5)


@pytest.mark.parametrize(
    "fields",
    [
        {"at_share": 0},
        {"action": "move_team", "arguments": {"team": "nowhere"}},
        {"action": "reassign", "arguments": {"agent": "nobody"}},
        {"action": "dance"},
        {"clock": "silence", "arguments": {"minutes": 0}},
    ],
)
def test_a_line_that_could_never_be_carried_out_is_refused(
    company: Company, fields: dict[str, object]
) -> None:
    row = EscalationStep(policy=SlaPolicy.objects.get(), **{"action": "notify", **fields})
    with pytest.raises(Conflict):
        verbs.keep(company.house, company.admin, row)
    assert not EscalationStep.objects.exists()
