"""What a visitor of the chat can ask for beside writing: to be known, and their earlier chats. Writing is `web.arrivals`."""

from __future__ import annotations

import asyncio
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.house import House
from bot.identify import identify
from bot.transcript import ask
from channels.webchat_tokens import Claims, bearer
from core.errors import BadSignature, MalformedPayload, NotFound
from core.ids import ConversationId
from store.visitors import Account, chats_of, note_seen, shared_file
from web.bodies import read_body
from web.doors import Door, Doors, chat_arrival
from web.gate import Gate
from web.storable import refuse_nul_in_json

PRIVATE = {"cache-control": "no-store"}
DOWNLOAD = {
    **PRIVATE,
    "content-disposition": "attachment",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
}
IDENTITY_LIMIT = 8 * 1024
Body = TypeVar("Body", bound=BaseModel)


class _Claim(BaseModel):
    """The body of POST /chat/v1/identity."""

    identity: Annotated[str, StringConstraints(max_length=4_096)]
    inbox: Annotated[str, StringConstraints(max_length=50, pattern=r"^[-\w]*$")] = ""


class _Seen(BaseModel):
    """The body of POST .../seen."""

    seq: Annotated[int, Field(ge=0, lt=10**15)]


class _Transcript(BaseModel):
    """The body of POST .../transcript. `email`: empty for the address that is known."""

    email: Annotated[str, StringConstraints(pattern=r"^([^\s@]{1,64}@[^\s@]{1,190})?$")] = ""


class Chats:
    """The routes of it; `doors` opens the chats, `gate` counts who asks."""

    def __init__(self, house: House, doors: Doors, gate: Gate) -> None:
        self._house = house
        self._doors = doors
        self._gate = gate

    def routes(self) -> list[Route]:
        """To stand among those of `web.arrivals`, whose handlers answer the errors."""
        return [
            Route("/chat/v1/identity", self._identify, methods=["POST"]),
            Route("/chat/v1/history", self._history),
            Route("/chat/v1/conversations/{id}/seen", self._seen, methods=["POST"]),
            Route("/chat/v1/conversations/{id}/files/{file:uuid}", self._file),
            Route("/chat/v1/conversations/{id}/transcript", self._transcript, methods=["POST"]),
        ]

    async def _identify(self, request: Request) -> Response:
        """Who they are, in the website's signed word: the conversation in which they go on, and its token."""
        claim = read(_Claim, await read_body(request, IDENTITY_LIMIT))
        self._gate.opening(request.client.host if request.client else "unknown")
        door = await self._doors.named(claim.inbox)
        headers = dict(request.headers)
        arrival = chat_arrival(self._house, "POST", request.url.path, headers, b"")
        door.channel.verify_origin(arrival)
        found = door.channel.check_identity(claim.identity, door.inbox.slug, arrival.received_at)
        account = Account(found.account, found.name, found.email, found.phone)
        here = await self._here(request, door)
        placed = await self._house.database.run(identify, self._house, door.inbox, account, here)
        token = door.channel.issue_token(
            ConversationId(placed.conversation), placed.visitor, arrival.received_at, is_known=True
        )
        answer = {"conversation": str(placed.conversation), "token": token, "name": found.name}
        return JSONResponse(answer, headers=PRIVATE)

    async def _here(self, request: Request, door: Door) -> UUID | None:
        """The conversation whose token came along; none where that opens nothing any more."""
        headers = dict(request.headers)
        arrival = chat_arrival(self._house, "POST", request.url.path, headers, b"")
        if not bearer(arrival):
            return None
        try:
            opened, claims = await self._doors.opened_by(arrival)
        except BadSignature:
            return None
        return claims.conversation if opened.inbox.id == door.inbox.id else None

    async def _history(self, request: Request) -> Response:
        """The chats of a known visitor, latest first, each with a token of its own; nothing for others."""
        arrival = chat_arrival(self._house, "GET", request.url.path, dict(request.headers), b"")
        door, claims = await self._doors.opened_by(arrival)
        found = await self._house.database.read(
            chats_of, self._house.vault, door.inbox, claims.visitor
        )
        items = [
            {
                "conversation": str(chat.conversation),
                "token": door.channel.issue_token(
                    ConversationId(chat.conversation),
                    chat.visitor,
                    arrival.received_at,
                    is_known=True,
                ),
                "at": chat.last_message_at.isoformat(),
                "is_open": chat.is_open,
                "text": chat.text,
            }
            for chat in found
            if claims.is_known
        ]
        return JSONResponse({"items": items}, headers=PRIVATE)

    async def _seen(self, request: Request) -> Response:
        """The visitor has read up to a number."""
        claims = await self._opened(request)
        self._gate.typing(f"seen {claims.conversation}")
        seen = read(_Seen, await read_body(request, IDENTITY_LIMIT))
        await self._house.database.run(note_seen, claims.conversation, seen.seq)
        return Response(status_code=204)

    async def _file(self, request: Request) -> Response:
        """A colleague's file, for who holds the conversation's token; a download to every browser."""
        claims = await self._opened(request)
        self._gate.message(str(claims.visitor), f"files {claims.conversation}")
        read_in, file = self._house.database.read, request.path_params["file"]
        filed = await read_in(shared_file, self._house.vault, claims.conversation, file)
        try:
            content = await asyncio.to_thread(self._house.files.read, filed.stored_as, filed.key)
        except OSError as error:
            raise NotFound("This file is no longer stored.") from error
        return Response(content, headers=DOWNLOAD, media_type="application/octet-stream")

    async def _transcript(self, request: Request) -> Response:
        """The chat by mail: `sent`, or `asked` where the address has to say yes first."""
        claims = await self._opened(request)
        self._gate.opening(request.client.host if request.client else "unknown")
        told = read(_Transcript, await read_body(request, IDENTITY_LIMIT))
        run = self._house.database.run
        is_sent = await run(ask, self._house, claims.conversation, told.email)
        return JSONResponse({"state": "sent" if is_sent else "asked"}, 202, headers=PRIVATE)

    async def _opened(self, request: Request) -> Claims:
        """Of the conversation that is named, whose token came along. Raises what `Webchat.verify` raises."""
        arrival = chat_arrival(
            self._house,
            request.method,
            request.url.path,
            dict(request.headers),
            b"",
            conversation=request.path_params["id"],
        )
        _, claims = await self._doors.opened_by(arrival)
        return claims


def read(model: type[Body], body: bytes) -> Body:
    """The body as this model. Raises `MalformedPayload`, which names the field and never repeats its value."""
    refuse_nul_in_json(body)
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        where = error.errors(include_input=False, include_url=False)[0]["loc"]
        raise MalformedPayload(
            f"the body must be a JSON object with a fitting {where[0] if where else 'content'}"
        ) from error
