"""Everything that arrives over HTTP: website chat posts and providers' webhooks. Plain ASGI, before Django.

An arrival is verified, parsed, stored and only then acknowledged. Reading the chat is `web.streams`.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import uuid4

from pydantic import BaseModel, Field, StringConstraints
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from bot.apps import app_of, whose
from bot.at_board import carry_out, said_elsewhere, step_in, tell
from bot.house import House
from bot.inline import answer_inline, begin_to_react, say_again
from bot.line import answer_in_line
from bot.news import take_news
from bot.receive import receive, start_chat
from channels.contract import Answer, AnswersInline, Arrival
from channels.webchat import BODY_LIMIT, FILE_LIMIT
from channels.webchat_tokens import bearer
from core.board import BoardStep
from core.errors import (
    Conflict,
    NotFound,
    ThreadlineError,
)
from core.ids import ConversationId
from core.message import Inbound
from store.clocks import open_again
from store.faults import reached
from store.inboxes import inbox_named
from store.learning import rate_answer
from store.models import Inbox
from store.notices import mailbox
from web.arrival_errors import ON_ERROR
from web.bodies import read_body
from web.chat.bundle import bundle
from web.chats import Chats, read
from web.doors import PREFLIGHT, Door, chat_arrival
from web.gate import Allowance, Gate
from web.messages import Messages
from web.problems import problem
from web.streams import StreamApp

WEBHOOK_LIMIT = 5 * 1024 * 1024
DEMO_FACTOR = 100

_OURS = re.compile(r"^/(chat/|webhooks/)")


class _Opening(BaseModel):
    """The body of POST /chat/v1/conversations; `{}` is enough."""

    inbox: Annotated[str, StringConstraints(max_length=50, pattern=r"^[-\w]*$")] = ""
    language: Annotated[str, StringConstraints(pattern=r"^([a-z]{2})?$")] = ""
    name: Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    email: Annotated[str, StringConstraints(pattern=r"^([^\s@]{1,64}@[^\s@]{1,190})?$")] = ""


class _Rating(BaseModel):
    """The body of POST .../ratings. `seq`: the answer's public number."""

    seq: Annotated[int, Field(ge=1, le=2**53)]
    helpful: bool


