"""Properties of the SLA clock, against an oracle that lives through each ticket minute by minute.

`pytest tests/core --hypothesis-profile=full` runs 20,000 cases a property.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from core.calendar import WorkCalendar, working_time
from core.decision import Priority
from core.sla import (
    ClockName,
    ClockState,
    Counting,
    Goals,
    Happened,
    Ledger,
    Policy,
    Reading,
    SlaEvent,
    Target,
    clocks,
)
from tests.core.worlds import MINUTE, ZERO, calendars, cases, is_working


class Walk:
    """The oracle of one ticket's clocks: a counter for each, moved forward minute by minute."""

    def __init__(self, calendar: WorkCalendar, policy: Policy) -> None:
        self.calendar, self.policy = calendar, policy
        self.priority = Priority.LOW
        self.all: list[dict[str, Any]] = []
        self.answered = self.waiting = self.resolved = self.merged = False

    def to(self, events: list[SlaEvent], now: datetime) -> None:
        minute, left = events[0].at, list(events)
        self.calendars = {
            id(one): one for one in (self.calendar, *(e.calendar for e in events)) if one
        }
        while True:
            self.judge(minute)
            while left and left[0].at == minute:
                self.happen(left.pop(0))
                self.judge(minute)
            if minute == now:
                return
            self.count(minute)
            minute += MINUTE

    def count(self, minute: datetime) -> None:
        for clock in self.all:
            if clock["open"] and not self.waiting:
                clock[Counting.ELAPSED] += MINUTE
                for name, calendar in self.calendars.items():
                    clock["worked"][name] += MINUTE * is_working(calendar, minute)

    def judge(self, minute: datetime) -> None:
        for clock in self.all:
            target = clock["target"]
            if target is None or not clock["open"] or clock["breached"]:
                continue
            if self.used(clock)[1] <= ZERO:
                clock["breached"] = minute

    def happen(self, event: SlaEvent) -> None:
        what = event.what
        if self.merged or (event.automatic and what.value.endswith(("message", "reply"))):
            return
        self.priority = event.priority or self.priority
        self.policy = event.policy or self.policy
        self.calendar = event.calendar or self.calendar
        if what is Happened.OPENED:
            self.begin(event.at, "response", "resolution")
        elif what is Happened.MERGED:
            self.merged = True
            self.close(None, "response", "next_response", "resolution")
        elif what is Happened.REOPENED and self.resolved:
            self.resolved = False
            for clock in self.all:
                if clock["name"] == "resolution":
                    clock.update(open=True, met=None)
        elif not self.resolved:
            self.happen_while_open(event)
        self.retarget()

    def happen_while_open(self, event: SlaEvent) -> None:
        match event.what:
            case Happened.PAUSED:
                self.waiting = True
            case Happened.RESUMED:
                self.waiting = False
            case Happened.AGENT_REPLY:
                self.answered = True
                self.close(event.at, "response", "next_response")
            case Happened.RESOLVED:
                self.answered = self.resolved = True
                self.waiting = False
                self.close(event.at, "response", "next_response", "resolution")
            case Happened.CUSTOMER_MESSAGE:
                self.waiting = False
                asked = any(c["open"] and c["name"] == "next_response" for c in self.all)
                if self.answered and not asked:
                    self.begin(event.at, "next_response")

    def begin(self, at: datetime, *names: str) -> None:
        for name in names:
            blank = {"name": name, "at": at, "open": True, "met": None, "breached": None}
            worked = dict.fromkeys(self.calendars, ZERO)
            self.all.append({**blank, Counting.ELAPSED: ZERO, "worked": worked})

    def close(self, at: datetime | None, *names: str) -> None:
        for clock in self.all:
            if clock["open"] and clock["name"] in names:
                clock.update(open=False, met=at)

    def retarget(self) -> None:
        for clock in self.all:
            if clock["open"]:
                clock["target"] = getattr(self.policy.goals(self.priority), clock["name"])
                clock["calendar"] = self.calendar

    def used(self, clock: dict[str, Any]) -> tuple[timedelta, timedelta]:
        target, calendar = clock["target"], clock["calendar"]
        is_business = target.counting is Counting.BUSINESS
        counted = clock["worked"][id(calendar)] if is_business else clock[Counting.ELAPSED]
        return counted, target.duration(calendar) - counted

    def state(self, clock: dict[str, Any]) -> ClockState:
        if clock["breached"]:
            return ClockState.BREACHED
        if not clock["open"]:
            return ClockState.MET if clock["met"] else ClockState.ENDED
        return ClockState.PAUSED if self.waiting else ClockState.RUNNING


