"""Turns in places where a provider takes only so many messages in a while. Whoever sends asks here first; sending is `bot`'s."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction

from store.models import OutboxRow, Pace
from store.statements import Given, Select, update

_PLACE = Select(
    lambda: Pace.objects.select_for_update().filter(
        inbox=Given("inbox", models.UUIDField()), place=Given("place", models.CharField())
    )
)
_ROW = Select(
    lambda: OutboxRow.objects.select_for_update(of=("self",)).filter(
        id=Given("id", models.BigIntegerField()),
        fence=Given("fence", models.BigIntegerField()),
        state=OutboxRow.State.WAITING,
    )
)


def turn(inbox: UUID, place: str, every: timedelta, now: datetime) -> datetime:
    """The next free moment of a place, which is taken with that. All processes share it, whoever comes first."""
    with transaction.atomic():
        row = _PLACE.first(inbox=inbox, place=place[:80])
        if row is None:
            row, _ = Pace.objects.select_for_update().get_or_create(
                inbox_id=inbox, place=place[:80], defaults={"free_at": now}
            )
        at = max(row.free_at, now)
        row.free_at = at + every
        update(row, ("free_at",))
        return at


def turn_of_row(
    row_id: int, fence: int, place: str, every: timedelta, now: datetime
) -> datetime | None:
    """A turn for a leased row, which rests until then without that being an attempt; None when the turn is now."""
    with transaction.atomic():
        row = _ROW.first(id=row_id, fence=fence)
        if row is None or row.slot_at is not None:
            return None
        row.slot_at = turn(row.inbox_id, place, every, now)
        if row.slot_at <= now:
            update(row, ("slot_at",))
            return None
        row.in_flight, row.lease_until, row.not_before = False, None, row.slot_at
        row.attempts -= 1
        row.save()
        return row.slot_at
