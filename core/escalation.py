"""Which steps of an escalation matrix a ticket's past has reached, and when. Carrying them out does not belong here.

`plan` is a pure function of the ticket's events: it also names the moments that lie ahead if nothing else happens.
What it says of the past never changes as events are added, so a watcher that looks rarely, dies and starts again
finds the same firings as one that never sleeps. Each step fires once in a period:
- a clock's step when that share of its target is used (1.0 is the breach), once for each time the clock was started;
  a step for one priority counts only while the ticket has it, one of a policy's matrix only from when the ticket
  came under that policy on;
- `SILENCE` when the customer has waited so long, in the policy's working time, for a person's word; once a wait.
  Resolving ends a wait, waiting for the customer does too, an automatic message neither ends nor starts one;
- `REOPENED` when the ticket was opened again for the n-th time, once;
- `UPSET` when the customer's n-th message that reads as an urgent complaint came, once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.calendar import WorkCalendar, add_working_time
from core.decision import Priority
from core.promise import Counting, Policy
from core.sla import Happened, Ledger, SlaEvent


class Trigger(StrEnum):
    """What a step looks at. The first three are clocks."""

    RESPONSE = "response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"
    SILENCE = "silence"
    REOPENED = "reopened"
    UPSET = "upset"


class Action(StrEnum):
    """What a step does."""

    NOTIFY = "notify"
    RAISE_PRIORITY = "raise_priority"
    MOVE_TEAM = "move_team"
    REASSIGN = "reassign"
    REQUEUE = "requeue"
    ADD_RING = "add_ring"
    MAIL = "mail"
    SLACK = "slack"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the matrix. `share` of a clock, `minutes` of silence or `times` opened again or upset, by the trigger.

    `priority` None and empty `category` and `tiers`: any. Raises `ValueError` for an amount that is not positive.
    """

    key: str
    trigger: Trigger
    share: float = 1.0
    minutes: int = 60
    times: int = 1
    category: str = ""
    priority: Priority | None = None
    tiers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (0 < self.share <= 10 and self.minutes > 0 and self.times > 0):
            raise ValueError(f"an escalation step needs an amount above nothing: {self}")

    def fits(self, category: str, tier: str) -> bool:
        """Whether the step is meant for tickets of this category and customers of this tier."""
        return self.category in {"", category} and (not self.tiers or tier in self.tiers)

    @property
    def why(self) -> str:
        """The reason in words, for people."""
        match self.trigger:
            case Trigger.SILENCE:
                return f"the customer has waited {self.minutes} min for a person's answer"
            case Trigger.REOPENED:
                return f"the ticket was opened again {self.times} time(s)"
            case Trigger.UPSET:
                return f"{self.times} message(s) of the customer read as an urgent complaint"
            case _:
                clock = _CLOCKS[self.trigger]
                if self.share == 1:
                    return f"the promised time for {clock} is over"
                return f"{self.share:.0%} of the promised time for {clock} is used"


_CLOCKS = {
    Trigger.RESPONSE: "the first reply",
    Trigger.NEXT_RESPONSE: "the next reply",
    Trigger.RESOLUTION: "the solution",
}


@dataclass(frozen=True, slots=True)
class Firing:
    """A step is, or if nothing else happens will be, due at `at`. `is_over`: what it warns of was settled since."""

    step: Step
    period: str
    at: datetime
    is_over: bool = False

    @property
    def name(self) -> str:
        """The same for the same step and period, however often it is computed."""
        return f"step:{self.step.key}:{self.period}"


def plan(
    calendar: WorkCalendar,
    policy: Policy,
    events: Iterable[SlaEvent],
    steps: Iterable[Step],
    upset: Sequence[datetime] = (),
) -> tuple[Firing, ...]:
    """All firings of `steps` that fit the ticket, in order of time. `calendar` and `policy`: what the
    ticket began under; `steps`: the matrix of the policy that it is under; `upset`: when messages of the customer
    read as an urgent complaint.

    Raises `ValueError` for events out of order, and for a first event that is not OPENED.
    """
    told, ordered = list(events), list(steps)
    found: dict[str, Firing] = {}
    past = _Past(Ledger(calendar, policy), tuple(sorted(upset)))
    changes = (at for at, event in enumerate(told) if event.what is Happened.POLICY_CHANGED)
    begins = max(changes, default=0)
    for number, event in enumerate(told):
        past.then(event)
        if number < begins:
            continue
        end = told[number + 1].at if number + 1 < len(told) else None
        for step in ordered:
            if step.priority not in {None, past.ledger.priority}:
                continue
            for period, at in past.reached(step, event.at):
                firing = Firing(step, period, at)
                if (end is None or at <= end) and firing.name not in found:
                    found[firing.name] = firing
    still = past.open_periods()
    ended = (
        Firing(firing.step, firing.period, firing.at, firing.period not in still)
        for firing in found.values()
    )
    # A raised priority can bring several shares due at one moment: the smaller one comes first all the same.
    return tuple(sorted(ended, key=lambda one: (one.at, one.step.share, one.name)))


