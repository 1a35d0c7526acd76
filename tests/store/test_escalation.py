"""The matrix carried out: each step once, with its effect, its reason and its record, whatever dies between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

import store.escalation
from bot import desk
from bot.escalation import rehearse
from bot.handoff import packet_of, to_triage
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.decision import Priority
from core.errors import NotFound
from store.audit import verify
from store.escalation import escalate, look_at_all, to_look_at
from store.models import (
    AuditEntry,
    Conversation,
    EscalationStep,
    Event,
    QueueEntry,
    SlaPolicy,
    Ticket,
)
from store.turns import claim
from store.watching import due_tickets
from tests.company import Company, StandingClock, Writer
from tests.concurrency import together


@pytest.fixture
def maya(company: Company) -> Writer:
    writer = Writer()
    receive(company.house, company.mail, [writer.mail("My parcel is lost", subject="Parcel")])
    return writer


@pytest.fixture
def number(company: Company, maya: Writer) -> int:
    """A ticket of medium priority in the triage queue: answered within 24 h, solved within 5 days."""
    (got,) = claim(company.house.vault, "w", timedelta(seconds=30), 5, company.house.clock())
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    opened = finish_turn(company.house, got, Outcome(routed=to_triage("a test"), packet=packet))
    assert opened is not None
    return opened


def step(action: str = "notify", clock: str = "response", share: float = 0.5, **more: Any) -> None:
    """A line of the matrix; `more`: `category`, `priority`, and the rest as its arguments."""
    row = EscalationStep(
        policy=SlaPolicy.objects.get(),
        clock=clock,
        at_share=share,
        action=action,
        category=more.pop("category", ""),
        priority=more.pop("priority", None),
        arguments=more,
    )
    row.save(force_insert=True)


def ticket() -> Ticket:
    return Ticket.objects.select_related("team", "assignee", "conversation").get()


def told() -> list[dict[str, Any]]:
    return [event.data for event in Event.objects.filter(kind="ticket_escalated").order_by("id")]


def look(company: Company, number: int, clock: StandingClock, **amount: float) -> None:
    escalate(company.house.vault, number, clock.advance(**amount))


def test_only_what_is_due_is_looked_at(company: Company, number: int, clock: StandingClock) -> None:
    step(share=0.5)
    assert to_look_at(clock()) == [number]
    look(company, number, clock)
    assert ticket().escalate_at == clock() + timedelta(hours=12)
    assert to_look_at(clock.advance(hours=11)) == []
    assert to_look_at(clock.advance(hours=1)) == [number]
    look(company, number, clock)
    assert ticket().escalate_at is None
    assert len(told()) == 1


def test_what_is_due_is_found_by_an_index_and_not_among_all_open_tickets(
    company: Company, number: int, clock: StandingClock
) -> None:
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        to_look_at(clock())
        due_tickets(clock())
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    found = {}
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A handful of rows is always read whole there, unless it may not.
            cursor.execute("SET LOCAL enable_seqscan = off")
        for name, (sql, params) in zip(("ticket_escalates", "ticket_due"), asked, strict=True):
            # With the parameters bound as in use: written out, SQLite sees more than it does then.
            cursor.execute(f"{explain} {sql}", params)
            found[name] = str(cursor.fetchall())
    assert {name for name, steps in found.items() if name not in steps} == set(), found


def test_what_rests_or_is_done_is_not_looked_at_again(
    company: Company, number: int, clock: StandingClock
) -> None:
    step(share=0.5)
    desk.take(company.house, company.agent, number)
    desk.reply(company.house, company.agent, number, "Which one?", waits=True)
    look(company, number, clock, hours=1)
    assert to_look_at(clock.advance(days=9)) == []
    desk.resolve(company.house, company.agent, number)
    look(company, number, clock)
    assert to_look_at(clock.advance(days=9)) == []
    assert told() == []


def test_a_step_fires_once_and_says_why(
    company: Company, number: int, clock: StandingClock
) -> None:
    step(share=0.5)
    for _ in range(3):
        look(company, number, clock, hours=13)
        look_at_all(ticket().policy, clock())
    (data,) = told()
    assert data["because"] == "50% of the promised time for the first reply is used"
    assert (data["action"], data["outcome"], data["team"]) == ("notify", "told", "Customer care")
    assert AuditEntry.objects.filter(action="ticket.escalate").count() == 1
    assert verify()[1] is None


def test_two_watchers_fire_once(company: Company, number: int, clock: StandingClock) -> None:
    step("raise_priority", share=0.5)
    now = clock.advance(hours=13)
    together([lambda: escalate(company.house.vault, number, now) for _ in range(4)])
    assert len(told()) == 1
    assert ticket().priority == Priority.HIGH


@pytest.mark.parametrize("dies_in", ["record", "write"])
def test_whoever_dies_between_effect_and_record_leaves_neither(
    company: Company,
    number: int,
    clock: StandingClock,
    monkeypatch: pytest.MonkeyPatch,
    dies_in: str,
) -> None:
    step("raise_priority", share=0.5)

    def die(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store.escalation, dies_in, die)
        with pytest.raises(KeyboardInterrupt):
            look(company, number, clock, hours=13)
    assert (ticket().priority, ticket().warned, told()) == (Priority.MEDIUM, [], [])
    look(company, number, clock, seconds=5)
    look(company, number, clock, seconds=5)
    assert ticket().priority == Priority.HIGH
    assert len(told()) == 1


def test_a_raised_priority_moves_the_clocks_and_can_be_taken_back(
    company: Company, number: int, clock: StandingClock
) -> None:
    step("raise_priority", share=0.5)
    opened_at = ticket().opened_at
    version = ticket().version
    look(company, number, clock, hours=12)
    assert ticket().priority == Priority.HIGH
    assert ticket().response_due == opened_at + timedelta(hours=4)
    assert ticket().version == version + 1
    assert QueueEntry.objects.get().priority == Priority.HIGH
    desk.reclassify(company.house, company.lead, number, priority=int(Priority.MEDIUM))
    look(company, number, clock, hours=5)
    assert ticket().priority == Priority.MEDIUM
    assert len(told()) == 1


def test_a_moved_ticket_waits_in_the_other_queue(
    company: Company, number: int, clock: StandingClock
) -> None:
    step("move_team", share=1.0, team="orders")
    desk.take(company.house, company.agent, number)
    look(company, number, clock, hours=24)
    now = ticket()
    assert (now.team, now.assignee) == (company.orders, None)
    assert QueueEntry.objects.get().team == company.orders
    assert now.conversation.speaker == Conversation.Speaker.QUEUE


def test_a_named_person_gets_it_and_the_queue_gets_it_back(
    company: Company, number: int, clock: StandingClock
) -> None:
    step("reassign", share=0.5, agent=str(company.other.id))
    step("requeue", share=0.75)
    look(company, number, clock, hours=12)
    assert ticket().assignee == company.other
    assert ticket().conversation.speaker_user_id == company.other.id
    assert not QueueEntry.objects.exists()
    look(company, number, clock, hours=6)
    assert ticket().assignee is None
    assert QueueEntry.objects.exists()
    assert [data["outcome"] for data in told()] == ["reassigned", "requeued"]


@pytest.mark.parametrize(
    ("action", "more", "outcome"),
    [
        ("move_team", {"team": "gone"}, "no_such_team"),
        ("reassign", {"agent": "not an id"}, "no_such_person"),
        ("requeue", {}, "already_there"),
        ("move_team", {"team": "care"}, "already_there"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(
    company: Company,
    number: int,
    clock: StandingClock,
    action: str,
    more: dict[str, str],
    outcome: str,
) -> None:
    step(action, share=0.5, **more)
    version = ticket().version
    look(company, number, clock, hours=12)
    assert [data["outcome"] for data in told()] == [outcome]
    assert (ticket().version, ticket().team) == (version, company.triage)


def test_category_priority_and_tier_are_conditions(
    company: Company, number: int, clock: StandingClock
) -> None:
    step(category="billing")
    step(priority=1)
    step(tiers=["vip"])
    step(tiers=["standard"], priority=3)
    look(company, number, clock, hours=12)
    assert len(told()) == 1
    desk.reclassify(company.house, company.lead, number, category="billing")
    assert to_look_at(clock()) == [number]
    look(company, number, clock)
    assert len(told()) == 2


def test_silence_and_coming_back(
    company: Company, number: int, maya: Writer, clock: StandingClock
) -> None:
    step(clock="silence", minutes=30)
    step(clock="reopened", times=1)
    look(company, number, clock, minutes=31)
    desk.take(company.house, company.agent, number)
    desk.resolve(company.house, company.agent, number)
    clock.advance(minutes=10)
    desk.reopen(company.house, company.agent, number)
    assert to_look_at(clock()) == [number]
    look(company, number, clock)
    assert [data["trigger"] for data in told()] == ["silence", "reopened"]


def test_what_was_answered_before_a_sleeping_watcher_woke_is_told_but_not_done(
    company: Company, number: int, clock: StandingClock
) -> None:
    step("raise_priority", share=0.5)
    clock.advance(hours=13)
    desk.take(company.house, company.agent, number)
    desk.reply(company.house, company.agent, number, "On its way.")
    look(company, number, clock, minutes=1)
    assert [data["outcome"] for data in told()] == ["settled"]
    assert ticket().priority == Priority.MEDIUM


def test_what_is_foretold_of_an_untouched_ticket_is_what_the_watcher_does(
    company: Company, number: int, clock: StandingClock
) -> None:
    """On a virtual clock: nothing a second before each moment, and at it the step that was named."""
    step("notify", share=0.25)
    step("raise_priority", share=0.5)
    step("raise_priority", share=1.0)
    step("notify", "silence", minutes=90)
    step("notify", "resolution", share=0.1, priority=1)
    step("notify", share=0.2, category="another")
    ticket = Ticket.objects.get()
    told = rehearse(ticket.opened_at, Priority.MEDIUM, ticket.category, "standard", "", 30)
    assert [one["priority"] for one in told["steps"]].count("critical") > 1
    assert len(told["steps"]) == 5
    done = []
    for moment in sorted({datetime.fromisoformat(one["at"]) for one in told["steps"]}):
        assert escalate(company.house.vault, number, moment - timedelta(seconds=1)) == []
        # What is raised brings others due at the same moment, which the next look finds.
        while fired := escalate(company.house.vault, number, moment):
            assert {one.at for one in fired} == {moment}
            done += [(one.at.isoformat(), one.action) for one in fired]
    assert sorted(done) == sorted((one["at"], one["action"]) for one in told["steps"])
    assert Ticket.objects.get().priority == Priority.CRITICAL
    assert escalate(company.house.vault, number, ticket.opened_at + timedelta(days=30)) == []


def test_nothing_is_foretold_of_a_promise_that_is_not_there(
    company: Company, clock: StandingClock
) -> None:
    with pytest.raises(NotFound, match="no policy 'gold'"):
        rehearse(clock(), Priority.LOW, "", "standard", "gold", 3)
