"""Putting a ticket aside. That a customer who writes wakes it is `store.clocks`."""

from __future__ import annotations

from datetime import datetime

from core.errors import IllegalTransition
from core.sla import Happened
from store.clocks import happened
from store.models import Conversation, Ticket
from store.tickets import Change


def snooze(change: Change, until: datetime | None) -> None:
    """Out of the working lists until a time, or back at once (None); a customer who writes brings it back too.
    The clocks run on: a promise does not sleep. What waits for the customer is back at once as well, and its clocks run
    again, unless the assistant has it."""
    ticket, row = change.ticket, change.finish.conversation
    is_assistants = row.speaker == Conversation.Speaker.BOT
    if until is None and ticket.status == Ticket.Status.PENDING and not is_assistants:
        ticket.status, ticket.snoozed_until = Ticket.Status.OPEN, None
        happened(ticket, Happened.RESUMED, change.finish.now)
        told = {"ticket": ticket.number, "status": ticket.status}
        change.finish.log.add("ticket_changed", change.actor, data=told)
        return
    if ticket.status != Ticket.Status.OPEN:
        raise IllegalTransition("Only an open ticket can be put aside.")
    ticket.snoozed_until = until
    data = {"ticket": ticket.number, "until": until.isoformat() if until else ""}
    change.finish.log.add("ticket_snoozed", change.actor, data=data)
