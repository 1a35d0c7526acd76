"""Calls to a process of ours: JSON over kept connections. What is asked, and what follows from a failure, is `dialogue`'s.

A library's client costs three times the processor time of this one (.08 and .024 ms a call in a loop of nothing else, two or three times a message), for
what nobody needs here: cookies, redirects, proxies, streams.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser
from pydantic_core import from_json, to_json

from bot.tracing import traceparent
from core.errors import DialogueFailed

IDLE = 3.0
"""Seconds after which a connection is given up, before the neighbour does it (uvicorn: 5), lest both move at once."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Where a process of ours listens, and the token it was started with."""

    url: str
    token: str = field(repr=False)


class Client:
    """Every failure is a `DialogueFailed`, within the deadline. Safe for concurrent use in one event loop."""

    def __init__(self, neighbour: Neighbour, deadline: float) -> None:
        """`deadline`: seconds that one call may take in all."""
        self._neighbour = neighbour
        self._deadline = deadline
        self._idle: list[_Line] = []

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer of 200. Nothing is asked twice."""
        url = self._neighbour.url + path
        content = b"" if body is None else to_json(body)
        try:
            async with asyncio.timeout(self._deadline):
                status, read = await self._ask(self._head(method, path, len(content)) + content)
        except TimeoutError as error:
            raise DialogueFailed(f"{url}: no answer in {self._deadline} s") from error
        except (OSError, HttpParserError) as error:
            raise DialogueFailed(f"{url}: {type(error).__name__}") from error
        if status != 200:
            raise DialogueFailed(f"{url}: status {status}")
        try:
            return from_json(read)
        except ValueError as error:
            raise DialogueFailed(f"{url}: not JSON") from error

    async def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    async def _ask(self, sent: bytes) -> tuple[int, bytes]:
        line = self._kept() or await self._opened()
        try:
            answer = await line.ask(sent)
        except BaseException:  # an answer that comes later must not be another call's
            line.close()
            raise
        if line.is_open:
            line.idle_since = asyncio.get_running_loop().time()
            self._idle.append(line)
        return answer

    def _kept(self) -> _Line | None:
        """The connection that was used last, so that those that are not needed grow old."""
        oldest = asyncio.get_running_loop().time() - IDLE
        while self._idle:
            line = self._idle.pop()
            if line.is_open and line.idle_since > oldest:
                return line
            line.close()
        return None

    async def _opened(self) -> _Line:
        at = urlsplit(self._neighbour.url)
        is_secret = at.scheme == "https"
        loop = asyncio.get_running_loop()
        port = at.port or (443 if is_secret else 80)
        _, line = await loop.create_connection(
            _Line, at.hostname or "", port, ssl=is_secret or None
        )
        return line

    def _head(self, method: str, path: str, length: int) -> bytes:
        parent = traceparent()
        traced = f"traceparent: {parent}\r\n" if parent else ""
        return f"{_start(self._neighbour, method, path)}{traced}Content-Length: {length}\r\n\r\n".encode()


@cache
def _start(neighbour: Neighbour, method: str, path: str) -> str:
    at = urlsplit(neighbour.url)
    return (
        f"{method} {at.path.rstrip('/')}{path} HTTP/1.1\r\nHost: {at.netloc}\r\n"
        f"Authorization: Bearer {neighbour.token}\r\nContent-Type: application/json\r\n"
    )


class _Line(asyncio.Protocol):
    """One connection, which carries one call at a time."""

    def __init__(self) -> None:
        self.is_open = False
        self.idle_since = 0.0
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._parser = HttpResponseParser(self)
        self._read: list[bytes] = []

    async def ask(self, sent: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises `OSError`, `HttpParserError`."""
        self._parser, self._read = HttpResponseParser(self), []
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(sent)
        return await self._answer

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(
            "asyncio.Transport", transport
        )  # uvloop's is of no class of asyncio's
        self.is_open = True

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        self._fail(error if isinstance(error, OSError) else ConnectionResetError("it hung up"))

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.close()  # nobody has asked for that
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._fail(error)
            self.close()

    def on_body(self, part: bytes) -> None:
        self._read.append(part)

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            if not self._parser.should_keep_alive():
                self.close()
            self._answer.set_result((self._parser.get_status_code(), b"".join(self._read)))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
