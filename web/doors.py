"""The website chats that are open, and which other sites may use them. Reading messages is `web.arrivals`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import Error as DatabaseError
from pydantic import ValidationError

from bot.house import House
from channels.contract import Arrival
from channels.webchat import Webchat
from channels.webchat_tokens import Claims, bearer, read_claims
from core.errors import BadSignature, NotFound, TemporaryFailure
from store.models import Inbox
from store.visitors import is_known

log = structlog.get_logger()

FRESH_SECONDS = 5.0
PREFLIGHT = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, last-event-id",
    "access-control-max-age": "600",
}


@dataclass(frozen=True, slots=True)
class Door:
    """One chat inbox and its adapter."""

    inbox: Inbox
    channel: Webchat


class Doors:
    """All open chats, read again when older than a few seconds, so that few requests wait for the database.

    While it cannot be read, what was known stands; `TemporaryFailure` if nothing was ever known.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._doors: dict[UUID, Door] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def named(self, slug: str) -> Door:
        """The chat of that name, or the first by name where none is given. Raises `NotFound`."""
        await self._refresh()
        for door in self._doors.values():
            if slug in {"", door.inbox.slug}:
                return door
        raise NotFound("There is no such chat.")

    async def opened_by(self, arrival: Arrival) -> tuple[Door, Claims]:
        """The chat whose token this carries, checked. Raises what `Webchat.verify` raises."""
        claims = read_claims(bearer(arrival))
        await self._refresh()
        door = self._doors.get(claims.inbox)
        if door is None:
            raise BadSignature
        door.channel.verify(arrival)
        if door.channel.knows_people:
            # What was given to an anonymous visitor opens nothing of a known one, and the other way round.
            known = await self._house.database.read(
                is_known, self._house.vault, door.inbox, claims.visitor, claims.conversation
            )
            if known != claims.is_known:
                raise BadSignature
        return door, claims

    async def headers_for(self, origin: str | None) -> dict[str, str]:
        """What lets a page of an allowed origin read the answer; nothing for others and for servers."""
        if origin is None:
            return {"vary": "origin"}
        await self._refresh()
        own = self._house.settings.public_url
        if not any(door.channel.allows_origin(origin, own) for door in self._doors.values()):
            return {"vary": "origin"}
        return {
            "vary": "origin",
            "access-control-allow-origin": origin,
            "access-control-expose-headers": "retry-after",
        }

    async def _refresh(self) -> None:
        if time.monotonic() - self._read_at < FRESH_SECONDS:
            return
        was_read = self._read_at != float("-inf")
        if self._reading.locked() and was_read:
            return  # one asks for all; until then what was read before is what there is
        async with self._reading:
            now = time.monotonic()
            if now - self._read_at < FRESH_SECONDS:
                return
            try:
                inboxes = await self._house.database.read(_chat_inboxes)
            except DatabaseError as error:
                if not was_read:
                    raise TemporaryFailure("The chat cannot be opened now.") from error
                log.warning("chats_not_read", problem=type(error).__name__)
                return
            self._doors = {door.inbox.id: door for inbox in inboxes if (door := self._door(inbox))}
            self._read_at = now

    def _door(self, inbox: Inbox) -> Door | None:
        try:
            channel = self._house.channel_of(inbox)
        except ValidationError as error:
            # One chat with bad settings must not close the others.
            log.error("chat_misconfigured", inbox=inbox.slug, problems=error.error_count())
            return None
        assert isinstance(channel, Webchat)
        return Door(inbox, channel)


def chat_arrival(
    house: House, method: str, path: str, headers: Mapping[str, str], body: bytes, **meta: str
) -> Arrival:
    """A chat request as the adapter reads it; its address is ours from the settings, never from Host."""
    return Arrival(
        kind="chat",
        body=body,
        received_at=house.clock(),
        headers=headers,
        method=method,
        url=house.settings.public_url + path,
        meta=meta,
    )


def _chat_inboxes() -> list[Inbox]:
    rows = Inbox.objects.filter(channel=Webchat.name, is_active=True)
    return list(rows.select_related("brand").order_by("slug"))