TARGETS = st.none() | st.builds(
    Target, seconds=st.integers(1, 2000).map(lambda m: m * 60), counting=st.sampled_from(Counting)
)
GOALS = st.builds(Goals, TARGETS, TARGETS, TARGETS)
POLICIES = st.builds(Policy, st.just("drawn"), GOALS, GOALS, GOALS, GOALS)
LATER = [what for what in Happened if what is not Happened.OPENED]


@st.composite
def stories(draw: st.DrawFn) -> tuple[WorkCalendar, Policy, list[SlaEvent], datetime]:
    """A ticket's life of some days: first calendar and policy, events in order, and when to look."""
    calendar, at = draw(calendars())
    other = draw(calendars())[0]
    events = [SlaEvent(at, Happened.OPENED, priority=draw(st.sampled_from(Priority)))]
    for _ in range(draw(st.integers(0, 9))):
        at += draw(st.integers(0, 700)) * MINUTE
        what = draw(st.sampled_from(LATER if draw(st.booleans()) else LATER[:4]))
        priority = draw(st.sampled_from(Priority)) if what is Happened.PRIORITY_CHANGED else None
        policy = draw(POLICIES) if what is Happened.POLICY_CHANGED else None
        automatic = draw(st.integers(0, 4)) == 0
        counts_in = draw(st.sampled_from([None, calendar, other])) if policy else None
        events.append(SlaEvent(at, what, priority, policy, automatic, counts_in))
    return calendar, draw(POLICIES), events, at + draw(st.integers(0, 900)) * MINUTE


def readings(ledger: Ledger, now: datetime) -> list[Reading]:
    read = ledger.read(now)
    found = [read.response, *read.earlier, read.next_response, read.resolution]
    return [reading for reading in found if reading is not None]


def folded(calendar: WorkCalendar, policy: Policy, events: list[SlaEvent]) -> Ledger:
    ledger = Ledger(calendar, policy)
    for event in events:
        ledger = ledger.then(event)
    return ledger


@cases(150)
@given(stories())
def test_clocks_are_what_a_walk_through_the_ticket_counts(
    story: tuple[WorkCalendar, Policy, list[SlaEvent], datetime],
) -> None:
    calendar, policy, events, now = story
    walk = Walk(calendar, policy)
    walk.to(events, now)
    expected = {
        (c["name"], i): (walk.state(c), *walk.used(c), c["breached"], c["met"])
        for i, c in enumerate(walk.all)
        if c["target"]
    }
    order = {c["at"]: i for i, c in enumerate(walk.all) if c["name"] == "next_response"}
    firsts = {"response": 0, "resolution": 1}
    found = {
        (r.clock.value, firsts.get(r.clock.value, order.get(r.started_at))): (
            r.state,
            r.elapsed,
            r.remaining,
            r.breached_at,
            r.met_at,
        )
        for r in readings(folded(calendar, policy, events), now)
    }
    same_minute = len(order) < sum(c["name"] == "next_response" for c in walk.all)
    assume(not same_minute)
    assert found == expected


@cases(80)
@given(stories(), st.integers(0, 9))
def test_target_due_and_story_agree_wherever_one_looks(
    story: tuple[WorkCalendar, Policy, list[SlaEvent], datetime], stop: int
) -> None:
    """elapsed + remaining = target; due is when a running clock, left alone, is breached; stored = recomputed."""
    calendar, policy, events, now = story
    half = folded(calendar, policy, events[: stop + 1])
    half.read(events[min(stop, len(events) - 1)].at)
    for event in events[stop + 1 :]:
        half = half.then(event)
    assert half.read(now) == clocks(calendar, policy, events, now)
    for reading in readings(half, now):
        if reading.state is ClockState.RUNNING:
            assert reading.due is not None
            assert reading.due > now
            at_due = [r for r in readings(half, reading.due) if r.clock is reading.clock][-1]
            assert (at_due.breached_at, at_due.remaining) == (reading.due, ZERO)
            assert at_due.elapsed == reading.elapsed + reading.remaining
        if reading.state is ClockState.PAUSED:
            assert reading.due is None
            assert reading.remaining > ZERO
        if reading.state is ClockState.MET:
            assert reading.remaining > ZERO


def ticket(calendar: WorkCalendar, target: Target, *events: SlaEvent) -> Ledger:
    goals = Goals(resolution=target)
    return folded(calendar, Policy("one", goals, goals, goals, goals), list(events))


