"""Two tickets of one customer become one, and two again: nothing is moved or lost, the one that ends names the one that goes on.

What the customer writes later in the ended conversation reaches the other one: it *follows* it, as a new conversation
follows a closed one (`store.receiving`).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from core.errors import Conflict, IllegalTransition
from core.sla import Happened
from store.clocks import happened, renew
from store.models import AddressLink, Conversation, QueueEntry, Ticket
from store.reservations import rescind
from store.tickets import Change, requeue
from store.turns import change_speaker, lock

_MERGED = Happened.MERGED.value


def merge(change: Change, into: Ticket) -> None:
    """Inside a change of the ticket that ends. Raises `Conflict` for tickets of different customers, and where the
    other one belongs to this one's past."""
    ticket, row, now = change.ticket, change.finish.conversation, change.finish.now
    other = lock(into.conversation_id)
    if ticket.pk == into.pk or ticket.merged_into_id or into.merged_into_id:
        raise IllegalTransition("One of the two is merged already, or they are the same.")
    if into.status in {Ticket.Status.RESOLVED, Ticket.Status.CLOSED}:
        raise IllegalTransition("The ticket that goes on has to be open.")
    if not _same_customer(row, other):
        raise Conflict("These are of different customers: each would read what the other wrote.")
    first = _first_of(other)
    if row.pk in _past(first) or first.pk in _past(row):
        raise Conflict("One of the two grew out of the other: merge the older one.")
    first.follows = row
    first.save(update_fields=["follows"])
    ticket.merged_into, ticket.status = into, Ticket.Status.CLOSED
    happened(ticket, Happened.MERGED, now)
    QueueEntry.objects.filter(ticket=ticket).delete()
    rescind(ticket, change.finish.log, now)
    row.status = Conversation.Status.CLOSED
    change.finish.changed.add("status")
    change_speaker(change.finish, Conversation.Speaker.NOBODY, None, change.actor)
    change.finish.log.add("ticket_merged", change.actor, data=_told(ticket, into))


def split(change: Change) -> None:
    """Takes the merging back: both go on as if it had not been, this one in its team's queue or with whom it was.
    Raises `IllegalTransition` for a ticket that was not merged."""
    ticket, row, now = change.ticket, change.finish.conversation, change.finish.now
    into = ticket.merged_into
    if into is None:
        raise IllegalTransition("This ticket was not merged into another.")
    Conversation.objects.filter(follows=row).update(follows=None)
    ticket.merged_into, ticket.status = None, Ticket.Status.OPEN
    ticket.clock = [event for event in ticket.clock if event["what"] != _MERGED]
    ticket.escalate_at = now
    renew(ticket, now)
    row.status, row.resolved_at = Conversation.Status.OPEN, None
    change.finish.changed |= {"status", "resolved_at"}
    if ticket.assignee is not None and ticket.assignee.is_active:
        change_speaker(change.finish, Conversation.Speaker.PERSON, ticket.assignee, change.actor)
    else:
        ticket.assignee = None
        requeue(ticket, now)
        change_speaker(change.finish, Conversation.Speaker.QUEUE, None, change.actor)
    change.finish.log.add("ticket_split", change.actor, data=_told(ticket, into))


def merged_into(ticket: Ticket) -> list[int]:
    """Numbers of the tickets that were merged into this one, the oldest first."""
    rows = Ticket.objects.filter(merged_into=ticket).order_by("number")
    return list(rows.values_list("number", flat=True))


@dataclass(frozen=True, slots=True)
class Merging:
    """Numbers: the ticket in which this one ended, and those that ended in this one."""

    into: int | None
    here: tuple[int, ...]


def merging_of(visible: QuerySet[Ticket], ticket: Ticket) -> Merging:
    """As far as the reader may see the other ends."""
    ended = ticket.merged_into_id
    into = visible.filter(pk=ended).values_list("number", flat=True).first() if ended else None
    here = visible.filter(merged_into=ticket).order_by("number").values_list("number", flat=True)
    return Merging(into, tuple(here))


def _same_customer(one: Conversation, other: Conversation) -> bool:
    if one.address_id == other.address_id:
        return True
    live = AddressLink.objects.filter(undone_at=None)
    mine = live.filter(address=one.address_id).values("customer")
    return live.filter(Q(address=other.address_id), customer__in=mine).exists()


def _first_of(row: Conversation) -> Conversation:
    """The beginning of what a conversation follows, itself where it follows nothing."""
    while row.follows is not None:
        row = row.follows
    return row


def _past(row: Conversation) -> set[object]:
    found: set[object] = set()
    follows = row.follows
    while follows is not None and follows.pk not in found:
        found.add(follows.pk)
        follows = follows.follows
    return found


def _told(ticket: Ticket, into: Ticket) -> dict[str, int]:
    return {"ticket": ticket.number, "into": into.number}
