"""Service-level clocks: how long the customer has waited against what was promised. Storing and alarming do not belong here.

A clock is a pure function of (calendar, policy, ordered events, now). Stored due times are caches of it.
The events are folded one by one (`Ledger.then`), so that continuing from a stored ledger and starting
again from the first event are the same computation.

The rules, each of them a choice:
- **response** runs from `OPENED` to the first reply a person sends the customer, a talk on the telephone being one (or to
  `RESOLVED`); what a machine sends does not meet it. **next response** runs from the customer's first message after a
  person's reply to the next reply, once per such turn. **resolution** runs from `OPENED` to `RESOLVED`.
- Waiting for the customer (`PAUSED`) stops every clock; `RESUMED` or the customer's own message sets them
  going again. An automatic message (out of office) does neither, nor does it start a clock.
- A customer's message on a resolved ticket moves no clock: whoever lets it reopen puts `REOPENED` first.
- `REOPENED` continues resolution from where it stood: closed time is not counted, the past is not forgiven.
- A new priority or policy applies from the original start: the new target less the time already used, counted in
  the new policy's calendar. A clock that was met or ended keeps the promise and the calendar it was judged by. A clock whose new target is already used up is breached by that change, at the time of the change.
- A target is reached, and the clock breached, at the very instant `due`; a reply then is late.
  A breach is a fact: nothing later undoes it. A clock that was met is not judged again until reopened.
- `MERGED` ends every open clock without a verdict: the other ticket's clocks stand for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from core.calendar import WorkCalendar, add_working_time, working_time
from core.decision import Priority
from core.promise import DEFAULT_POLICY, Counting, Goals, Policy, Target

__all__ = [
    "DEFAULT_POLICY",
    "ClockName",
    "ClockState",
    "Clocks",
    "Counting",
    "Goals",
    "Happened",
    "Ledger",
    "Policy",
    "Reading",
    "SlaEvent",
    "Target",
    "clocks",
]


class Happened(StrEnum):
    """What can move a clock."""

    OPENED = "opened"
    CUSTOMER_MESSAGE = "customer_message"
    AGENT_REPLY = "agent_reply"
    """Something said to the customer; with `automatic` set, by a machine."""
    PAUSED = "paused"
    """From now on we wait for the customer."""
    RESUMED = "resumed"
    PRIORITY_CHANGED = "priority_changed"
    POLICY_CHANGED = "policy_changed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    MERGED = "merged"
    """Into another ticket; nothing after it counts."""


@dataclass(frozen=True, slots=True)
class SlaEvent:
    """One thing that happened, `at` kept in UTC. `priority` with OPENED and PRIORITY_CHANGED, `policy` with
    POLICY_CHANGED, and `calendar` where that counts in another one."""

    at: datetime
    what: Happened
    priority: Priority | None = None
    policy: Policy | None = None
    automatic: bool = False
    calendar: WorkCalendar | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"an event needs its time zone: {self.at!r}")
        # Two instants of one zone are compared and subtracted by their wall clocks: an hour that comes twice would be lost.
        object.__setattr__(self, "at", self.at.astimezone(UTC))
        needs_priority = self.what in (Happened.OPENED, Happened.PRIORITY_CHANGED)
        if needs_priority and self.priority is None:
            raise ValueError(f"{self.what} without a priority")
        if self.what is Happened.POLICY_CHANGED and self.policy is None:
            raise ValueError(f"{self.what} without a policy")


class ClockName(StrEnum):
    RESPONSE = "response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    """Its target was reached, whether or not the deed was done afterwards."""
    ENDED = "ended"
    """Stopped without a verdict: the ticket was merged into another."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One clock at one moment.

    `elapsed` + `remaining` is the target, always; `remaining` is negative once late. `due`: when the
    target is, was or would have been reached; None while the clock stands still before its target.
    `started_at` tells apart the turns of the next-response clock. `met_at`: when the deed was done.
    """

    clock: ClockName
    state: ClockState
    started_at: datetime
    due: datetime | None
    elapsed: timedelta
    remaining: timedelta
    counting: Counting
    breached_at: datetime | None = None
    met_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clocks:
    """All clocks of a ticket at one moment. None: never started, or nothing is promised.

    `next_response`: the present or last turn; `earlier`: the turns before it, oldest first.
    """

    response: Reading | None
    next_response: Reading | None
    resolution: Reading | None
    earlier: tuple[Reading, ...] = ()

    @property
    def next_due(self) -> datetime | None:
        """When the next running clock will be breached, if none is touched."""
        return min((r.due for r in self._present(ClockState.RUNNING) if r.due), default=None)

    @property
    def first_due(self) -> datetime | None:
        """When the first promise that is still owed is or was due, broken or not: what a queue is ordered by."""
        owed = self._present(ClockState.RUNNING, ClockState.BREACHED)
        return min((r.due for r in owed if r.due and not r.met_at), default=None)

    def is_broken_at(self, moment: datetime) -> bool:
        """Whether one of them was breached at this very moment."""
        return any(r.breached_at == moment for r in self._present(*ClockState))

    def _present(self, *states: ClockState) -> list[Reading]:
        readings = (self.response, self.next_response, self.resolution)
        return [reading for reading in readings if reading and reading.state in states]


def clocks(
    calendar: WorkCalendar, policy: Policy, events: Iterable[SlaEvent], now: datetime
) -> Clocks:
    """The clocks at `now` of a ticket that began under `policy`; events later than `now` are left out.

    Raises `ValueError` for events out of order, and for a first event that is not OPENED.
    """
    ledger = Ledger(calendar, policy)
    for event in events:
        if event.at <= now:
            ledger = ledger.then(event)
    return ledger.read(now)


@dataclass(frozen=True, slots=True)
class _Run:
    """One clock's past: the stretches in which it ran, and `since`, when the present one began.

    `target` (None where there is none) and `calendar`: the promise it is, or when it was closed was, judged by.
    """

    clock: ClockName
    target: Target | None
    calendar: WorkCalendar
    started_at: datetime
    since: datetime | None
    ran: tuple[tuple[datetime, datetime], ...] = ()
    breached_at: datetime | None = None
    met_at: datetime | None = None
    is_ended: bool = False

    @property
    def is_open(self) -> bool:
        return self.met_at is None and not self.is_ended

    def going(self, now: datetime) -> _Run:
        return replace(self, since=now) if self.is_open and self.since is None else self

    def stopped(self, now: datetime) -> _Run:
        if self.since is None:
            return self
        return replace(self, ran=(*self.ran, (self.since, now)), since=None)

    def judged(self, now: datetime) -> _Run:
        """With the breach noted, if the target was reached by `now`."""
        if self.breached_at is not None or not self.is_open:
            return self
        due = self.due()
        return replace(self, breached_at=due) if due is not None and due <= now else self

    def promised(self, calendar: WorkCalendar, target: Target | None, now: datetime) -> _Run:
        """Under another target from the original start; already used up means breached by this change."""
        run = replace(self, target=target, calendar=calendar)
        late = run.judged(now)
        return replace(run, breached_at=now) if late.breached_at != run.breached_at else run

    def due(self) -> datetime | None:
        """When the target is, was or, had the deed not been done in time, would have been reached."""
        if self.target is None:
            return None
        calendar, left = self.calendar, self.target.duration(self.calendar)
        for start, end in self.ran:
            counted = _counted(calendar, self.target, start, end)
            if counted >= left or end == self.met_at:
                return _add(calendar, self.target, start, left)
            left -= counted
        return None if self.since is None else _add(calendar, self.target, self.since, left)

    def read(self, target: Target, now: datetime) -> Reading:
        run = self.judged(now)
        stretches = run.ran if run.since is None else (*run.ran, (run.since, now))
        counted = (_counted(run.calendar, target, *stretch) for stretch in stretches)
        elapsed = sum(counted, timedelta(0))
        return Reading(
            run.clock,
            run.state,
            run.started_at,
            run.due(),
            elapsed,
            target.duration(run.calendar) - elapsed,
            target.counting,
            run.breached_at,
            run.met_at,
        )

    @property
    def state(self) -> ClockState:
        if self.breached_at is not None:
            return ClockState.BREACHED
        if self.met_at is not None:
            return ClockState.MET
        if self.is_ended:
            return ClockState.ENDED
        return ClockState.PAUSED if self.since is None else ClockState.RUNNING


def _counted(calendar: WorkCalendar, target: Target, start: datetime, end: datetime) -> timedelta:
    if target.counting is Counting.BUSINESS:
        return working_time(calendar, start, end)
    return max(end - start, timedelta(0))


def _add(calendar: WorkCalendar, target: Target, start: datetime, amount: timedelta) -> datetime:
    if target.counting is Counting.BUSINESS:
        return add_working_time(calendar, start, amount)
    return start + amount


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ticket's clocks as far as its events go; begins as `Ledger(calendar, policy)`.

    `runs`: every clock ever started, oldest first. `is_answered`: the first response is settled, so
    that what the customer writes next starts a clock of its own.
    """

    calendar: WorkCalendar
    policy: Policy
    priority: Priority | None = None
    runs: tuple[_Run, ...] = ()
    last: datetime | None = None
    is_answered: bool = False
    is_resolved: bool = False
    is_merged: bool = False

    def then(self, event: SlaEvent) -> Ledger:
        """The ledger after one more event. Raises `ValueError` for one that cannot come here."""
        if self.last is not None and event.at < self.last:
            raise ValueError(f"events must be in order: {event.at} after {self.last}")
        if (event.what is Happened.OPENED) != (self.last is None):
            raise ValueError("a ticket is opened once, before anything else happens to it")
        if self.is_merged:
            return self
        judged = self._each(lambda run: run.judged(event.at))
        return replace(judged, last=event.at)._moved(event)

    def read(self, now: datetime) -> Clocks:
        """The clocks at `now`, which is not before the last event."""
        readings = [run.read(run.target, now) for run in self.runs if run.target is not None]
        turns = [r for r in readings if r.clock is ClockName.NEXT_RESPONSE]
        return Clocks(
            response=next((r for r in readings if r.clock is ClockName.RESPONSE), None),
            next_response=turns[-1] if turns else None,
            resolution=next((r for r in readings if r.clock is ClockName.RESOLUTION), None),
            earlier=tuple(turns[:-1]),
        )

    def _moved(self, event: SlaEvent) -> Ledger:
        now = event.at
        match event.what:
            case Happened.OPENED:
                opened = replace(self, priority=event.priority)
                return opened._begun(ClockName.RESPONSE, now)._begun(ClockName.RESOLUTION, now)
            case Happened.CUSTOMER_MESSAGE:
                return self if event.automatic or self.is_resolved else self._asked(now)
            case Happened.AGENT_REPLY:
                return self if event.automatic or self.is_resolved else self._answered(now)
            case Happened.PAUSED:
                if self.is_resolved:
                    return self
                return self._each(lambda run: run.stopped(now))
            case Happened.RESUMED:
                return self if self.is_resolved else self._resumed(now)
            case Happened.PRIORITY_CHANGED:
                return replace(self, priority=event.priority)._promised(now)
            case Happened.POLICY_CHANGED:
                calendar = event.calendar or self.calendar
                changed = replace(self, policy=event.policy or self.policy, calendar=calendar)
                return changed._promised(now)
            case Happened.RESOLVED:
                return self if self.is_resolved else self._resolved(now)
            case Happened.REOPENED:
                return self._reopened(now) if self.is_resolved else self
            case Happened.MERGED:
                ended = self._each(
                    lambda run: replace(run.stopped(now), is_ended=True) if run.is_open else run
                )
                return replace(ended, is_merged=True)
            case _:
                assert_never(event.what)

    def _asked(self, now: datetime) -> Ledger:
        resumed = self._resumed(now)
        waits = any(run.clock is ClockName.NEXT_RESPONSE and run.is_open for run in self.runs)
        if waits or not self.is_answered:
            return resumed
        return resumed._begun(ClockName.NEXT_RESPONSE, now)

    def _answered(self, now: datetime) -> Ledger:
        met = self._each(
            lambda run: run if run.clock is ClockName.RESOLUTION else _met(run, now),
        )
        return replace(met, is_answered=True)

    def _resumed(self, now: datetime) -> Ledger:
        return self._each(lambda run: run.going(now))

    def _resolved(self, now: datetime) -> Ledger:
        met = self._each(lambda run: _met(run, now))
        return replace(met, is_answered=True, is_resolved=True)

    def _reopened(self, now: datetime) -> Ledger:
        def again(run: _Run) -> _Run:
            if run.clock is not ClockName.RESOLUTION:
                return run
            target = self._target(run.clock)
            return replace(run, met_at=None).promised(self.calendar, target, now).going(now)

        return replace(self, is_resolved=False)._each(again)

    def _promised(self, now: datetime) -> Ledger:
        return self._each(
            lambda run: (
                run.promised(self.calendar, self._target(run.clock), now) if run.is_open else run
            )
        )

    def _begun(self, clock: ClockName, now: datetime) -> Ledger:
        run = _Run(clock, self._target(clock), self.calendar, now, now)
        return replace(self, runs=(*self.runs, run))

    def _target(self, clock: ClockName) -> Target | None:
        assert self.priority is not None
        goals = self.policy.goals(self.priority)
        match clock:
            case ClockName.RESPONSE:
                return goals.response
            case ClockName.NEXT_RESPONSE:
                return goals.next_response
            case ClockName.RESOLUTION:
                return goals.resolution
            case _:
                assert_never(clock)

    def _each(self, change: Callable[[_Run], _Run]) -> Ledger:
        return replace(self, runs=tuple(change(run) for run in self.runs))


def _met(run: _Run, now: datetime) -> _Run:
    return replace(run.stopped(now), met_at=now) if run.is_open else run
