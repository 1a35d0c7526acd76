"""What the clock watcher reads and records: due tickets, kept promises, raw payloads past their time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core.sla import ClockState
from store.clocks import CLOCK_FIELDS, read_clocks, renew
from store.events import Log
from store.models import InboxRow, Ticket
from store.turns import lock

WARN_AT = 0.8
"""Share of a target after which the desk is warned."""


def due_tickets(now: datetime, limit: int = 200) -> list[int]:
    """Numbers of tickets whose next due time has come; touches only what is due. Resting and done ones have none."""
    rows = Ticket.objects.filter(next_due__lte=now).order_by("next_due")
    return list(rows.values_list("number", flat=True)[:limit])


def record_breach(number: int, now: datetime) -> list[str]:
    """Tells once of each clock of a ticket that is breached, and renews its due times. Returns the clocks' names."""
    with transaction.atomic():
        found = Ticket.objects.filter(number=number).values_list("conversation_id", flat=True)[0]
        row = lock(found)
        ticket = (
            Ticket.objects.select_for_update(no_key=True, of=("self",))
            .select_related("policy__calendar")
            .get(number=number)
        )
        read = read_clocks(ticket, now)
        readings = [r for r in (read.response, read.next_response, read.resolution) if r]
        new = [
            reading
            for reading in readings
            if reading.state is ClockState.BREACHED
            and f"breached:{reading.clock}:{reading.started_at.isoformat()}" not in ticket.warned
        ]
        log = Log(row, now)
        for reading in new:
            name = f"breached:{reading.clock}:{reading.started_at.isoformat()}"
            ticket.warned = [*ticket.warned, name]
            log.add("sla_breached", "system", data={"ticket": number, "clock": reading.clock.value})
        renew(ticket, now)
        ticket.save(update_fields=["warned", *CLOCK_FIELDS])
        log.write()
        row.save(update_fields=["last_seq", "last_public_seq"])
        return [reading.clock.value for reading in new]


def forget_raw(now: datetime, limit: int = 500) -> int:
    """Empties raw payloads whose time is over; returns how many."""
    ids = list(InboxRow.objects.filter(raw_until__lte=now).values_list("id", flat=True)[:limit])
    return InboxRow.objects.filter(id__in=ids).update(raw_cipher=b"", raw_until=None)
