"""What the reader of the log hands to those who watch a conversation: in one look, where nothing is missing. The log is `store.events`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connections, models

from store.bodies import Body, open_content
from store.columns import json_read
from store.database import is_postgresql
from store.disk import ON_THE_DISK, Flushed, settle
from store.events import (
    HORIZON,
    OF_AN_EVENT,
    PUBLIC,
    FeedEvent,
    Position,
    PublicEvent,
    public_after,
    told_of,
    with_words,
)
from store.models import Event
from store.models.people import first_name
from store.sayings import Sql, execute, together
from store.statements import Columns, Given
from store.vault import Erased, Vault

_NEXT_NEWS = Columns(
    lambda: (
        Event.objects.filter(id__gt=Given("after", models.BigIntegerField()))
        .order_by("id")
        .values_list(
            *("id", "conversation", "seq", "public_seq", "kind", "actor", "at", "message", "data"),
            *("message__body_cipher", "message__kind", "message__address_id"),
            *("message__address__key_wrapped", "message__user__name"),
        )
    )
)


@dataclass(frozen=True, slots=True)
class _Words:
    """What an event shows of its message: `sealed` under `key`, the wrapped one of `address`; `author`: a colleague's."""

    message: UUID
    sealed: bytes
    kind: str
    address: UUID
    key: bytes | None
    author: str | None


def news_after(
    vault: Vault,
    position: Position,
    seen_in: Callable[[UUID], int | None],
    limit: int,
    page: int,
    flushed: Flushed | None = None,
) -> tuple[list[FeedEvent], dict[UUID, list[PublicEvent]]]:
    """`feed_after`, and what happened in conversations that somebody watches, in one visit to the database. On PostgreSQL
    all of it is on the disk.

    `seen_in`: the public number after which the watchers of a conversation want to read, None where nobody
    watches; at most `page` each. `flushed`: what is known to be on the disk.
    """
    news, is_settled = _news_after(position, limit)
    wanted: dict[UUID, int] = {}
    shown: dict[UUID, list[tuple[FeedEvent, _Words | None]]] = {}
    for event, words in news:
        seen = seen_in(event.conversation) if event.conversation not in wanted else None
        if seen is not None and (event.public_seq or 0) > seen:
            wanted[event.conversation] = seen
        if event.public_seq is not None:
            shown.setdefault(event.conversation, []).append((event, words))
    told: dict[UUID, list[PublicEvent]] = {}
    others: dict[UUID, int] = {}
    for conversation, seen in wanted.items():
        if (follows := _following(shown[conversation], seen)) is None:
            others[conversation] = seen
        else:
            told[conversation] = [_shown(vault, *one) for one in follows[:page]]
    with together():
        for conversation, seen in others.items():
            PUBLIC.expect(conversation=conversation, after=seen, limit=page)
        for conversation, seen in others.items():
            told[conversation] = public_after(vault, conversation, seen, page)
    if is_postgresql() and (others or not (is_settled or _is_among(flushed, news[-1][0]))):
        settle()
    return [event for event, _ in news], told


def _is_among(flushed: Flushed | None, last: FeedEvent) -> bool:
    line: Any = connections["default"].line  # type: ignore[attr-defined]
    return flushed is not None and flushed.covers(last.position.xid, line)


def _following(
    shown: list[tuple[FeedEvent, _Words | None]], seen: int
) -> list[tuple[FeedEvent, _Words | None]] | None:
    """What comes after this number, in order; None where one of it is not among the news."""
    ordered = sorted(shown, key=lambda one: one[0].public_seq or 0)
    new = [one for one in ordered if (one[0].public_seq or 0) > seen]
    is_whole = all(one[0].public_seq == number for number, one in enumerate(new, seen + 1))
    return new if is_whole else None


def _shown(vault: Vault, event: FeedEvent, words: _Words | None) -> PublicEvent:
    data = told_of(event.kind, event.actor, event.at, event.data)
    if words is None:
        return PublicEvent(event.public_seq or 0, data)
    if words.author is not None:
        data["author"] = first_name(words.author)
    try:
        held = open_content(vault, words.message, words.sealed, words.address, words.key)
    except Erased:
        return PublicEvent(event.public_seq or 0, {**data, "text": "", "erased": True})
    return PublicEvent(
        event.public_seq or 0, with_words(data, words.kind, Body(**{"text": "", **held}))
    )


def _news_after(
    position: Position, limit: int
) -> tuple[list[tuple[FeedEvent, _Words | None]], bool]:
    """`feed_after`, each with its message; and whether, on PostgreSQL, all of it is on the disk."""
    if not is_postgresql():
        rows = [(0, *row, True) for row in _NEXT_NEWS.rows(after=position.id, limit=limit)]
    else:
        place = [position.xid, position.id]
        found = execute(connections["default"], _news(limit), place).fetchall()
        rows = [(*row[:9], json_read(row[9]), *row[10:]) for row in found]
    return [(_of_row(row), _words(row[8], *row[10:15])) for row in rows], not rows or rows[0][-1]


def _of_row(row: Sequence[Any]) -> FeedEvent:
    xid, number, talk, seq, shown, kind, actor, at, message, data = row[:10]
    place = Position(xid, number)
    return FeedEvent(place, talk, seq, shown, kind, actor, at, message, data)


def _words(
    message: UUID | None,
    sealed: bytes | None,
    kind: str,
    address: UUID,
    key: bytes | None,
    author: str | None,
) -> _Words | None:
    if message is None or sealed is None:
        return None
    return _Words(message, bytes(sealed), kind, address, key, author)


@cache
def _news(limit: int) -> Sql:
    """For PostgreSQL, where rows commit out of order; with the messages of what customers may see."""
    columns = ", ".join(f"e.{name.strip()}" for name in OF_AN_EVENT.split(","))
    return Sql(
        f"SELECT e.xid, e.id, {columns}, m.body_cipher, m.kind, m.address_id, a.key_wrapped, u.name, {ON_THE_DISK} "  # noqa: S608
        "FROM store_event e LEFT JOIN store_message m ON m.id = e.message_id AND e.public_seq IS NOT NULL "
        "LEFT JOIN store_address a ON a.id = m.address_id LEFT JOIN store_user u ON u.id = m.user_id "
        f"WHERE (e.xid, e.id) > (%s, %s) AND e.{HORIZON} ORDER BY e.xid, e.id LIMIT {limit:d}"
    )
