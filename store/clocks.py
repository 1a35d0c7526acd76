"""A ticket's clock events and due times as stored; the arithmetic is `core.sla`, the columns only cache it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from core.calendar import Span, WorkCalendar, add_working_time, around_the_clock
from core.decision import Priority
from core.errors import UnusableCalendar
from core.promise import Counting, Goals, Policy, Target
from core.sla import Clocks, Happened, SlaEvent, clocks
from store.models import Calendar, SlaPolicy, Ticket


def open_again(brand: UUID, name: str, now: datetime) -> datetime | None:
    """When people who keep the calendar of this name work next: `now` while they do, None without such a calendar."""
    row = Calendar.objects.filter(brand=brand, name=name).first()
    if row is None:
        return None
    moment = timedelta(microseconds=1)
    try:
        return add_working_time(calendar_of(row), now, moment) - moment
    except UnusableCalendar:
        return None


def calendar_of(row: Calendar | None) -> WorkCalendar:
    """The working time of a calendar row; around the clock where there is none."""
    if row is None:
        return around_the_clock()
    spans = tuple(
        Span(int(day), _minute(start), _minute(end))
        for day, times in row.spans.items()
        for start, end in times
    )
    # A row that is only being checked has no holidays yet, and cannot be asked for them.
    days = () if row._state.adding else row.holiday_set.values_list("on", flat=True)
    return WorkCalendar(row.time_zone, spans, frozenset(days))


def policy_of(row: SlaPolicy) -> Policy:
    """The promises of a policy row. Raises ValueError where a target is missing its amount."""
    counting = Counting(row.counts)

    def goals(priority: Priority) -> Goals:
        response = _target(row.targets.get("response", {}).get(priority.label), counting)
        following = _target(row.targets.get("next_response", {}).get(priority.label), counting)
        return Goals(
            response=response,
            next_response=following or response,
            resolution=_target(row.targets.get("resolution", {}).get(priority.label), counting),
        )

    return Policy(row.name, *(goals(priority) for priority in Priority))


def happened(
    ticket: Ticket,
    what: Happened,
    at: datetime,
    *,
    priority: int | None = None,
    automatic: bool = False,
    left: dict[str, Any] | None = None,
) -> None:
    """Adds an event to the ticket's clock and renews the cached due times; the caller saves the ticket. `left`: what
    was promised until a `POLICY_CHANGED` (`promise_left`); what is promised from then on is the ticket's policy.

    Events stand in the order in which they were stored. Where the system's clock was set back, `at` may lie before
    the newest of them: then this one happened at the same moment as that.
    """
    at = max(at, newest(ticket) or at)
    event: dict[str, Any] = {"what": what.value, "at": at.isoformat()}
    if priority is not None:
        event["priority"] = priority
    if automatic:
        event["automatic"] = True
    if left is not None:
        event["left"] = left
    ticket.clock = [*ticket.clock, event]
    ticket.escalate_at = at
    _note_who_waits(ticket, what, at, automatic=automatic)
    read = renew(ticket, at)
    if what in {Happened.PRIORITY_CHANGED, Happened.POLICY_CHANGED} and read.is_broken_at(at):
        # A promise that the change itself breaks has no due time to come at which the watcher would tell of it.
        ticket.next_due = at
        ticket.urgent_at = urgency(ticket)


def _note_who_waits(ticket: Ticket, what: Happened, at: datetime, *, automatic: bool) -> None:
    """Whose turn it is, for the lists. Who is written to again wakes what was put aside."""
    if what in {Happened.OPENED, Happened.CUSTOMER_MESSAGE}:
        ticket.waits_since = ticket.waits_since or at
        ticket.snoozed_until = None
    elif what in {Happened.PAUSED, Happened.RESOLVED, Happened.MERGED} or (
        what is Happened.AGENT_REPLY and not automatic
    ):
        ticket.waits_since = None


def newest(ticket: Ticket) -> datetime | None:
    """When the last thing happened to the ticket; None before the first."""
    return datetime.fromisoformat(ticket.clock[-1]["at"]) if ticket.clock else None


CLOCK_FIELDS = (
    "clock",
    "response_due",
    "resolution_due",
    "next_due",
    "escalate_at",
    "urgent_at",
    "waits_since",
    "snoozed_until",
)
NEVER = datetime(2200, 1, 1, tzinfo=UTC)
"""Where nothing is promised: after everything that is, and still a moment, so that one index orders all."""


def renew(ticket: Ticket, now: datetime) -> Clocks:
    """Computes the cached due times of a ticket anew, and returns what they are of; the caller saves it."""
    read = read_clocks(ticket, now)
    ticket.response_due = read.response.due if read.response else None
    ticket.resolution_due = read.resolution.due if read.resolution else None
    ticket.next_due = read.next_due
    ticket.urgent_at = urgency(ticket)
    return read


def first_due(ticket: Ticket, now: datetime) -> datetime | None:
    """When the first promise that the ticket is still owed is or was due: its place in a queue. None while it rests, and
    where nothing is promised."""
    return read_clocks(ticket, now).first_due


def urgency(ticket: Ticket) -> datetime | None:
    """When the ticket's most pressing promise is or was due, from the cached columns; None once it is done.

    An unanswered ticket is pressing by its response, broken or not; after that by its next running clock.
    """
    if ticket.status in {Ticket.Status.RESOLVED, Ticket.Status.CLOSED}:
        return None
    if ticket.first_response_at is None and ticket.response_due is not None:
        return ticket.response_due
    return ticket.next_due or ticket.resolution_due or NEVER


def calendar_for(policy: SlaPolicy) -> WorkCalendar:
    """The working time that a policy counts in: its calendar's, or around the clock."""
    return calendar_of(policy.calendar if policy.counts == SlaPolicy.Counts.BUSINESS else None)


