"""How far a reader of the event log has come, kept in a counter row that moves in the reader's own transaction."""

from __future__ import annotations

from store.events import Position
from store.models import Counter
from store.statements import update


def place_of(cursor: Counter) -> Position:
    """The position after which it reads on."""
    return Position(int.from_bytes(bytes(cursor.head), "big"), cursor.value)


def put(cursor: Counter, place: Position) -> None:
    """Everything up to `place` is read."""
    cursor.value, cursor.head = place.id, place.xid.to_bytes(8, "big")
    update(cursor, ("value", "head"))
