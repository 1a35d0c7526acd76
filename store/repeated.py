"""What came before, when a delivery comes again. Accepting is `store.receiving`."""

from __future__ import annotations

from django.db import models

from store.models import Event, InboxRow
from store.statements import Columns, Given, Select

_SEEN = Select(
    lambda: InboxRow.objects.filter(
        inbox=Given("inbox", models.UUIDField()), lookup=Given("lookup", models.BinaryField())
    )
)
_NUMBER = Columns(
    lambda: (
        Event.objects.filter(message=Given("message", models.UUIDField()))
        .order_by("id")
        .values_list("public_seq")
    )
)


def first_of(arrival: InboxRow) -> tuple[InboxRow, int]:
    """The row that has the place of this one, and the public number of its message: 0 where there is none."""
    seen = _SEEN.get(inbox=arrival.inbox_id, lookup=arrival.lookup)
    found = _NUMBER.rows(message=seen.message_id, limit=1) if seen.message_id else []
    return seen, int(found[0][0] or 0) if found else 0
