"""Keeping the search index true to the messages: it follows the event log from where it stopped. The index is `store.search`."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count

from store.desk_search import text_of
from store.events import Position, places_after
from store.models import Address, Counter, SearchDoc, Ticket
from store.search import empty, put, remove
from store.statements import Columns
from store.vault import Vault, VaultError

BATCH = 500
_MARKS = ("search:xid", "search:id")
_MARKED = Columns(
    lambda: Counter.objects.filter(name__in=list(_MARKS)).values_list("name", "value")
)
_ERASED = Columns(
    lambda: (
        Address.objects.filter(key_wrapped=None)
        .values("key_wrapped")
        .annotate(found=Count("*"))
        .values_list("found")
        .order_by()
    )
)


def index_next(vault: Vault) -> int:
    """Indexes the tickets of the next events, all or nothing; returns how many events there were."""
    position = _position()
    events = places_after(position, BATCH)
    if not events:
        return 0
    conversations = {conversation for _, conversation in events}
    tickets = Ticket.objects.filter(conversation__in=conversations)
    # Read before the transaction, so that nobody who writes waits for it.
    texts = {
        ticket.number: _text(vault, ticket)
        for ticket in tickets.select_related("conversation__address")
    }
    with transaction.atomic():
        remove(number for number, text in texts.items() if text is None)
        for number, text in texts.items():
            if text is not None:
                put(vault, number, text)
        _keep(events[-1][0])
    return len(events)


def erased() -> int:
    """How many addresses have been erased so far: while it stays, there is nothing to forget."""
    found = _ERASED.rows()
    return int(found[0][0]) if found else 0


def forget_erased(vault: Vault) -> int:
    """Takes out the tickets of customers whose data was erased, and out of others' tickets what they said there;
    returns how many were touched."""
    tickets = Ticket.objects.select_related("conversation__address")
    gone = tickets.filter(conversation__address__key_wrapped=None).values("number")
    theirs = SearchDoc.objects.filter(number__in=gone).values_list("number", flat=True)
    joined = tickets.filter(
        conversation__message__address__key_wrapped=None,
        conversation__address__key_wrapped__isnull=False,
    )
    texts = {ticket.number: _text(vault, ticket) for ticket in joined.distinct()}
    with transaction.atomic():
        touched = remove(theirs)
        for number, text in texts.items():
            if text is not None:
                touched += put(vault, number, text)
    return touched


def begin_again() -> None:
    """Throws the index away and reads the whole log once more; until that is done, searches find less."""
    with transaction.atomic():
        empty()
        _keep(Position())


def _text(vault: Vault, ticket: Ticket) -> str | None:
    """None for a customer whose data was erased."""
    try:
        return text_of(vault, ticket)
    except VaultError:
        return None


def _position() -> Position:
    found: dict[str, int] = dict(_MARKED.rows())
    return Position(*(found.get(name, 0) for name in _MARKS))


def _keep(position: Position) -> None:
    marks = zip(_MARKS, (position.xid, position.id), strict=True)
    Counter.objects.bulk_create(
        [Counter(name=name, value=value) for name, value in marks],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["value"],
    )
