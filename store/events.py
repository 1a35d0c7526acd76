"""The event log: appending under a locked conversation, and reading by number. Who may read is the caller's concern."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, connections, models

from store.bodies import FORM, Body, open_body
from store.columns import json_read
from store.database import is_postgresql
from store.models import Conversation, Event, Message
from store.sayings import Sql, execute
from store.statements import Columns, Given, Select, insert, new
from store.vault import Erased, Vault


class Log:
    """Appends events to one conversation whose row is locked by the running transaction.

    Sequence numbers come from the locked row, so they are gapless; `write` must be called once, before the
    caller saves `last_seq` and `last_public_seq` of the conversation.
    """

    def __init__(self, conversation: Conversation, at: datetime) -> None:
        self._conversation = conversation
        self.at = at
        self._events: list[Event] = []

    def next_seq(self) -> int:
        """The number that the next event will get."""
        return self._conversation.last_seq + 1

    def add(
        self,
        kind: str,
        actor: str,
        *,
        is_public: bool = False,
        message: Message | None = None,
        data: dict[str, Any] | None = None,
    ) -> Event:
        """One more event; `actor` is `customer`, `bot`, `system` or `user:<id>`. `data` may hold nobody's words."""
        row = self._conversation
        row.last_seq += 1
        if is_public:
            row.last_public_seq += 1
        event = new(
            Event,
            brand_id=row.brand_id,
            conversation_id=row.id,
            seq=row.last_seq,
            public_seq=row.last_public_seq if is_public else None,
            kind=kind,
            at=self.at,
            actor=actor,
            message=message,
            data=data or {},
        )
        self._events.append(event)
        return event

    def write(self) -> None:
        """Inserts what was added."""
        insert(self._events)
        self._events = []


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the global feed. On SQLite `xid` is 0 and `id` alone orders."""

    xid: int = 0
    id: int = 0

    def __str__(self) -> str:
        return f"{self.xid}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """The position written by `str`. Raises ValueError."""
        xid, _, number = text.partition(".")
        return cls(int(xid), int(number))


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event as it passes through the global feed: no words of anybody."""

    position: Position
    conversation: UUID
    seq: int
    public_seq: int | None
    kind: str
    actor: str
    at: datetime
    message: UUID | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """An event as the customer may see it; `data` is what goes over the wire."""

    seq: int
    data: dict[str, Any] = field(repr=False)


_NEXT = Columns(
    lambda: (
        Event.objects.filter(id__gt=Given("after", models.BigIntegerField()))
        .order_by("id")
        .values_list(
            "id",
            "conversation",
            "seq",
            "public_seq",
            "kind",
            "actor",
            "at",
            "message",
            "data",
        )
    )
)
_NEXT_PLACES = Columns(
    lambda: (
        Event.objects.filter(id__gt=Given("after", models.BigIntegerField()))
        .order_by("id")
        .values_list("id", "conversation")
    )
)
_NEXT_KINDS = Columns(
    lambda: (
        Event.objects.filter(id__gt=Given("after", models.BigIntegerField()))
        .order_by("id")
        .values_list("id", "conversation", "seq", "kind")
    )
)
PUBLIC = Select(
    lambda: (
        Event.objects.filter(
            conversation=Given("conversation", models.UUIDField()),
            public_seq__gt=Given("after", models.BigIntegerField()),
        )
        .select_related("message__address", "message__user")
        .order_by("public_seq")
    )
)
JOINED, PARTED = "channel_joined", "channel_parted"
"""Somebody went on in a conversation from elsewhere; a colleague took that out."""
TAKEN_OUT = "message_taken_out"
"""A colleague made a ticket of its own of one message."""
DOUBTFUL = "unproven"
"""Stands in the event of a message for whose sender nobody vouches; colleagues alone are told."""
CIRCLE = "circle"
"""Stands in the event of a message that came through a list; `store.circles` reads it."""
QUIET = "quiet"
"""Stands in the event of a message that no machine may answer, though people do (it came through a list)."""
HORIZON = "xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


def feed_after(position: Position, limit: int = 500) -> list[FeedEvent]:
    """The next events of all conversations, oldest first; skips nothing, whatever is still uncommitted.

    On PostgreSQL rows commit out of order, so only those of transactions older than every running one are
    returned; an open write transaction therefore delays the feed, never breaks it.
    """
    if not is_postgresql():
        rows = _NEXT.rows(after=position.id, limit=limit)
        return [FeedEvent(Position(0, place), *told) for place, *told in rows]
    sql, place = _feed(OF_AN_EVENT, limit), [position.xid, position.id]
    return [
        FeedEvent(
            Position(xid, number), talk, seq, shown, kind, actor, at, message, json_read(data)
        )
        for xid, number, talk, seq, shown, kind, actor, at, message, data in execute(
            connections["default"], sql, place
        ).fetchall()
    ]


