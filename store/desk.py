"""What the desk's lists show, as plain values; read-only. One ticket's page is `store.desk_ticket`, words are `web.desk`.

Who may see what comes in as a query of tickets (`bot.permissions.tickets_of`); nothing here widens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.db.models import F, Q, QuerySet

from core.calendar import WorkCalendar
from core.redaction import says_only_a_card
from core.sla import Clocks, ClockState, Reading
from store.bodies import open_json
from store.clocks import calendar_for, read_clocks
from store.desk_views import (
    ALIVE,
    NEAR,
    NOT_DONE,
    Reach,
    View,
    apart,
    first_of,
    in_view,
    newest_of,
)
from store.last_words import first_line, last_message, lines_of
from store.many import together
from store.models import Address, Inbox, Message, SlaPolicy, Ticket, User
from store.vault import Vault, VaultError

WARN_SHARE = 0.8
"""From this share of a target on, a clock is shown as nearly used up."""
PAGE = 50
COUNTED = 10_000
"""A list that a person made is counted up to so many."""


@dataclass(frozen=True, slots=True)
class Due:
    """The clock that matters most now. `share`: how much of its target is used, 0..1 and above once late."""

    clock: str
    state: ClockState
    due: datetime | None
    share: float
    met_at: datetime | None = None

    @property
    def is_close(self) -> bool:
        return self.state is ClockState.RUNNING and self.share >= WARN_SHARE


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket as a list shows it. `waits_for_us`: the last word was the customer's."""

    number: int
    who: str = field(repr=False)
    subject: str = field(repr=False)
    preview: str = field(repr=False)
    channel: str
    priority: int
    category: str
    team: str
    assignee: str
    status: str
    due: Due | None
    opened_at: datetime
    last_at: datetime
    waits_for_us: bool
    inbox: Inbox
    """Where the customer began."""
    call: str = ""
    """A `core.line.Standing`, where the customer called and wants a person."""


class Calendars:
    """Calendars by policy, each looked up once for a whole list."""

    def __init__(self) -> None:
        self._known: dict[UUID, WorkCalendar] = {}

    def of(self, policy: SlaPolicy) -> WorkCalendar:
        if policy.id not in self._known:
            self._known[policy.id] = calendar_for(policy)
        return self._known[policy.id]


def rows(
    vault: Vault,
    visible: QuerySet[Ticket],
    view: View,
    user: User,
    now: datetime,
    reach: Reach = NEAR,
) -> list[Row]:
    """The first page of a view, most pressing first (what is resolved: newest first). `reach`: how much is `visible`."""
    if view is View.RESOLVED:
        done = visible.filter(in_view(view, user, now))
        return listed(vault, done, now, newest_of(user, reach), newest_first=True)
    return listed(vault, visible, now, first_of(view, user, now, reach), newest_first=False)


def listed(
    vault: Vault,
    found: QuerySet[Ticket],
    now: datetime,
    wanted: Sequence[Q],
    *,
    newest_first: bool,
) -> list[Row]:
    """The first page of those of these tickets that are `wanted`: newest first, or the most pressing first."""
    # By number, which is indexed: most tickets of a company are done, and sorting them all takes seconds.
    if newest_first:
        chosen = _these(_numbered(found, PAGE, wanted)).order_by("-number")
    else:
        chosen = _these(_page_of(found, PAGE, wanted))
    tickets = list(
        chosen.annotate(last_message=last_message()).select_related(
            "conversation__address",
            "conversation__inbox",
            "conversation__call",
            "team",
            "assignee",
            "policy__calendar",
        )
    )
    shown = _rows(vault, tickets, now)
    return shown if newest_first else sorted(shown, key=_pressing)


def _page_of(found: QuerySet[Ticket], limit: int, wanted: Sequence[Q]) -> list[UUID]:
    """The first ones of those `wanted` (`desk_views.parts`), most pressing first. Which, before all about them: else the
    last message of each ticket is looked up before the page is cut, and PostgreSQL, which cannot tell how few there will
    be, reads every conversation."""
    first = [
        _in_order(found.filter(wish)).values_list("urgent_at", "number", "id")[:limit]
        for wish in wanted
    ]
    return [ticket for _due, _number, ticket in sorted(chain.from_iterable(first))[:limit]]


