"""The end of a web process: what is in hand is finished, or refused so that it comes again; never a 500. Streams end by `web.streams`.

What was refused may be stored all the same: a transaction that has begun is not forgotten. It is one message when it
comes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import TemporaryFailure
from web.problems import problem

log = structlog.get_logger()

FINISH_SECONDS = 5.5
"""A caller waits up to 5 s for an answer in their own call, and hears an error where they are refused."""


class Leaving:
    """Wraps an ASGI app. `begin` is safe in a signal handler; `seconds` after it whatever has no answer yet is told
    503 and when to come again, and what comes later still at once."""

    def __init__(self, app: ASGIApp, seconds: float = FINISH_SECONDS) -> None:
        self._app = app
        self._seconds = seconds
        self._open: set[_Exchange | _Answer] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False

    def begin(self) -> None:
        """From now on the process leaves."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.call_later, self._seconds, self._refuse)

    def _refuse(self) -> None:
        self._is_over = True
        left = [exchange for exchange in self._open if not exchange.is_begun]
        for exchange in left:
            exchange.refuse()
        if left:
            log.warning("refused_at_the_end", count=len(left))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._loop = self._loop or asyncio.get_running_loop()
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        if self._is_over:
            await exchange.refused()
            return
        self._open.add(exchange)
        try:
            await self._app(scope, receive, exchange.say)
        except asyncio.CancelledError:
            if exchange.refusal is None:
                raise
        finally:
            self._open.discard(exchange)
            if exchange.refusal is not None:
                await exchange.refusal

    async def answer(
        self, answering: Coroutine[object, object, tuple[Response, Exception | None]]
    ) -> tuple[Response, Exception | None]:
        """The same for a call that the app does not see: its answer, or that it is refused."""
        if self._is_over:
            answering.close()
            return _refusal(), None
        answer = _Answer()
        self._open.add(answer)
        try:
            return await answering
        except asyncio.CancelledError:
            if not answer.is_refused:
                raise
            return _refusal(), None
        finally:
            self._open.discard(answer)


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_receive", "_scope", "_send", "_task", "is_begun", "refusal")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._task = asyncio.current_task()
        self.is_begun = False
        self.refusal: asyncio.Task[None] | None = None

    async def say(self, message: Message) -> None:
        """What the app sends; nothing any more once it was refused."""
        if self.refusal is None:
            self.is_begun = True
            await self._send(message)

    def refuse(self) -> None:
        """Answers in the app's place, whatever that still does, and ends it."""
        self.refusal = asyncio.create_task(self.refused())
        if self._task is not None:
            self._task.cancel()

    async def refused(self) -> None:
        """Says so, and when to come again."""
        await _refusal()(self._scope, self._receive, self._send)


class _Answer:
    """One answer that is being made, of which nothing is said before it is whole."""

    __slots__ = ("_task", "is_refused")
    is_begun = False

    def __init__(self) -> None:
        self._task = asyncio.current_task()
        self.is_refused = False

    def refuse(self) -> None:
        """Ends it."""
        self.is_refused = True
        if self._task is not None:
            self._task.cancel()


def _refusal() -> Response:
    return problem(TemporaryFailure("This is being restarted; send it again."))
