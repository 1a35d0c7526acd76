"""Which outbox rows can be sent now, and what is read of each that is: the statements of every sending. Leasing is `store.outbox`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q

from store.database import database_now
from store.models import ConversationKey, OutboxRow, Ticket
from store.statements import Columns, Given, Select, Whether

TOLD = ("conversation__address", "address", "inbox", "message__user", "message__address")
"""What is read with a row that is about to be sent."""
_WAITING = OutboxRow.State.WAITING


def anything_to_send(now: datetime) -> bool:
    """A cheap look before taking a write lock."""
    return _DUE.holds(now=now)


def sendable(
    now: datetime, held: datetime, limit: int, but: Collection[UUID]
) -> tuple[datetime, list[OutboxRow]]:
    """The database's clock, and the next rows by it, oldest first, locked: heads of their lines, and what stands behind
    a head that has held its line since before `held`. `but`: none of these inboxes."""
    if but:
        moment = database_now()
        return moment, list(_heads(moment, now, held).exclude(inbox__in=but)[:limit])
    _HEADS.expect(now=now, held=held, limit=limit)
    moment = database_now()
    return moment, _HEADS.rows(moment=moment, now=now, held=held, limit=limit)


def held(row_id: int, fence: int) -> OutboxRow | None:
    """The row, locked, while it is this sending's; with its conversation, address and inbox."""
    return _HELD.first(id=row_id, fence=fence)


def keys_of(conversation: UUID, channel: str) -> list[bytes]:
    """The sealed names under which a channel's inboxes know the conversation, first ones first."""
    rows = _KEYS.rows(conversation=conversation, channel=channel)
    return [bytes(key) for (key,) in rows]


def number_of(conversation: UUID) -> int | None:
    """Of its ticket, None where it has none."""
    found = _NUMBER.rows(conversation=conversation, limit=1)
    return int(found[0][0]) if found else None


def _heads(moment: Any, now: Any, held: Any) -> models.QuerySet[OutboxRow]:
    ahead = OutboxRow.objects.filter(
        Q(held_since=None) | Q(held_since__gt=held),
        state=_WAITING,
        conversation=OuterRef("conversation"),
        address=OuterRef("address"),
        id__lt=OuterRef("id"),
    )
    return (
        OutboxRow.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related(*TOLD)
        .filter(
            Q(lease_until=None) | Q(lease_until__lt=moment),
            Q(not_before=None) | Q(not_before__lte=now),
            ~Exists(ahead),
            state=_WAITING,
        )
        .order_by("id")
    )


_NOW = Given("now", models.DateTimeField())
_TALK = Given("conversation", models.UUIDField())
_DUE = Whether(
    lambda: OutboxRow.objects.filter(Q(not_before=None) | Q(not_before__lte=_NOW), state=_WAITING)
)
_HEADS = Select(
    lambda: _heads(
        Given("moment", models.DateTimeField(), "statement_timestamp()"),
        _NOW,
        Given("held", models.DateTimeField()),
    )
)
_HELD = Select(
    lambda: (
        OutboxRow.objects.select_for_update(of=("self",))
        .select_related("conversation__address", "inbox")
        .filter(
            id=Given("id", models.BigIntegerField()),
            fence=Given("fence", models.BigIntegerField()),
            state=_WAITING,
        )
    )
)
_KEYS = Columns(
    lambda: (
        ConversationKey.objects.filter(
            conversation=_TALK, inbox__channel=Given("channel", models.CharField())
        )
        .order_by("id")
        .values_list("key_cipher")
    )
)
_NUMBER = Columns(lambda: Ticket.objects.filter(conversation=_TALK).values_list("number"))
