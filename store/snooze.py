"""Putting a ticket aside. That a customer who writes wakes it is `store.clocks`."""

from __future__ import annotations

from datetime import datetime

from core.errors import IllegalTransition
from store.models import Ticket
from store.tickets import Change


def snooze(change: Change, until: datetime | None) -> None:
    """Out of the working lists until a time, or back at once (None); a customer who writes brings it back too.
    The clocks run on: a promise does not sleep."""
    ticket = change.ticket
    if ticket.status != Ticket.Status.OPEN:
        raise IllegalTransition("Only an open ticket can be put aside.")
    ticket.snoozed_until = until
    data = {"ticket": ticket.number, "until": until.isoformat() if until else ""}
    change.finish.log.add("ticket_snoozed", change.actor, data=data)
