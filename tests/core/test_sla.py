"""The clock's rules, one by one, on the promised table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.calendar import Span, WorkCalendar, around_the_clock
from core.decision import Priority
from core.sla import (
    DEFAULT_POLICY,
    Clocks,
    ClockState,
    Counting,
    Goals,
    Happened,
    Policy,
    SlaEvent,
    Target,
    clocks,
)

START = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OFFICE = WorkCalendar("UTC", tuple(Span(weekday, 540, 1020) for weekday in range(5)))


def told(
    *events: tuple[float, Happened] | SlaEvent,
    hours: float,
    priority: Priority = Priority.HIGH,
    policy: Policy = DEFAULT_POLICY,
) -> Clocks:
    """The clocks `hours` after opening; events are (hours after opening, what)."""
    story = [SlaEvent(START, Happened.OPENED, priority)]
    for event in events:
        story.append(
            event if isinstance(event, SlaEvent) else SlaEvent(START + event[0] * HOUR, event[1])
        )
    return clocks(around_the_clock(), policy, story, START + hours * HOUR)


@pytest.mark.parametrize(
    ("priority", "response", "resolution"),
    [
        (Priority.CRITICAL, 1 * HOUR, 24 * HOUR),
        (Priority.HIGH, 4 * HOUR, 48 * HOUR),
        (Priority.MEDIUM, 24 * HOUR, 5 * DAY),
        (Priority.LOW, 48 * HOUR, 10 * DAY),
    ],
)
def test_the_promised_table(priority: Priority, response: timedelta, resolution: timedelta) -> None:
    read = told(hours=0, priority=priority)
    assert read.response is not None
    assert read.resolution is not None
    assert read.response.due == START + response
    assert read.resolution.due == START + resolution
    assert read.next_due == START + response
    assert read.next_response is None


def test_a_person_meets_the_first_response_and_a_machine_does_not() -> None:
    machine = SlaEvent(START + HOUR, Happened.AGENT_REPLY, automatic=True)
    waiting = told(machine, hours=2).response
    assert waiting is not None
    assert waiting.state is ClockState.RUNNING
    met = told(machine, (3, Happened.AGENT_REPLY), hours=30).response
    assert met is not None
    assert met.state is ClockState.MET
    assert (met.met_at, met.elapsed, met.remaining) == (START + 3 * HOUR, 3 * HOUR, HOUR)
    assert met.due == START + 4 * HOUR


@pytest.mark.parametrize(("hours", "state"), [(3.99, ClockState.MET), (4, ClockState.BREACHED)])
def test_a_reply_at_the_due_instant_is_late(hours: float, state: ClockState) -> None:
    read = told((hours, Happened.AGENT_REPLY), hours=9).response
    assert read is not None
    assert read.state is state
    assert (read.breached_at is None) == (state is ClockState.MET)


def test_a_broken_promise_is_owed_until_it_is_made_good() -> None:
    """What a queue is ordered by; the next clock to break is another question."""
    untouched = told(hours=5)
    assert (untouched.first_due, untouched.next_due) == (START + 4 * HOUR, START + 48 * HOUR)
    answered = told((5, Happened.AGENT_REPLY), hours=6)
    assert answered.first_due == answered.next_due == START + 48 * HOUR
    asked_again = told((1, Happened.AGENT_REPLY), (2, Happened.CUSTOMER_MESSAGE), hours=7)
    assert (asked_again.first_due, asked_again.next_due) == (START + 6 * HOUR, START + 48 * HOUR)
    assert told((1, Happened.PAUSED), hours=2).first_due is None
    assert told((5, Happened.AGENT_REPLY), (6, Happened.RESOLVED), hours=7).first_due is None


def test_each_turn_of_the_customer_is_a_clock_of_its_own() -> None:
    read = told(
        (1, Happened.AGENT_REPLY),
        (2, Happened.CUSTOMER_MESSAGE),
        (3, Happened.CUSTOMER_MESSAGE),
        (7, Happened.AGENT_REPLY),
        (8, Happened.CUSTOMER_MESSAGE),
        hours=9,
    )
    assert len(read.earlier) == 1
    assert read.earlier[0].breached_at == START + 6 * HOUR
    assert read.next_response is not None
    assert read.next_response.due == START + 12 * HOUR


def test_waiting_for_the_customer_stops_the_clock_until_the_customer_writes() -> None:
    out_of_office = SlaEvent(START + 20 * HOUR, Happened.CUSTOMER_MESSAGE, automatic=True)
    story = ((1, Happened.AGENT_REPLY), (10, Happened.PAUSED), out_of_office)
    paused = told(*story, hours=90).resolution
    assert paused is not None
    assert paused.state is ClockState.PAUSED
    assert (paused.due, paused.elapsed, paused.remaining) == (None, 10 * HOUR, 38 * HOUR)
    going = told(*story, (100, Happened.CUSTOMER_MESSAGE), hours=101).resolution
    assert going is not None
    assert going.due == START + 138 * HOUR


def test_reopening_forgives_nothing_and_counts_no_closed_time() -> None:
    story = ((1, Happened.AGENT_REPLY), (40, Happened.RESOLVED), (500, Happened.REOPENED))
    closed = told(*story[:2], hours=400).resolution
    assert closed is not None
    assert closed.state is ClockState.MET
    again = told(*story, hours=501).resolution
    assert again is not None
    assert again.due == START + 508 * HOUR
    late = told((50, Happened.RESOLVED), (60, Happened.REOPENED), hours=61).resolution
    assert late is not None
    assert late.breached_at == START + 48 * HOUR


def test_reopening_judges_by_the_priority_of_that_moment() -> None:
    raised = SlaEvent(START + 40 * HOUR, Happened.PRIORITY_CHANGED, Priority.CRITICAL)
    story = ((30, Happened.RESOLVED), raised, (50, Happened.REOPENED))
    assert told(*story[:2], hours=45).resolution == told(*story[:1], hours=45).resolution
    read = told(*story, hours=51).resolution
    assert read is not None
    assert (read.breached_at, read.remaining) == (START + 50 * HOUR, -7 * HOUR)


def test_a_message_after_resolving_moves_no_clock() -> None:
    story = ((1, Happened.RESOLVED), (2, Happened.CUSTOMER_MESSAGE))
    read = told(*story, hours=90)
    assert read.next_response is None
    assert read.next_due is None
    reopened = told(
        (1, Happened.RESOLVED), (2, Happened.REOPENED), (2, Happened.CUSTOMER_MESSAGE), hours=3
    )
    assert reopened.next_response is not None
    assert reopened.next_response.due == START + 6 * HOUR


def test_a_raised_priority_can_be_late_at_once_and_a_lowered_one_forgives_nothing() -> None:
    raised = SlaEvent(START + 3 * HOUR, Happened.PRIORITY_CHANGED, Priority.CRITICAL)
    read = told(raised, hours=3).response
    assert read is not None
    assert (read.due, read.breached_at) == (START + HOUR, START + 3 * HOUR)
    lowered = SlaEvent(START + 5 * HOUR, Happened.PRIORITY_CHANGED, Priority.LOW)
    read = told(lowered, hours=6).response
    assert read is not None
    assert (read.due, read.breached_at) == (START + 48 * HOUR, START + 4 * HOUR)


def test_a_policy_may_count_business_time_and_may_promise_nothing() -> None:
    goals = Goals(resolution=Target(days=2, counting=Counting.BUSINESS))
    business = Policy("business", goals, goals, goals, goals)
    changed = SlaEvent(START + HOUR, Happened.POLICY_CHANGED, policy=business)
    opened = SlaEvent(START, Happened.OPENED, Priority.LOW)
    read = clocks(OFFICE, DEFAULT_POLICY, [opened, changed], START + HOUR)
    assert read.response is None
    assert read.resolution is not None
    assert read.resolution.due == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    assert read.resolution.elapsed == HOUR
    back = SlaEvent(START + 2 * HOUR, Happened.POLICY_CHANGED, policy=DEFAULT_POLICY)
    read = clocks(OFFICE, DEFAULT_POLICY, [opened, changed, back], START + 2 * HOUR)
    assert read.response is not None
    assert read.response.due == START + 48 * HOUR


def test_a_merged_ticket_is_never_breached_afterwards() -> None:
    read = told((1, Happened.MERGED), (90, Happened.CUSTOMER_MESSAGE), hours=9000)
    assert read.response is not None
    assert read.resolution is not None
    assert read.response.state is read.resolution.state is ClockState.ENDED
    assert read.next_due is None
    answered = (1, Happened.AGENT_REPLY)
    read = told(answered, (2, Happened.MERGED), (3, Happened.CUSTOMER_MESSAGE), hours=9)
    assert read.next_response is None


def test_events_later_than_now_are_left_out() -> None:
    assert told((3, Happened.AGENT_REPLY), hours=2) == told(hours=2)


def test_an_hour_that_comes_twice_keeps_order_and_length() -> None:
    """Half past two in summer time comes forty minutes before ten past two in winter time."""
    berlin = ZoneInfo("Europe/Berlin")
    opened = datetime(2027, 10, 31, 2, 30, tzinfo=berlin)
    answered = datetime(2027, 10, 31, 2, 10, tzinfo=berlin, fold=1)
    story = [
        SlaEvent(opened, Happened.OPENED, Priority.HIGH),
        SlaEvent(answered, Happened.AGENT_REPLY),
    ]
    read = clocks(around_the_clock(), DEFAULT_POLICY, story, answered.replace(minute=50))
    assert read.response is not None
    assert read.resolution is not None
    assert read.response.state is ClockState.MET
    assert read.response.elapsed == timedelta(minutes=40)
    assert read.response.started_at.tzinfo is UTC
    assert read.resolution.elapsed == timedelta(minutes=80)


def test_impossible_stories_and_promises_are_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        told((3, Happened.PAUSED), (2, Happened.RESUMED), hours=4)
    with pytest.raises(ValueError, match="once"):
        clocks(OFFICE, DEFAULT_POLICY, [SlaEvent(START, Happened.PAUSED)], START)
    with pytest.raises(ValueError, match="once"):
        told(SlaEvent(START, Happened.OPENED, Priority.LOW), hours=1)
    with pytest.raises(ValueError, match="zone"):
        SlaEvent(datetime(2026, 1, 1), Happened.PAUSED)  # noqa: DTZ001
    with pytest.raises(ValueError, match="priority"):
        SlaEvent(START, Happened.PRIORITY_CHANGED)
    with pytest.raises(ValueError, match="policy"):
        SlaEvent(START, Happened.POLICY_CHANGED)
    for seconds, days in ((0, 0), (-5, 0), (5, -1)):
        with pytest.raises(ValueError, match="target"):
            Target(seconds, days)