def due_of(ledger: Ledger) -> datetime | None:
    assert ledger.last is not None
    reading = ledger.read(ledger.last).resolution
    assert reading is not None
    assert reading.clock is ClockName.RESOLUTION
    return reading.due


TARGET = st.builds(Target, seconds=st.integers(60, 200_000), counting=st.sampled_from(Counting))
GAP = st.timedeltas(ZERO, timedelta(days=2))


@cases(60)
@given(calendars(), TARGET, st.tuples(GAP, GAP, GAP))
def test_a_pause_split_in_two_is_one_pause(
    case: tuple[WorkCalendar, datetime], target: Target, gaps: tuple[timedelta, ...]
) -> None:
    calendar, start = case
    opened = SlaEvent(start, Happened.OPENED, Priority.LOW)
    paused, middle, resumed = start + gaps[0], start + gaps[0] + gaps[1], start + sum(gaps, ZERO)
    whole = ticket(
        calendar, target, opened,
        SlaEvent(paused, Happened.PAUSED), SlaEvent(resumed, Happened.RESUMED),
    )  # fmt: skip
    split = ticket(
        calendar, target, opened,
        SlaEvent(paused, Happened.PAUSED), SlaEvent(middle, Happened.RESUMED),
        SlaEvent(middle, Happened.PAUSED), SlaEvent(resumed, Happened.RESUMED),
    )  # fmt: skip
    assert due_of(whole) == due_of(split)


@cases(60)
@given(calendars(), st.integers(60, 200_000), GAP, st.integers(0, 600), st.integers(0, 600))
def test_a_pause_outside_working_time_changes_nothing(
    case: tuple[WorkCalendar, datetime], seconds: int, wait: timedelta, first: int, length: int
) -> None:
    calendar, start = case
    target = Target(seconds=seconds, counting=Counting.BUSINESS)
    opened = SlaEvent(start, Happened.OPENED, Priority.LOW)
    paused = start + wait + first * MINUTE
    resumed = paused + length * MINUTE
    assume(working_time(calendar, paused, resumed) == ZERO)
    pause = (SlaEvent(paused, Happened.PAUSED), SlaEvent(resumed, Happened.RESUMED))
    assert due_of(ticket(calendar, target, opened, *pause)) == due_of(
        ticket(calendar, target, opened)
    )


@cases(60)
@given(calendars(), TARGET, st.tuples(GAP, GAP))
def test_closed_time_is_never_counted(
    case: tuple[WorkCalendar, datetime], target: Target, gaps: tuple[timedelta, timedelta]
) -> None:
    calendar, start = case
    resolved, reopened = start + gaps[0], start + gaps[0] + gaps[1]
    story = ticket(
        calendar, target, SlaEvent(start, Happened.OPENED, Priority.LOW),
        SlaEvent(resolved, Happened.RESOLVED), SlaEvent(reopened, Happened.REOPENED),
    )  # fmt: skip
    before = ticket(calendar, target, SlaEvent(start, Happened.OPENED, Priority.LOW))
    at_resolving, at_reopening = before.read(resolved).resolution, story.read(reopened).resolution
    assert at_resolving is not None
    assert at_reopening is not None
    assert at_resolving.elapsed == at_reopening.elapsed
    assert at_resolving.breached_at == at_reopening.breached_at


@cases(60)
@given(calendars(), TARGET, TARGET, GAP)
def test_a_new_priority_counts_from_the_original_start(
    case: tuple[WorkCalendar, datetime], one: Target, other: Target, gap: timedelta
) -> None:
    """Its target less the time used; if that is gone the change itself is the breach."""
    calendar, start = case
    policy = Policy("two", Goals(resolution=other), Goals(), Goals(), Goals(resolution=one))
    changed = start + gap
    events = [
        SlaEvent(start, Happened.OPENED, Priority.LOW),
        SlaEvent(changed, Happened.PRIORITY_CHANGED, Priority.CRITICAL),
    ]
    after = clocks(calendar, policy, events, changed).resolution
    afresh = ticket(calendar, other, SlaEvent(start, Happened.OPENED, Priority.LOW))
    untouched = ticket(calendar, one, events[0]).read(changed).resolution
    assert after is not None
    assert untouched is not None
    assert after.due == due_of(afresh)
    if untouched.breached_at is not None:
        assert after.breached_at == untouched.breached_at
    else:
        assert after.due is not None
        assert after.breached_at == (changed if after.due <= changed else None)
