"""Whose turn is next where more wait than can be thought about: inboxes in turn, and within one its customers in turn.

While nobody waits long, the longest waiting comes first (`store.turns`). In a crowd that order would let one loud
customer, or one inbox that is flooded, keep all others waiting behind everything they have said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, models
from django.db.models import Q

from store.models import Conversation
from store.statements import Given, Select

CROWDED = timedelta(seconds=1)
"""When the longest waiting has waited for so long, order by time alone is no longer fair."""
FRESH = timedelta(milliseconds=500)
"""The order of a crowd is computed at most so often, for it looks at everybody who waits."""
AHEAD = 64

_ORDER = """
SELECT id FROM (
  SELECT id, held, wants_turn_at, ROW_NUMBER() OVER (
    PARTITION BY inbox_id ORDER BY held DESC, of_address, wants_turn_at) AS of_inbox
  FROM (
    SELECT id, inbox_id, wants_turn_at,
      CASE WHEN lease_until >= %s THEN 1 ELSE 0 END AS held,
      ROW_NUMBER() OVER (
        PARTITION BY address_id
        ORDER BY CASE WHEN lease_until >= %s THEN 0 ELSE 1 END, wants_turn_at) AS of_address
    FROM store_conversation WHERE wants_turn_at <= %s) AS waiting
  ) AS ranked
WHERE held = 0 ORDER BY of_inbox, wants_turn_at LIMIT %s
"""
"""What somebody thinks about now counts as a turn had: by it an inbox and a customer come later."""

_ONE = Select(
    lambda: (
        Conversation.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
        .select_related("address", "inbox", "brand")
        .filter(
            Q(lease_until=None) | Q(lease_until__lt=Given("moment", models.DateTimeField())),
            wants_turn_at__lte=Given("now", models.DateTimeField()),
            address__key_wrapped__isnull=False,
            id=Given("id", models.UUIDField()),
        )
    )
)


@dataclass(slots=True)
class _Line:
    """The order as this process saw it last."""

    ids: list[UUID]
    made_at: datetime


_line = _Line([], datetime.min.replace(tzinfo=UTC))


def is_crowded(first: Sequence[Conversation], limit: int, now: datetime) -> bool:
    """Whether `first`, the `limit` longest waiting, are only the beginning of a crowd."""
    since = first[0].wants_turn_at if len(first) >= limit > 0 else None
    return since is not None and now - since > CROWDED


def in_turn(moment: datetime, now: datetime, limit: int) -> list[Conversation]:
    """Up to `limit` conversations that nobody holds, locked, in the order of the crowd. `moment`: the database's
    time, by which leases end."""
    chosen: dict[UUID, Conversation] = {}
    if not timedelta(0) <= now - _line.made_at < FRESH:
        _line.ids.clear()
    for is_last_try in (False, True):
        while _line.ids and len(chosen) < limit:
            # Another thread may have computed the order anew, with what is locked here in it.
            for row in _ONE.rows(moment=moment, now=now, id=_line.ids.pop(0)):
                chosen[row.id] = row
        if len(chosen) >= limit or is_last_try:
            break
        _line.ids = [one for one in _order(moment, now) if one not in chosen]
        _line.made_at = now
    return list(chosen.values())


def _order(moment: datetime, now: datetime) -> list[UUID]:
    at = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(_ORDER, [at(moment), at(moment), at(now), AHEAD])
        return [one if isinstance(one, UUID) else UUID(one) for (one,) in cursor.fetchall()]