def _numbered(found: QuerySet[Ticket], limit: int, wanted: Sequence[Q]) -> list[UUID]:
    """The newest ones of those `wanted` (`desk_views.newest_of`), chosen before all about them is read, too."""
    numbers = [
        found.filter(wish).order_by("-number").values_list("number", "id")[:limit]
        for wish in wanted
    ]
    newest = sorted(set(chain.from_iterable(numbers)), reverse=True)[:limit]
    return [ticket for _number, ticket in newest]


def _these(page: Sequence[UUID]) -> QuerySet[Ticket]:
    """The tickets that were chosen, by their ids alone: asked for as they were chosen once more, SQLite takes an
    index of that and walks through every ticket of the list."""
    return Ticket.objects.filter(id__in=page).annotate(urgency=F("urgent_at"))


def _in_order(found: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Most pressing first. What is done has no such moment: said here too, the index begins where the rest does."""
    return found.filter(urgent_at__isnull=False).order_by("urgent_at", "number")


def of_criteria(
    vault: Vault,
    visible: QuerySet[Ticket],
    narrowed: Q,
    is_alive: bool,
    user: User,
    now: datetime,
    reach: Reach = NEAR,
) -> tuple[list[Row], int]:
    """The first page of a list that a person made, and how many there are (`store.many`). What may be done is newest first."""
    found = visible.filter(narrowed)
    if not is_alive:
        shown = listed(vault, found, now, newest_of(user, reach), newest_first=True)
        return shown, together(found, apart([Q()], user, reach), COUNTED)
    wanted = apart([NOT_DONE], user, reach) if reach.is_wide else [ALIVE]
    shown = listed(vault, found, now, wanted, newest_first=False)
    alive = apart([ALIVE], user, reach) if reach.is_wide else [ALIVE]
    return shown, together(found, alive, COUNTED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list ended: the last ticket's number and, in views by urgency, when it is due."""

    number: int
    urgency: datetime | None = None


def page_of_view(
    vault: Vault,
    visible: QuerySet[Ticket],
    view: View,
    user: User,
    now: datetime,
    reach: Reach = NEAR,
    *,
    after: Place | None,
    limit: int,
) -> list[tuple[Ticket, Row, Place]]:
    """The next tickets of a view in the order of `rows`, each with the place to go on from."""
    if view is View.RESOLVED:
        found = visible.filter(in_view(view, user, now))
        return page_by_number(vault, found, now, newest_of(user, reach), after=after, limit=limit)
    wanted = first_of(view, user, now, reach)
    return _pressing_page(vault, visible, now, after, limit, wanted)


def page_of_criteria(
    vault: Vault,
    visible: QuerySet[Ticket],
    narrowed: Q,
    is_alive: bool,
    user: User,
    now: datetime,
    reach: Reach = NEAR,
    *,
    after: Place | None,
    limit: int,
) -> list[tuple[Ticket, Row, Place]]:
    """The next tickets of a list that a person made, in the order of `of_criteria`."""
    found = visible.filter(narrowed)
    if not is_alive:
        return page_by_number(vault, found, now, newest_of(user, reach), after=after, limit=limit)
    wanted = apart([NOT_DONE], user, reach) if reach.is_wide else [ALIVE]
    return _pressing_page(vault, found, now, after, limit, wanted)


def _pressing_page(
    vault: Vault,
    found: QuerySet[Ticket],
    now: datetime,
    after: Place | None,
    limit: int,
    wanted: Sequence[Q],
) -> list[tuple[Ticket, Row, Place]]:
    """The next of these tickets that are `wanted`, most pressing first."""
    if after is not None and after.urgency is not None:
        # Said so, it is one stretch of the order.
        found = found.filter(urgent_at__gte=after.urgency)
        found = found.exclude(urgent_at=after.urgency, number__lte=after.number)
    elif after is not None:
        found = found.filter(urgent_at=None, number__gt=after.number)
    page = _page_of(found, limit, wanted)
    return _page(vault, _these(page).order_by("urgent_at", "number"), now)


def page_by_number(
    vault: Vault,
    visible: QuerySet[Ticket],
    now: datetime,
    wanted: Sequence[Q] = (Q(),),
    *,
    after: Place | None,
    limit: int,
) -> list[tuple[Ticket, Row, Place]]:
    """The next tickets of those `wanted`, newest number first."""
    found = visible if after is None else visible.filter(number__lt=after.number)
    return _page(vault, _these(_numbered(found, limit, wanted)).order_by("-number"), now)


def _page(vault: Vault, found: QuerySet[Ticket], now: datetime) -> list[tuple[Ticket, Row, Place]]:
    tickets = list(
        found.annotate(last_message=last_message()).select_related(
            "conversation__address",
            "conversation__inbox",
            "conversation__call",
            "conversation__speaker_user",
            "team",
            "assignee",
            "policy__calendar",
        )
    )
    shown = _rows(vault, tickets, now)
    places = [Place(ticket.number, ticket.urgency) for ticket in tickets]  # type: ignore[attr-defined]
    return list(zip(tickets, shown, places, strict=True))


def _pressing(row: Row) -> tuple[bool, datetime, int]:
    due = row.due.due if row.due else None
    return due is None, due or row.opened_at, row.number


def _rows(vault: Vault, tickets: Sequence[Ticket], now: datetime) -> list[Row]:
    last = Message.objects.select_related("address").in_bulk(
        [ticket.last_message for ticket in tickets if ticket.last_message]  # type: ignore[attr-defined]
    )
    calendars, lines = Calendars(), lines_of(vault, last.values())
    return [
        _row(
            vault,
            ticket,
            last.get(ticket.last_message),  # type: ignore[attr-defined]
            lines.get(ticket.conversation_id, ""),
            calendars,
            now,
        )
        for ticket in tickets
    ]


def _row(
    vault: Vault,
    ticket: Ticket,
    last: Message | None,
    preview: str,
    calendars: Calendars,
    now: datetime,
) -> Row:
    conversation = ticket.conversation
    try:
        who = name_of(vault, conversation.address)
        subject = subject_of(vault, ticket)
    except VaultError:
        # Erased, or damaged: a line without words, never a queue that cannot be shown.
        who, subject, preview = "", "", ""
    return Row(
        number=ticket.number,
        who=who,
        subject=subject,
        preview=preview,
        channel=conversation.inbox.channel,
        priority=ticket.priority,
        category=ticket.category,
        team=ticket.team.name,
        assignee=ticket.assignee.name if ticket.assignee else "",
        status=ticket.status,
        due=pressing_clock(read_clocks(ticket, now, calendars.of(ticket.policy))),
        opened_at=ticket.opened_at,
        last_at=conversation.last_message_at,
        waits_for_us=last is not None and last.author == Message.Author.CUSTOMER,
        inbox=conversation.inbox,
        call=conversation.call.standing if hasattr(conversation, "call") else "",
    )


def pressing_clock(clocks: Clocks) -> Due | None:
    """The clock to look at: the oldest promise that is broken and still owed, else the next one due."""
    readings = (clocks.response, clocks.next_response, clocks.resolution)
    owed = [reading for reading in readings if reading and reading.met_at is None]
    late = [reading for reading in owed if reading.state is ClockState.BREACHED]
    running = [reading for reading in owed if reading.state is ClockState.RUNNING]
    paused = [reading for reading in owed if reading.state is ClockState.PAUSED]
    for group in (late, running, paused):
        if group:
            return due_of(min(group, key=lambda reading: reading.due or reading.started_at))
    return None


def due_of(reading: Reading) -> Due:
    """A reading as a page shows it."""
    target = reading.elapsed + reading.remaining
    share = reading.elapsed / target if target else 1.0
    return Due(reading.clock.value, reading.state, reading.due, share, reading.met_at)


def name_of(vault: Vault, address: Address) -> str:
    """The name that came with an address; empty where there was none. Raises `Erased`."""
    place = f"address.name:{address.id}"
    sealed = bytes(address.name_cipher)
    return vault.open(address.key_wrapped, address.id, place, sealed).decode()


def subject_of(vault: Vault, ticket: Ticket) -> str:
    """What the ticket is about in one line: the subject written on it, else what the customer wants. A card number alone
    is neither, where there is anything else."""
    conversation = ticket.conversation
    address = conversation.address
    place = f"conversation.subject:{conversation.id}"
    sealed = bytes(conversation.subject_cipher)
    written = vault.open(address.key_wrapped, address.id, place, sealed).decode()
    if written and not says_only_a_card(written):
        return first_line(written)
    packet = open_json(vault, address, f"ticket.packet:{ticket.id}", bytes(ticket.packet_cipher))
    wanted = str((packet.get("wants") or {}).get("text", ""))
    return first_line(written if says_only_a_card(wanted) and written else wanted or written)
