"""Event streams: a visitor's conversation, and what happens in the house for the desk. Plain ASGI, before Django.

A stream holds no thread and no database connection; it ends at once when the process is told to stop.
Posting is `web.arrivals`; reading the log is `web.feed`.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from functools import partial
from secrets import randbelow

import structlog
from django.db import Error as DatabaseError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.house import House
from core.errors import MalformedPayload, TemporaryFailure, ThreadlineError
from store.events import PublicEvent, public_after
from web.api.events import note_stream, staff_with
from web.desk_stream import DeskStream, Staff
from web.doors import PREFLIGHT, Doors, chat_arrival
from web.feed import PAGE, ConversationView, Feed
from web.problems import TooMany, problem, say_problem
from web.sse import HEADERS, HEARTBEAT_SECONDS, Writer, beat, frame

log = structlog.get_logger()

Follow = Callable[[Writer], Awaitable[None]]
"""Writes one stream for as long as it is open."""

CHAT_PATH = re.compile(r"^/chat/v1/conversations/([0-9a-fA-F-]{36})/events$")
DESK_PATH = "/desk/stream"
TYPING_PATH = "/desk/typing"
HERE_PATH = "/desk/here"
API_PATH = "/api/v1/stream"
TOLD = {TYPING_PATH, HERE_PATH}
"""What the desk tells without a stream."""
MOST_STREAMS = 20_000
MOST_PER_CONVERSATION = 20
SOONEST_MS = 100
"""After the end of the process a client comes back so soon, and a millisecond later for each other stream at most."""


class StreamApp:
    """ASGI app of all event streams. `start` and `stop` go with the process; `end_all` is safe in a
    signal handler and ends every open stream within milliseconds."""

    def __init__(self, house: House) -> None:
        self.feed = Feed(house)
        self.doors = Doors(house)
        self._house = house
        self._desk = DeskStream(house, self.feed)
        self._open: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_ending = False
        self._were_open = 0

    def serves(self, path: str) -> bool:
        """True for the addresses that this app answers."""
        return path in {DESK_PATH, *TOLD, API_PATH} or CHAT_PATH.match(path) is not None

    async def start(self) -> None:
        """Begins to follow the log."""
        self._loop = asyncio.get_running_loop()
        await self.feed.start()

    async def stop(self) -> None:
        """Ends all streams and the reader of the log."""
        self._cut()
        await self.feed.stop()

    def end_all(self) -> None:
        """Ends every open stream and takes no new one; clients come back to the next process."""
        self._is_ending = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        self._is_ending = True
        self._were_open = len(self._open)
        for task in self._open:
            task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        match = CHAT_PATH.match(scope["path"])
        cors: dict[str, str] = {}
        try:
            cors = await self.doors.headers_for(request.headers.get("origin")) if match else {}
            if scope["path"] == TYPING_PATH and request.method == "POST":
                answer = await self._desk.typing(request)
            elif scope["path"] == HERE_PATH and request.method == "POST":
                answer = await self._desk.here(request)
            elif request.method == "GET" and scope["path"] not in TOLD:
                follow = await self._opened(request, match[1] if match else "")
                await self._run(follow, {**HEADERS, **cors}, receive, send)
                return
            else:
                if scope["path"] == API_PATH:
                    await self._house.database.read(self._holder(request))
                answer = _other_method(request, cors)
        except ThreadlineError as error:
            answer = problem(error, cors)
        except DatabaseError:
            answer = problem(TemporaryFailure("The stream cannot be opened now."), cors)
        await answer(scope, receive, send)

    async def _opened(self, request: Request, conversation: str) -> Follow:
        if self._is_ending or len(self._open) >= MOST_STREAMS:
            raise TemporaryFailure("No room for another stream now.")
        if conversation:
            return await self._chat(request, conversation)
        if request.url.path == API_PATH:
            follow = await self._desk.open(request, self._holder(request))
            header = request.headers.get("authorization", "")
            await self._house.database.run(note_stream, self._house, header)
            return follow
        return await self._desk.open(request)

    def _holder(self, request: Request) -> Callable[[], Staff]:
        """Asks whose token the request carries and what they may see."""
        return partial(staff_with, self._house, request.headers.get("authorization", ""))

    async def _chat(self, request: Request, conversation: str) -> Follow:
        """Checks the token and where to resume; what it returns writes the stream."""
        headers = dict(request.headers)
        path = request.url.path
        arrival = chat_arrival(self._house, "GET", path, headers, b"", conversation=conversation)
        _, claims = await self.doors.opened_by(arrival)
        after = _number(headers.get("last-event-id") or request.query_params.get("after") or "0")
        every = _pace(request.query_params.get("beat") or "")
        if self.feed.viewers(claims.conversation) >= MOST_PER_CONVERSATION:
            raise TooMany(retry_after=HEARTBEAT_SECONDS)

        async def follow(write: Writer) -> None:
            with self.feed.watch(claims.conversation) as view:
                view.seen = after
                await self._follow(view, write, every)

        return follow

    async def _follow(self, view: ConversationView, write: Writer, every: float) -> None:
        """Replays what came after `view.seen`, then what happens, for ever."""
        while True:
            view.news.clear()
            events = await self._read(view)
            hints = [view.hints.popleft() for _ in range(len(view.hints))]
            frames = [frame(event.data, event.seq) for event in events]
            frames += [frame(hint) for hint in hints]
            if frames:
                await write("".join(frames))
            while len(events) < PAGE and not view.news.is_set():
                await beat(view.news, write, every)

    async def _read(self, view: ConversationView) -> list[PublicEvent]:
        """The next numbered events: those that the feed has read already, else from the database."""
        told, view.told = view.told, ()
        return view.take(told) or view.take(
            await self._house.database.read_settled(
                public_after, self._house.vault, view.conversation, view.seen, PAGE
            )
        )

    async def _run(
        self,
        follow: Follow,
        headers: dict[str, str],
        receive: Receive,
        send: Send,
    ) -> None:
        """Sends the stream until it ends, the client leaves or the process stops."""
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})

        async def write(text: str) -> None:
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

        task = asyncio.current_task()
        assert task is not None

        def leave(_: object) -> None:
            task.cancel()

        gone = asyncio.create_task(_left(receive))
        gone.add_done_callback(leave)
        self._open.add(task)
        try:
            await write("retry: 1000\n\n")
            await follow(write)
        except asyncio.CancelledError:
            if not (self._is_ending or gone.done()):
                raise
        except Exception as ended:  # noqa: BLE001  whatever a stream ended of, its client comes back
            log.info("stream_ended", problem=type(ended).__name__)
        finally:
            self._open.discard(task)
            gone.remove_done_callback(leave)
            gone.cancel()
        last = self._come_back().encode() if self._is_ending else b""
        with contextlib.suppress(OSError):
            await send({"type": "http.response.body", "body": last, "more_body": False})

    def _come_back(self) -> str:
        """At once; where there are many, not all in the same moment."""
        return f"retry: {SOONEST_MS + randbelow(max(1, self._were_open))}\n\n"


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _other_method(request: Request, cors: dict[str, str]) -> Response:
    if request.method == "OPTIONS" and "access-control-allow-origin" in cors:
        return Response(status_code=204, headers={**cors, **PREFLIGHT})
    return say_problem(405, "Streams are read with GET, typing is told with POST.", cors)


def _pace(text: str) -> float:
    """How often a client that is being read wants to hear from us, in seconds."""
    return min(max(float(text), 1.0), HEARTBEAT_SECONDS) if text.isdecimal() else HEARTBEAT_SECONDS


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise MalformedPayload("Last-Event-ID and after must be a number that this stream gave.")
    return int(text)