def read_clocks(ticket: Ticket, now: datetime, calendar: WorkCalendar | None = None) -> Clocks:
    """All clocks of a ticket at `now`, from its stored events; a `now` before the newest of them is that moment.

    `calendar`: the policy's, when the caller reads many tickets and has looked it up before.
    """
    now = max(now, newest(ticket) or now)
    return clocks(*story_of(ticket, calendar), now)


def story_of(
    ticket: Ticket, calendar: WorkCalendar | None = None
) -> tuple[WorkCalendar, Policy, list[SlaEvent]]:
    """What the ticket began under, and what moved its clocks since, oldest first. `calendar` as in `read_clocks`."""
    promised = _promised(ticket, calendar)
    first = next(promised)
    return *first, [_event(told, promised) for told in ticket.clock]


def _promised(
    ticket: Ticket, calendar: WorkCalendar | None
) -> Iterator[tuple[WorkCalendar, Policy]]:
    """Calendars and policies that the ticket was under, one after the other; the last is its policy of now."""
    for event in ticket.clock:
        if "left" in event:
            yield _left(event["left"])
    yield calendar or calendar_for(ticket.policy), policy_of(ticket.policy)


def _event(told: dict[str, Any], promised: Iterator[tuple[WorkCalendar, Policy]]) -> SlaEvent:
    what = Happened(told["what"])
    calendar, policy = next(promised) if what is Happened.POLICY_CHANGED else (None, None)
    return SlaEvent(
        at=datetime.fromisoformat(told["at"]),
        what=what,
        priority=Priority(told["priority"]) if "priority" in told else None,
        policy=policy,
        automatic=told.get("automatic", False),
        calendar=calendar,
    )


def promise_left(policy: SlaPolicy, since: datetime) -> dict[str, Any]:
    """What the policy promises now, to be kept with a ticket that was under it from `since` on and leaves it.

    A copy, not a reference: nothing that is done to the policy later changes what was promised then.
    """
    calendar = policy.calendar if policy.counts == SlaPolicy.Counts.BUSINESS else None
    kept: dict[str, Any] = {
        "name": policy.name,
        "counts": policy.counts,
        "targets": policy.targets,
    }
    if calendar is not None:
        days = calendar.holiday_set.filter(on__gte=since.date() - timedelta(days=1))
        kept["calendar"] = {
            "time_zone": calendar.time_zone,
            "spans": calendar.spans,
            "holidays": [str(day) for day in days.order_by("on").values_list("on", flat=True)],
        }
    return kept


def _left(kept: dict[str, Any]) -> tuple[WorkCalendar, Policy]:
    """What `promise_left` kept."""
    policy = policy_of(SlaPolicy(name=kept["name"], counts=kept["counts"], targets=kept["targets"]))
    if "calendar" not in kept:
        return around_the_clock(), policy
    told = kept["calendar"]
    worked = calendar_of(Calendar(time_zone=told["time_zone"], spans=told["spans"]))
    days = frozenset(date.fromisoformat(day) for day in told["holidays"])
    return replace(worked, holidays=days), policy


def _target(amount: dict[str, int] | None, counting: Counting) -> Target | None:
    if not amount:
        return None
    return Target(amount.get("seconds", 0), amount.get("days", 0), counting)


@lru_cache(maxsize=512)
def _minute(text: str) -> int:
    if text == "24:00":
        return 1440
    moment = time.fromisoformat(text)
    return moment.hour * 60 + moment.minute