class ArrivalApp:
    """ASGI app of /chat/ (but not its event streams) and /webhooks/. `messages`: what `web.message_door` answers itself.

    `streams` is asked which chats there are, and shows agents that a visitor is typing.
    """

    def __init__(
        self, house: House, streams: StreamApp, allowance: Allowance | None = None
    ) -> None:
        self._house = house
        # By this name its leases end with it, where a supervisor watches.
        own = f"web-{os.getpid()}-{secrets.token_hex(4)}"
        self._name = os.environ.get("THREADLINE_WORKER") or own
        self._feed = streams.feed
        self._doors = streams.doors
        # The demo listens on this machine only, where the load generator is the visitor.
        self._gate = Gate(allowance or Allowance().times(DEMO_FACTOR if house.settings.demo else 1))
        self.messages = Messages(house, self._doors, self._gate)
        chat = "/chat/v1/conversations"
        self._app = Starlette(
            routes=[
                Route("/chat/widget.js", _widget),
                Route("/chat/v1/look", self._look),
                *Chats(house, self._doors, self._gate).routes(),
                Route(chat, self._open_chat, methods=["POST"]),
                Route(chat + "/{id}/messages", self._post_message, methods=["POST"]),
                Route(chat + "/{id}/files", self._post_file, methods=["POST"]),
                Route(chat + "/{id}/typing", self._show_typing, methods=["POST"]),
                Route(chat + "/{id}/ratings", self._rate, methods=["POST"]),
                Route("/webhooks/{channel}/{inbox}", self._webhook, methods=["GET", "POST"]),
            ],
            exception_handlers=ON_ERROR,
        )

    def serves(self, path: str) -> bool:
        """True for the addresses that this app answers; ask `StreamApp.serves` first."""
        return _OURS.match(path) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds to each chat answer, errors too, what lets an allowed page of another site read it."""
        if not scope["path"].startswith("/chat/v1/"):
            await self._app(scope, receive, send)
            return
        try:
            cors = await self._doors.headers_for(Headers(scope=scope).get("origin"))
        except ThreadlineError as error:
            await problem(error)(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            allowed = "access-control-allow-origin" in cors
            headers = {**cors, **(PREFLIGHT if allowed else {})}
            answer = Response(status_code=204 if allowed else 403, headers=headers)
            await answer(scope, receive, send)
            return

        async def send_with_cors(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(cors)
            await send(message)

        await self._app(scope, receive, send_with_cors)

    # ---- chat ----------------------------------------------------------------------------------

    async def _look(self, request: Request) -> Response:
        """What the brand changes in the widget."""
        door = await self._doors.named(request.query_params.get("inbox", ""))
        settings, brand = door.channel.settings, door.inbox.brand
        look = {
            "asks_for": settings.asks_for,
            "greetings": [greeting.model_dump() for greeting in settings.greetings],
            "theme": settings.look.theme,
            "back_at": await self._back_at(door),
            "mails": await self._house.database.read(mailbox, brand.id) is not None,
            "title": settings.look.title or brand.name,
            "accent": settings.look.accent or brand.accent,
            "greeting": settings.look.greeting,
            "languages": settings.languages,
        }
        return JSONResponse(look, headers={"cache-control": "max-age=60"})

    async def _back_at(self, door: Door) -> str | None:
        """When people are back, if they are away now."""
        name = door.channel.settings.office_hours
        if not name:
            return None
        brand, now = door.inbox.brand_id, self._house.clock()
        back = await self._house.database.read(open_again, brand, name, now)
        return back.isoformat() if back and back > now else None

    async def _open_chat(self, request: Request) -> Response:
        """A new conversation; of the same visitor if a valid token comes along."""
        self.messages.refuse_without_room()
        body = await read_body(request, BODY_LIMIT)
        arrival = self._arrival(request, body)
        self._gate.opening(_address(request))
        opening = read(_Opening, body)
        if bearer(arrival):
            door, claims = await self._doors.opened_by(arrival)
            visitor, is_known = claims.visitor, claims.is_known
        else:
            door, visitor = await self._doors.named(opening.inbox), uuid4()
            is_known = False
            door.channel.verify(arrival)
        run = self._house.database.run
        conversation = await run(
            start_chat,
            self._house,
            door.inbox,
            visitor,
            opening.language,
            opening.name,
            opening.email,
        )
        token = door.channel.issue_token(
            ConversationId(conversation), visitor, arrival.received_at, is_known=is_known
        )
        answer = {"conversation": str(conversation), "token": token}
        return JSONResponse(answer, 201, headers={"cache-control": "no-store"})

    async def _post_message(self, request: Request) -> Response:
        """One message of the visitor: 202 once it is stored, with its public number."""
        return await self._take_from_chat(request, BODY_LIMIT)

    async def _post_file(self, request: Request) -> Response:
        """A file of the visitor, its bytes as the body: a message of its own."""
        about = request.query_params
        return await self._take_from_chat(
            request,
            FILE_LIMIT,
            client_id=about.get("client_id", ""),
            name=about.get("name", ""),
            media_type=request.headers.get("content-type", "").partition(";")[0]
            or "application/octet-stream",
        )

    async def _take_from_chat(self, request: Request, limit: int, **meta: str) -> Response:
        read, conversation = partial(read_body, request, limit), request.path_params["id"]
        headers = dict(request.headers)
        return await self.messages.take(headers, _address(request), conversation, read, **meta)

    async def _show_typing(self, request: Request) -> Response:
        """Tells the desk that the visitor is writing; not stored."""
        conversation = request.path_params["id"]
        unread = self._arrival(request, b"", conversation=conversation)
        _, claims = await self._doors.opened_by(unread)
        self._gate.typing(conversation)
        hint = {"type": "typing", "from": "customer"}
        await self._feed.hint_staff(claims.conversation, hint)
        return Response(status_code=204)

    async def _rate(self, request: Request) -> Response:
        """Whether an answer of this conversation helped."""
        conversation = request.path_params["id"]
        unread = self._arrival(request, b"", conversation=conversation)
        _, claims = await self._doors.opened_by(unread)
        self._gate.typing(conversation)
        rating = read(_Rating, await read_body(request, BODY_LIMIT))
        await self._house.database.run(
            rate_answer,
            claims.conversation,
            rating.seq,
            rating.helpful,
            "chat",
            unread.received_at,
        )
        return Response(status_code=204)

    def _arrival(self, request: Request, body: bytes, **meta: str) -> Arrival:
        headers = dict(request.headers)
        return chat_arrival(self._house, request.method, request.url.path, headers, body, **meta)

    # ---- webhooks ------------------------------------------------------------------------------

    async def _webhook(self, request: Request) -> Response:
        """verify -> parse -> receive -> acknowledge, for every provider alike."""
        self.messages.refuse_without_room()
        names = request.path_params
        inbox = await self._house.database.read(
            _inbox, self._house, names["channel"], names["inbox"]
        )
        channel = self._house.channel_of(inbox)
        arrival = Arrival(
            kind="webhook",
            body=await read_body(request, WEBHOOK_LIMIT),
            received_at=self._house.clock(),
            headers=dict(request.headers),
            method=request.method,
            url=self._house.settings.public_url + request.url.path,
            query=request.url.query,
            meta={"inbox": inbox.slug},
        )
        # Some providers sign with rotating keys that an adapter may have to fetch: not on the loop.
        if app_of(self._house, inbox) is None:
            read = await asyncio.to_thread(self._read, inbox, arrival, channel.verify)
            return await self._take(inbox, arrival, *read)
        await asyncio.to_thread(channel.verify, arrival)
        meant = await self._house.database.read(whose, self._house, inbox, arrival)
        if meant is None:
            return _said(Answer())  # it shall not come again, and nothing is claimed of it
        return await self._take(
            meant, arrival, *await asyncio.to_thread(self._read, meant, arrival)
        )

    def _read(
        self, inbox: Inbox, arrival: Arrival, verify: Callable[[Arrival], None] | None = None
    ) -> tuple[BoardStep | None, list[Inbound]]:
        """What may have been done at a board, else what was said; once it is known to be genuine."""
        if verify is not None:
            verify(arrival)
        step = step_in(self._house, inbox, arrival)
        return step, [] if step else list(self._house.channel_of(inbox).parse(arrival))

    async def _take(
        self, inbox: Inbox, arrival: Arrival, step: BoardStep | None, inbounds: list[Inbound]
    ) -> Response:
        """What is genuine and of this inbox."""
        channel, run = self._house.channel_of(inbox), self._house.database.run
        if step:
            about = self._house, inbox, arrival, step
            said = await self._house.database.read(said_elsewhere, *about)
            if said is None and (told := await run(carry_out, self._house, inbox, step)):
                await tell(self._house, inbox, step, told)
                return _said(channel.acknowledge(arrival))
            inbounds = (
                list(await asyncio.to_thread(channel.parse, arrival)) if said is None else said
            )
        accepted = await run(receive, self._house, inbox, inbounds) if inbounds else []
        if channel.can.tells_reuse and any(one.is_conflict for one in accepted):
            raise Conflict("This id was used for another message.")
        await take_news(self._house, inbox, arrival)
        showing = await begin_to_react(self._house, inbox, arrival)
        if accepted and isinstance(channel, AnswersInline):
            last = accepted[-1]
            answer = await answer_inline(self._house, inbox, arrival, last, self._name)
        else:
            answer = (
                await say_again(self._house, inbox, arrival)
                or await answer_in_line(self._house, inbox, arrival)
                or channel.acknowledge(arrival)
            )
        reached("acknowledging")
        return _said(answer, BackgroundTask(asyncio.wait, {showing}) if showing else None)


def _said(answer: Answer, afterwards: BackgroundTask | None = None) -> Response:
    headers = dict(answer.headers)
    return Response(answer.body, answer.status, headers, answer.media_type, afterwards)


def _inbox(house: House, channel: str, slug: str) -> Inbox:
    found = inbox_named(channel, slug)
    # At the address of an app's first inbox all its accounts are heard, whether that one is used or not.
    if found is None or not (found.is_active or app_of(house, found)):
        raise NotFound
    return found


def _address(request: Request) -> str:
    """Who asks; uvicorn has already put the visitor's address in place of a trusted proxy's."""
    return request.client.host if request.client else "unknown"


async def _widget(request: Request) -> Response:
    """The widget's script, for any site; whether it may then chat is decided by its origin."""
    script = bundle()
    headers = {
        "etag": script.etag,
        "cache-control": "public, max-age=300",
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    if script.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(script.script, headers=headers, media_type="text/javascript")
    headers["content-encoding"] = "gzip"
    return Response(script.gzipped, headers=headers, media_type="text/javascript")
