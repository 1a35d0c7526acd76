"""Keeps the figures of reports up with the event log: whatever happened in a conversation, all of it is counted anew.

What is counted is `core.figures`; summing is `store.reporting`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db import models, transaction

from core.calendar import WorkCalendar, working_time
from core.figures import COMES_BACK_WITHIN, Counted, Told, counted
from core.sla import ClockState, Reading
from store.clocks import calendar_of, read_clocks
from store.events import places_after
from store.following import place_of, put
from store.models import Conversation, Counter, Event, Figures, Ticket
from store.statements import Columns, Given

_CURSOR = "figures"
BATCH = 500
"""Conversations that are counted in one transaction, at most."""
_EVENTS = 5_000
"""So many of the log are read at once: what is said in a few conversations is counted once for all of it."""
KINDS = (
    "message", "ticket_opened", "resolved", "ticket_reopened", "ticket_taken", "ticket_given", "ticket_changed",
    "ticket_escalated", "rated",
)  # fmt: skip
FIELDS = [
    field.name
    for field in Figures._meta.concrete_fields
    if field.name not in {"conversation", "came_back"}
]


_HISTORY = Columns(
    lambda: (
        Event.objects.filter(conversation=Given("conversation", models.UUIDField()), kind__in=KINDS)
        .order_by("seq")
        .values_list("kind", "actor", "at", "data")
    )
)


def follow(now: datetime, limit: int = _EVENTS) -> int:
    """Counts the conversations of the next events, in one transaction with the mark of how far it came; returns
    how many events were read: fewer than `BATCH` where there are no more. From the beginning where nothing was
    counted yet."""
    cursor = Counter.objects.filter(name=_CURSOR).first()
    if cursor is not None and not places_after(place_of(cursor), 1):
        return 0
    if cursor is None:
        Counter.objects.get_or_create(name=_CURSOR)
    with transaction.atomic():
        cursor = Counter.objects.select_for_update().get(name=_CURSOR)
        talks: set[UUID] = set()
        read, end = 0, None
        for place, talk in places_after(place_of(cursor), limit):
            if talk not in talks and len(talks) == BATCH:
                break
            talks.add(talk)
            read, end = read + 1, place
        if end is None:
            return 0
        count(talks, now)
        put(cursor, end)
        return read


def start_again() -> None:
    """Forgets all figures; they are counted again from the log."""
    with transaction.atomic():
        Figures.objects.all().delete()
        Counter.objects.filter(name=_CURSOR).delete()


def count(conversations: Collection[UUID], now: datetime) -> None:
    """Counts these conversations from all their events; the caller holds a transaction."""
    tickets = {
        ticket.conversation_id: ticket
        for ticket in Ticket.objects.filter(conversation__in=conversations).select_related(
            "policy__calendar", "team__calendar"
        )
    }
    calendars = _Calendars()
    talks = Conversation.objects.filter(id__in=conversations).select_related("inbox").in_bulk()
    rows = []
    for conversation, history in _histories(conversations):
        found = counted(history)
        if found.last_at is not None:
            ticket = tickets.get(conversation)
            rows.append(_row(talks[conversation], ticket, found, calendars, now))
    Figures.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["conversation"], update_fields=FIELDS
    )
    _note_who_came_back({row.address_id for row in rows})


def _histories(conversations: Collection[UUID]) -> Iterator[tuple[UUID, list[Told]]]:
    for conversation in conversations:
        if found := _HISTORY.rows(conversation=conversation):
            yield conversation, [Told(*row) for row in found]


class _Calendars:
    """Calendars of this batch, each read once."""

    def __init__(self) -> None:
        self._known: dict[UUID, WorkCalendar] = {}

    def of(self, ticket: Ticket) -> WorkCalendar | None:
        """The team's working time, else that of the promise; None where nobody said when people work."""
        row = ticket.team.calendar or ticket.policy.calendar
        if row is None:
            return None
        if row.id not in self._known:
            self._known[row.id] = calendar_of(row)
        return self._known[row.id]


def _row(
    talk: Conversation,
    ticket: Ticket | None,
    found: Counted,
    calendars: _Calendars,
    now: datetime,
) -> Figures:
    row = Figures(
        conversation=talk,
        brand_id=talk.brand_id,
        address_id=talk.address_id,
        channel=talk.inbox.channel,
        language=talk.language,
        opened_at=talk.opened_at,
        last_at=found.last_at or talk.opened_at,
        bot_said=found.bot_said,
        rating=found.rating,
        rated_at=found.rated_at,
        resolved_at=found.resolved_at,
    )
    if ticket is not None:
        _fill_ticket(row, ticket, found, calendars.of(ticket), now)
    return row


def _fill_ticket(
    row: Figures, ticket: Ticket, found: Counted, calendar: WorkCalendar | None, now: datetime
) -> None:
    row.number, row.category, row.priority = ticket.number, ticket.category, ticket.priority
    row.team_id, row.agent_id = ticket.team_id, ticket.assignee_id
    row.handed_at, row.first_response_at = found.handed_at, found.first_response_at
    row.replies, row.reopens, row.transfers = found.replies, found.reopens, found.transfers
    row.first_contact = found.is_first_contact
    began = found.handed_at
    row.response, row.response_working = _took(began, found.first_response_at, calendar)
    row.resolution, row.resolution_working = _took(began, found.resolved_at, calendar)
    clocks = read_clocks(ticket, now)
    row.response_kept, row.resolution_kept = _kept(clocks.response), _kept(clocks.resolution)


def _took(
    began: datetime | None, ended: datetime | None, calendar: WorkCalendar | None
) -> tuple[float | None, float | None]:
    """Seconds by the clock, and of working time."""
    if began is None or ended is None:
        return None, None
    working = working_time(calendar, began, ended).total_seconds() if calendar else None
    return (ended - began).total_seconds(), working


def _kept(reading: Reading | None) -> bool | None:
    if reading is None or reading.state not in {ClockState.MET, ClockState.BREACHED}:
        return None
    return reading.state is ClockState.MET


def _note_who_came_back(addresses: set[UUID]) -> None:
    """Marks conversations after which the same address soon opened another."""
    rows = Figures.objects.filter(address__in=addresses).order_by("address", "opened_at")
    found = rows.values_list("address_id", "conversation_id", "opened_at", "last_at", "came_back")
    changed: dict[bool, list[UUID]] = {True: [], False: []}
    for _, group in groupby(found, key=lambda row: row[0]):
        talks = list(group)
        for place, (_, conversation, opened, last, known) in enumerate(talks):
            later = (other[2] for other in talks[place + 1 :] if other[2] > opened)
            came_back = any(moment <= last + COMES_BACK_WITHIN for moment in later)
            if came_back != known:
                changed[came_back].append(conversation)
    for value, conversations in changed.items():
        if conversations:
            Figures.objects.filter(conversation__in=conversations).update(came_back=value)
