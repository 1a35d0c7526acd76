"""Messages that were not delivered, or of which nobody knows: found by number or by time. Sending is `bot.deliver`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from store.models import OutboxRow

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Which:
    """Chosen by `ids`, or by when they were given up (`since` included, `until` not), or all.

    `unknown`: also those of which nobody knows whether they arrived. `inbox`: a slug, or every inbox.
    """

    ids: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    inbox: str = ""
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One of them, without its words."""

    id: int
    state: str
    inbox: str
    channel: str
    conversation: UUID
    attempts: int
    reason: str
    given_up_at: datetime | None
    inbox_id: UUID


def undelivered(which: Which, limit: int = MOST) -> list[Letter]:
    """Those chosen, oldest first."""
    state = OutboxRow.State
    rows = OutboxRow.objects.select_related("inbox").filter(
        state__in=[state.DEAD, *([state.UNKNOWN] if which.unknown else [])]
    )
    if which.ids:
        rows = rows.filter(id__in=which.ids)
    if which.since:
        rows = rows.filter(settled_at__gte=which.since)
    if which.until:
        rows = rows.filter(settled_at__lt=which.until)
    if which.inbox:
        rows = rows.filter(inbox__slug=which.inbox)
    return [_letter(row) for row in rows.order_by("id")[:limit]]


def replay(ids: Sequence[int], now: datetime, *, look_first: bool = False) -> int:
    """Puts dead or unknown rows back in line; a row that waits or was sent is left alone. Returns how many.
    `look_first`: the provider is asked whether it has them before they are sent."""
    with transaction.atomic():
        return OutboxRow.objects.filter(
            id__in=list(ids), state__in=[OutboxRow.State.DEAD, OutboxRow.State.UNKNOWN]
        ).update(
            state=OutboxRow.State.WAITING,
            in_flight=look_first,
            lease_until=None,
            not_before=None,
            slot_at=None,
            held_since=None,
            settled_at=None,
            attempts=0,
            leased_by="",
        )


def _letter(row: OutboxRow) -> Letter:
    return Letter(
        id=row.id,
        state=row.state,
        inbox=row.inbox.slug,
        channel=row.inbox.channel,
        conversation=row.conversation_id,
        attempts=row.attempts,
        reason=row.last_error,
        given_up_at=row.settled_at,
        inbox_id=row.inbox_id,
    )
