"""A small real chat server that speaks our own contract (docs/channels/webchat.md), for the widget's tests.

It keeps conversations in memory and can be told to break streams, refuse posts and forget tokens.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from web.chat.bundle import bundle

Event = dict[str, Any]
STRICT = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Talk:
    """One conversation: its public events in order, and what was posted under which client id."""

    id: str
    token: str
    events: list[Event] = field(default_factory=list)
    posted: dict[str, tuple[str, int]] = field(default_factory=dict)
    unnumbered: list[Event] = field(default_factory=list)


class FakeChat:
    """The server and its switches. Attributes may be set from the test while it runs."""

    def __init__(self, now: Callable[[], datetime] = lambda: START) -> None:
        self.now = now
        self.talks: dict[str, Talk] = {}
        self.open_streams = 0
        self.streams_opened = 0
        self.posts = 0
        self.typed = 0
        self.refuse: list[int] = []
        self.is_down = False
        self.skip: set[int] = set()
        self.holds_back = False
        self.greeting: Callable[[str], list[Event]] = lambda text: []
        self.look: Event = {"title": "", "accent": "", "greeting": {}, "mails": True}
        self.page = '<threadline-chat locale="en"></threadline-chat>'
        self.url = ""
        self.believes = True
        self.files: list[tuple[str, str, bytes]] = []
        self.opened: list[Event] = []
        self.chats: dict[str, list[Talk]] = {}
        self.ratings: dict[int, bool] = {}
        self.mailed: list[str] = []
        self._broken = 0
        routes = [
            Route("/", self._page),
            Route("/chat/widget.js", self._widget),
            Route("/chat/v1/look", self._look),
            Route("/chat/v1/identity", self._identify, methods=["POST"]),
            Route("/chat/v1/history", self._history),
            Route("/chat/v1/conversations", self._open, methods=["POST"]),
            Route("/chat/v1/conversations/{id}/messages", self._post, methods=["POST"]),
            Route("/chat/v1/conversations/{id}/files", self._file, methods=["POST"]),
            Route("/chat/v1/conversations/{id}/typing", self._typing, methods=["POST"]),
            Route("/chat/v1/conversations/{id}/ratings", self._rate, methods=["POST"]),
            Route("/chat/v1/conversations/{id}/transcript", self._transcript, methods=["POST"]),
            Route("/chat/v1/conversations/{id}/events", self._events),
        ]
        self.app = Starlette(routes=routes)

    # ---- switches for tests ---------------------------------------------------------------------

    @property
    def talk(self) -> Talk:
        """The conversation opened last."""
        return list(self.talks.values())[-1]

    def push(self, event: Event, talk: Talk | None = None) -> int:
        """Appends a public event; `typing` gets no number. Returns the sequence number or 0."""
        talk = talk or self.talk
        event = {"from": "bot", "at": self.now().isoformat(), **event}
        if event["type"] == "typing":
            talk.unnumbered.append(event)
            return 0
        talk.events.append(event)
        return len(talk.events)

    def say(self, text: str, **more: Any) -> int:
        return self.push({"type": "message", "text": text, **more})

    def break_streams(self) -> None:
        """Cuts every open stream without an ending."""
        self._broken += 1

    def expire(self) -> None:
        """Every token so far becomes worthless."""
        for talk in self.talks.values():
            talk.token = uuid4().hex

    # ---- the contract ---------------------------------------------------------------------------

    def _page(self, request: Request) -> Response:
        html = (
            '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">'
            f'<title>Shop</title><script src="/chat/widget.js"></script>{self.page}</html>'
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": STRICT})

    def _widget(self, request: Request) -> Response:
        """Packed, as `web` sends it."""
        kind = "text/javascript; charset=utf-8"
        return Response(bundle().gzipped, media_type=kind, headers={"Content-Encoding": "gzip"})

    def _look(self, request: Request) -> Response:
        return JSONResponse(self.look)

    def _refusal(self, talk: Talk | None, request: Request) -> Response | None:
        if self.is_down:
            return Response(status_code=503)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not any(token == known.token for known in self.talks.values()):
            return Response(status_code=401)
        return None if talk and talk.token == token else Response(status_code=404)

    async def _open(self, request: Request) -> Response:
        if self.is_down:
            return Response(status_code=503)
        self.opened.append(await request.json())
        talk = Talk(str(uuid4()), uuid4().hex)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        for own in self.chats.values():
            if token and any(known.token == token for known in own):
                own.append(talk)
        self.talks[talk.id] = talk
        return JSONResponse({"conversation": talk.id, "token": talk.token}, 201)

    async def _identify(self, request: Request) -> Response:
        """Believes every word (or none); an anonymous chat that comes along becomes the account's."""
        if not self.believes:
            return Response(status_code=401)
        word = (await request.json())["identity"].split(".")[1]
        account = json.loads(urlsafe_b64decode(word + "=="))["sub"]
        own = self.chats.setdefault(account, [])
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        here = next((talk for talk in self.talks.values() if talk.token == token), None)
        taken = [talk for name, talks in self.chats.items() if name != account for talk in talks]
        if here is None or here in taken:
            here = own[-1] if own else Talk(str(uuid4()), uuid4().hex)
        if here not in own:
            own.append(here)
        self.talks[here.id] = here
        here.token = uuid4().hex
        return JSONResponse({"conversation": here.id, "token": here.token, "name": ""})

    async def _history(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        own = next(
            talks for talks in self.chats.values() if any(talk.token == token for talk in talks)
        )
        items = [
            {
                "conversation": talk.id,
                "token": talk.token,
                "at": self.now().isoformat(),
                "is_open": True,
                "text": talk.events[0]["text"],
            }
            for talk in reversed(own)
            if talk.events
        ]
        return JSONResponse({"items": items})

    async def _post(self, request: Request) -> Response:
        self.posts += 1
        talk = self.talks.get(request.path_params["id"])
        if refusal := self._refusal(talk, request):
            return refusal
        assert talk
        if self.refuse:
            return Response(status_code=self.refuse.pop(0), headers={"Retry-After": "1"})
        body = await request.json()
        client_id, text = body["client_id"], body["text"]
        known = talk.posted.get(client_id)
        if known is None:
            said = {"type": "message", "from": "customer", "text": text, "client_id": client_id}
            known = talk.posted[client_id] = (text, self.push(said, talk))
            for event in self.greeting(text):
                self.push(event, talk)
        if known[0] != text:
            return Response(status_code=409)
        return JSONResponse({"seq": known[1]}, 202)

    async def _file(self, request: Request) -> Response:
        talk = self.talks.get(request.path_params["id"])
        if refusal := self._refusal(talk, request):
            return refusal
        assert talk
        about, content = request.query_params, await request.body()
        self.files.append((about["name"], request.headers["content-type"], content))
        file = {"name": about["name"], "media_type": "", "size": len(content)}
        said = {"type": "message", "from": "customer", "text": "", "files": [file]}
        seq = self.push({**said, "client_id": about["client_id"]}, talk)
        return JSONResponse({"seq": seq}, 202)

    async def _typing(self, request: Request) -> Response:
        self.typed += 1
        return Response(status_code=204)

    async def _rate(self, request: Request) -> Response:
        if refusal := self._refusal(self.talks.get(request.path_params["id"]), request):
            return refusal
        body = await request.json()
        self.ratings[body["seq"]] = body["helpful"]
        return Response(status_code=204)

    async def _transcript(self, request: Request) -> Response:
        if refusal := self._refusal(self.talks.get(request.path_params["id"]), request):
            return refusal
        self.mailed.append((await request.json())["email"])
        return JSONResponse({"state": "asked"}, status_code=202)

    async def _events(self, request: Request) -> Response:
        talk = self.talks.get(request.path_params["id"])
        if refusal := self._refusal(talk, request):
            return refusal
        assert talk
        after = int(request.headers.get("last-event-id") or request.query_params.get("after") or 0)
        return StreamingResponse(self._stream(talk, after), media_type="text/event-stream")

    async def _stream(self, talk: Talk, after: int) -> AsyncIterator[str]:
        broken, unnumbered, token = self._broken, len(talk.unnumbered), talk.token
        quiet = 0
        self.open_streams += 1
        self.streams_opened += 1
        try:
            yield ": hello\n\n"
            while True:
                if self._broken != broken or self.is_down or talk.token != token:
                    raise ConnectionError("cut by the test")
                for event in talk.unnumbered[unnumbered:]:
                    yield f"data: {json.dumps(event)}\n\n"
                unnumbered = len(talk.unnumbered)
                while after < len(talk.events) and not self.holds_back:
                    after += 1
                    if after in self.skip:
                        self.skip.discard(after)
                        continue
                    yield f"id: {after}\ndata: {json.dumps(talk.events[after - 1])}\n\n"
                quiet += 1
                if quiet % 50 == 0:
                    yield ": here\n\n"
                await asyncio.sleep(0.01)
        finally:
            self.open_streams -= 1


@contextmanager
def running(chat: FakeChat, port: int = 0) -> Iterator[FakeChat]:
    """Serves it on a free loopback port in a thread of its own."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", port))
    listener.listen(64)  # who comes before the server does waits for it
    chat.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(chat.app, log_level="critical", timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        server.should_exit = True
        chat.break_streams()
        thread.join(5)
        listener.close()
