"""Another policy for a ticket: its clocks follow by the stated rule, what was is kept, and only those who lead may."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from bot import bulk, desk, leading
from bot.watch import watch_once
from core.errors import NotAllowed, NotFound, StaleVersion
from core.sla import ClockState, Reading
from store.clocks import read_clocks
from store.models import (
    AuditEntry,
    Brand,
    Calendar,
    EscalationStep,
    Event,
    Holiday,
    QueueEntry,
    SlaPolicy,
    Ticket,
)
from tests.bot.test_escalation import open_ticket
from tests.company import Company, StandingClock, Writer

SECOND = {name: {"seconds": 3600} for name in ("critical", "high", "medium", "low")}
WEEKDAYS = {str(day): [["09:00", "17:00"]] for day in range(5)}


def working_days(company: Company, days: tuple[date, ...] = ()) -> SlaPolicy:
    """An hour for the reply and two days for the solution, in working time."""
    office = Calendar.objects.create(
        brand=company.brand, name="Office", time_zone="UTC", spans=WEEKDAYS
    )
    for day in days:
        Holiday.objects.create(calendar=office, on=day, name="Off")
    two = {name: {"days": 2} for name in SECOND}
    return SlaPolicy.objects.create(
        brand=company.brand,
        name="Working days",
        counts=SlaPolicy.Counts.BUSINESS,
        calendar=office,
        targets={"response": SECOND, "resolution": two},
    )


def quick(company: Company, seconds: int = 3600) -> SlaPolicy:
    """So long for the reply and nothing else, around the clock."""
    promised = {name: {"seconds": seconds} for name in SECOND}
    return SlaPolicy.objects.create(
        brand=company.brand, name=f"In {seconds} s", targets={"response": promised}
    )


@pytest.fixture
def number(company: Company) -> int:
    """A ticket of medium priority: a day for the reply, five for the solution."""
    return open_ticket(company, Writer())


def ticket() -> Ticket:
    return Ticket.objects.select_related("policy__calendar").get()


def response(now: datetime) -> Reading:
    found = read_clocks(ticket(), now).response
    assert found is not None
    return found


def test_the_clocks_the_queue_and_the_log_follow(
    company: Company, number: int, clock: StandingClock
) -> None:
    opened, promised, other = ticket().opened_at, ticket().policy, quick(company, 7200)
    clock.advance(minutes=30)
    assert leading.promise(company.house, company.lead, number, other.id) == promised.id
    row = ticket()
    assert (row.policy, row.resolution_due) == (other, None)
    assert row.response_due == row.next_due == row.urgent_at == opened + timedelta(hours=2)
    assert QueueEntry.objects.get().due_at == row.response_due
    assert row.escalate_at == clock()
    event = Event.objects.filter(kind="ticket_changed").latest("id")
    assert (event.actor, event.data) == (
        f"user:{company.lead.id}",
        {"ticket": number, "before": {"policy": "Promised"}, "after": {"policy": "In 7200 s"}},
    )
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor) == ("ticket.promise", f"user:{company.lead.id}")
    before = Event.objects.count()
    leading.promise(company.house, company.lead, number, other.id)
    assert Event.objects.count() == before
    assert len(ticket().clock) == 2


def test_a_promise_in_working_time_counts_in_its_own_calendar(
    company: Company, number: int, clock: StandingClock
) -> None:
    opened = ticket().opened_at
    days = [opened.date() + timedelta(days=n) for n in range(1, 9)]
    worked = [day for day in days if day.weekday() < 5]
    other = working_days(company, (worked[0],))
    leading.promise(company.house, company.lead, number, other.id)
    left = timedelta(hours=17) - timedelta(hours=opened.hour, minutes=opened.minute)
    assert opened.weekday() < 5
    ends = datetime.combine(worked[2], datetime.min.time(), UTC) + timedelta(hours=17)
    assert timedelta(0) < left < timedelta(hours=8)
    assert ticket().resolution_due == ends - left


def test_what_was_is_kept_whatever_becomes_of_the_policy_that_was_left(
    company: Company, number: int, clock: StandingClock
) -> None:
    first, usual = working_days(company, (ticket().opened_at.date(),)), ticket().policy
    leading.promise(company.house, company.lead, number, first.id)
    clock.advance(hours=21, minutes=30)
    desk.take(company.house, company.agent, number)
    desk.reply(company.house, company.agent, number, "Looking.")
    met = response(clock())
    leading.promise(company.house, company.lead, number, usual.id)
    assert response(clock()) == met
    first.targets = {"response": {name: {"seconds": 1} for name in SECOND}}
    first.save()
    Holiday.objects.all().delete()
    assert response(clock()) == met
    first.delete()
    Calendar.objects.all().delete()
    assert response(clock()) == met
    assert met.state is ClockState.MET


def test_what_the_change_breaks_stays_broken_when_it_is_taken_back(
    company: Company, number: int, clock: StandingClock
) -> None:
    opened, usual = ticket().opened_at, ticket().policy
    clock.advance(hours=2)
    done = bulk.do(company.house, company.lead, [number], "policy", str(quick(company).id))
    watch_once(company.house)
    broken = Event.objects.filter(kind="sla_breached")
    assert [event.data["clock"] for event in broken] == ["response"]
    version = ticket().version
    assert done.undo == ((number, version, str(usual.id)),)
    assert bulk.undo(company.house, company.lead, done) == 1
    assert ticket().policy == usual
    read = response(clock())
    assert (read.state, read.breached_at) == (ClockState.BREACHED, clock())
    assert read.due == opened + timedelta(hours=24)
    watch_once(company.house)
    assert broken.count() == 1


def test_only_those_who_lead_may(company: Company, number: int) -> None:
    other, house = quick(company), company.house
    with pytest.raises(NotAllowed):
        leading.promise(house, company.agent, number, other.id)
    [(_, why)] = bulk.do(house, company.agent, [number], "policy", str(other.id)).refused
    assert "does not permit" in str(why)
    assert len(ticket().clock) == 1


def test_only_policies_of_the_brand_can_be_chosen(company: Company, number: int) -> None:
    other, house = quick(company), company.house
    elsewhere = Brand.objects.create(slug="second", name="Second")
    SlaPolicy.objects.filter(id=other.id).update(brand=elsewhere)
    for unknown in (other.id, uuid4()):
        with pytest.raises(NotFound):
            leading.promise(house, company.lead, number, unknown)
    [(_, why)] = bulk.do(house, company.lead, [number], "policy", "nonsense").refused
    assert str(why) == "Choose a policy."
    with pytest.raises(StaleVersion):
        leading.promise(house, company.lead, number, ticket().policy_id, version=99)
    assert len(ticket().clock) == 1


def test_the_matrix_is_that_of_the_policy_from_the_change_on(
    company: Company, number: int, clock: StandingClock
) -> None:
    usual, other = ticket().policy, quick(company, 3 * 3600)
    for policy, share in ((usual, 0.05), (usual, 0.5), (other, 0.5), (other, 1.0)):
        EscalationStep.objects.create(
            policy=policy, clock="response", at_share=share, action="notify"
        )
    told = Event.objects.filter(kind="ticket_escalated").order_by("id")
    clock.advance(hours=2)
    watch_once(company.house)
    leading.promise(company.house, company.lead, number, other.id)
    changed = clock()
    watch_once(company.house)
    clock.advance(hours=2)
    watch_once(company.house)
    due = [(event.data["share"], event.data["due_at"]) for event in told]
    opened = ticket().opened_at
    assert due == [
        (0.05, (opened + timedelta(hours=24) * 0.05).isoformat()),
        (0.5, changed.isoformat()),
        (1.0, (opened + timedelta(hours=3)).isoformat()),
    ]
    leading.promise(company.house, company.lead, number, usual.id)
    watch_once(company.house)
    assert told.count() == 3
