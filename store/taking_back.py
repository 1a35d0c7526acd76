"""Taking back that a ticket was resolved, or rests, as long as nothing happened since. What its customer was asked meanwhile
stays asked: it is not asked again when the ticket is resolved for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.sla import Happened
from store.clocks import happened
from store.models import Conversation, QueueEntry, Ticket, User
from store.tickets import Change, requeue
from store.turns import change_speaker


def standing_of(ticket: Ticket) -> dict[str, Any]:
    """What `take_back` needs to know of a ticket as it is: who has it, who speaks, and what it waits for."""
    waits = QueueEntry.objects.filter(ticket=ticket).first()
    return {
        "status": ticket.status,
        "assignee": str(ticket.assignee_id) if ticket.assignee_id else "",
        "speaker": ticket.conversation.speaker,
        "skills": waits.skills if waits else None,
        "waits_since": ticket.waits_since.isoformat() if ticket.waits_since else "",
    }


def take_back(change: Change, was: dict[str, Any]) -> None:
    """The ticket stands again as it did."""
    ticket, now = change.ticket, change.finish.now
    was_resolved = ticket.status == Ticket.Status.RESOLVED
    if was_resolved:
        _open_again(change)
    elif was["status"] == Ticket.Status.OPEN:
        ticket.status = Ticket.Status.OPEN
        happened(ticket, Happened.RESUMED, now)
    if was_resolved and was["status"] == Ticket.Status.PENDING:
        ticket.status = Ticket.Status.PENDING
        happened(ticket, Happened.PAUSED, now)
    if was_resolved:
        _speaks_again(change, was)
    ticket.waits_since = datetime.fromisoformat(was["waits_since"]) if was["waits_since"] else None
    data = {"ticket": ticket.number, "status": ticket.status}
    change.finish.log.add("ticket_changed", change.actor, data=data)


def _open_again(change: Change) -> None:
    finish = change.finish
    change.ticket.status, change.ticket.resolved_at = Ticket.Status.OPEN, None
    happened(change.ticket, Happened.REOPENED, finish.now)
    row = finish.conversation
    row.status, row.resolved_at = Conversation.Status.OPEN, None
    finish.changed |= {"status", "resolved_at"}
    data = {"number": change.ticket.number}
    finish.log.add("ticket_reopened", change.actor, is_public=True, data=data)


def _speaks_again(change: Change, was: dict[str, Any]) -> None:
    """Who has left in these seconds does not get it back."""
    ticket, finish = change.ticket, change.finish
    ticket.assignee = (
        User.objects.filter(id=was["assignee"], is_active=True).first() if was["assignee"] else None
    )
    if was["speaker"] == Conversation.Speaker.PERSON and ticket.assignee is not None:
        change_speaker(finish, Conversation.Speaker.PERSON, ticket.assignee, change.actor)
        return
    if was["speaker"] == Conversation.Speaker.BOT:
        change_speaker(finish, Conversation.Speaker.BOT, None, change.actor)
        return
    requeue(ticket, finish.now, was["skills"])
    change_speaker(finish, Conversation.Speaker.QUEUE, None, change.actor)