def untouched(
    calendar: WorkCalendar,
    policy: Policy,
    opened: SlaEvent,
    steps: Sequence[Step],
    raising: Collection[str],
    until: datetime,
) -> list[tuple[Firing, Priority]]:
    """What fires on a ticket that nobody touches, in order, each with the priority that the ticket has then.

    `opened`: its first event; `raising`: keys of the steps that raise the priority, which moves the clocks of all others.
    """
    events, found = [opened], list[tuple[Firing, Priority]]()
    priority = opened.priority or Priority.MEDIUM
    fired: set[str] = set()
    while ahead := _next(plan(calendar, policy, events, steps), fired, until):
        fired.add(ahead.name)
        if ahead.step.key in raising and priority is not Priority.CRITICAL:
            priority = Priority(priority - 1)
            events.append(SlaEvent(ahead.at, Happened.PRIORITY_CHANGED, priority))
        found.append((ahead, priority))
    return found


def _next(firings: Sequence[Firing], fired: set[str], until: datetime) -> Firing | None:
    return next((one for one in firings if one.name not in fired and one.at <= until), None)


@dataclass(slots=True)
class _Past:
    """A ticket as far as its events were told: its clocks, since when the customer waits, how often it came back."""

    ledger: Ledger
    upset: tuple[datetime, ...] = ()
    waiting_since: datetime | None = None
    reopened: int = field(default=0)

    def then(self, event: SlaEvent) -> None:
        was_resolved, was_merged = self.ledger.is_resolved, self.ledger.is_merged
        self.ledger = self.ledger.then(event)
        if was_merged:
            return
        match event.what:
            case Happened.REOPENED if was_resolved:
                self.reopened += 1
                self.waiting_since = event.at
            case Happened.PAUSED | Happened.RESOLVED | Happened.MERGED:
                self.waiting_since = None
            case Happened.AGENT_REPLY if not event.automatic:
                self.waiting_since = None
            case Happened.OPENED | Happened.CUSTOMER_MESSAGE if not (
                event.automatic or self.ledger.is_resolved
            ):
                self.waiting_since = self.waiting_since or event.at

    def open_periods(self) -> set[str]:
        """The periods that are not settled."""
        runs = {_period(run.clock, run.started_at) for run in self.ledger.runs if run.is_open}
        waits = {_period("silence", self.waiting_since)} if self.waiting_since else set()
        return runs | waits | {"reopened", "upset"}

    def reached(self, step: Step, now: datetime) -> Iterator[tuple[str, datetime]]:
        """Periods in which the step is due, with the moment, if nothing happens after `now`."""
        calendar = self.ledger.calendar
        if step.trigger is Trigger.REOPENED:
            if self.reopened >= step.times:
                yield "reopened", now
        elif step.trigger is Trigger.UPSET:
            if len(self.upset) >= step.times:
                yield "upset", max(self.upset[step.times - 1], now)
        elif step.trigger is Trigger.SILENCE:
            if self.waiting_since is not None:
                at = add_working_time(calendar, self.waiting_since, timedelta(minutes=step.minutes))
                # A step that begins to fit late, by a new priority, is due when it begins to.
                yield _period("silence", self.waiting_since), max(at, now)
        else:
            for run in self.ledger.runs:
                if run.clock.value != step.trigger.value or run.target is None or run.since is None:
                    continue
                used = run.read(run.target, now).elapsed
                left = run.target.duration(calendar) * step.share - used
                at = _after(calendar, run.target.counting, now, left)
                yield _period(run.clock, run.started_at), at


def _after(
    calendar: WorkCalendar, counting: Counting, start: datetime, amount: timedelta
) -> datetime:
    if amount <= timedelta(0):
        return start
    if counting is Counting.BUSINESS:
        return add_working_time(calendar, start, amount)
    return start + amount


def _period(name: str, began: datetime) -> str:
    return f"{name}:{began.isoformat()}"