OF_AN_EVENT = "conversation_id, seq, public_seq, kind, actor, at, message_id, data"


@cache
def _feed(columns: str, limit: int) -> Sql:
    """What comes after a place, for PostgreSQL; the two numbers are compared as one, so that an index begins there."""
    return Sql(
        f"SELECT xid, id, {columns} FROM store_event WHERE (xid, id) > (%s, %s) AND {HORIZON} "  # noqa: S608
        f"ORDER BY xid, id LIMIT {limit:d}"
    )


def places_after(position: Position, limit: int = 500) -> list[tuple[Position, UUID]]:
    """As `feed_after`: where each of the next events stands, and the conversation that it is of. For who asks no more of them."""
    if not is_postgresql():
        return [
            (Position(0, place), conversation)
            for place, conversation in _NEXT_PLACES.rows(after=position.id, limit=limit)
        ]
    sql, place = _feed("conversation_id", limit), [position.xid, position.id]
    found = execute(connections["default"], sql, place).fetchall()
    return [(Position(xid, number), conversation) for xid, number, conversation in found]


def kinds_after(position: Position, limit: int = 500) -> list[tuple[Position, UUID, int, str]]:
    """As `places_after`, with the number that each has in its conversation, and its kind."""
    if not is_postgresql():
        rows = _NEXT_KINDS.rows(after=position.id, limit=limit)
        return [(Position(0, place), talk, seq, kind) for place, talk, seq, kind in rows]
    sql, place = _feed("conversation_id, seq, kind", limit), [position.xid, position.id]
    found = execute(connections["default"], sql, place).fetchall()
    return [(Position(xid, number), talk, seq, kind) for xid, number, talk, seq, kind in found]


def feed_end() -> Position:
    """The position after everything that `feed_after` would return now."""
    if not is_postgresql():
        last = Event.objects.order_by("-id").values_list("id", flat=True).first()
        return Position(0, last or 0)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT xid, id FROM store_event WHERE {HORIZON} ORDER BY xid DESC, id DESC LIMIT 1"  # noqa: S608
        )
        row = cursor.fetchone()
    return Position(row[0], row[1]) if row else Position()


def public_after(
    vault: Vault, conversation: UUID, after: int, limit: int = 200
) -> list[PublicEvent]:
    """What the customer of this conversation may see after public number `after`, oldest first, without gaps."""
    rows = PUBLIC.rows(conversation=conversation, after=after, limit=limit)
    return [PublicEvent(row.public_seq or 0, public_data(vault, row)) for row in rows]


def last_public_seqs(conversations: Iterable[UUID]) -> dict[UUID, int]:
    """The newest public number of each conversation, for watchers that may have missed a hint."""
    rows = Conversation.objects.filter(id__in=list(conversations))
    return dict(rows.values_list("id", "last_public_seq"))


def public_data(vault: Vault, event: Event) -> dict[str, Any]:
    """The JSON of one event for the customer's own eyes."""
    data = told_of(event.kind, event.actor, event.at, event.data)
    message = event.message
    if message is None:
        return data
    if message.user is not None:
        data["author"] = message.user.first_name
    try:
        return with_words(data, message.kind, open_body(vault, message))
    except Erased:
        return {**data, "text": "", "erased": True}


def told_of(kind: str, actor: str, at: datetime, beside: dict[str, Any]) -> dict[str, Any]:
    """What a customer sees of an event beside words."""
    who = actor.partition(":")[0].replace("user", "agent")
    data = {"type": kind, "from": who, "at": at.isoformat(), **beside}
    for hidden in (DOUBTFUL, QUIET, CIRCLE):
        data.pop(hidden, None)
    return data


def with_words(data: dict[str, Any], kind: str, body: Body) -> dict[str, Any]:
    """The same with those of its message."""
    data["text"] = body.text
    data["kind"] = kind
    for name in ("citations", "suggestions", "buttons"):
        data[name] = getattr(body, name)
    if form := body.extra.get(FORM):
        data["rich"] = form
    if files := body.extra.get("files"):
        data["files"] = files
    if body.client_id:
        data["client_id"] = body.client_id
    return data
