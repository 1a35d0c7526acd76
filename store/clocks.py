"""A ticket's clock events and due times as stored; the arithmetic is `core.sla`, the columns only cache it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
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
) -> None:
    """Adds an event to the ticket's clock and renews the cached due times; the caller saves the ticket.

    Events stand in the order in which they were stored. Where the system's clock was set back, `at` may lie before
    the newest of them: then this one happened at the same moment as that.
    """
    at = max(at, newest(ticket) or at)
    event: dict[str, Any] = {"what": what.value, "at": at.isoformat()}
    if priority is not None:
        event["priority"] = priority
    if automatic:
        event["automatic"] = True
    ticket.clock = [*ticket.clock, event]
    ticket.escalate_at = at
    _note_who_waits(ticket, what, at, automatic=automatic)
    renew(ticket, at)


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


def renew(ticket: Ticket, now: datetime) -> None:
    """Computes the cached due times of a ticket anew; the caller saves it."""
    read = read_clocks(ticket, now)
    ticket.response_due = read.response.due if read.response else None
    ticket.resolution_due = read.resolution.due if read.resolution else None
    ticket.next_due = read.next_due
    ticket.urgent_at = urgency(ticket)


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
    policy = ticket.policy
    calendar = calendar or calendar_for(policy)
    now = max(now, newest(ticket) or now)
    return clocks(calendar, policy_of(policy), events_of(ticket), now)


def events_of(ticket: Ticket) -> list[SlaEvent]:
    """What moved the ticket's clocks, oldest first."""
    return [
        SlaEvent(
            at=datetime.fromisoformat(event["at"]),
            what=Happened(event["what"]),
            priority=Priority(event["priority"]) if "priority" in event else None,
            automatic=event.get("automatic", False),
        )
        for event in ticket.clock
    ]


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
