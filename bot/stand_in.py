"""Answers at the port of `web` while that is away for longer than a start takes: 503 and when to come again, never silence."""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
from collections.abc import Sequence

import structlog

from bot.listening import BACKLOG

log = structlog.get_logger()

PATIENCE = 10.0
"""Seconds that a call waits for `web`: it starts in two, or six on a busy machine, and providers hang up after 10 to 15."""
COME_AGAIN = (2, 10)
"""Seconds, each another: they shall not all come at once."""
HEAD_SECONDS = 3.0
LINGER_SECONDS = 1.0
"""For the rest of a request that is refused: a connection closed before it may lose the answer."""
DETAIL = "This is being restarted; send it again in a moment."


class StandIn:
    """Knows from `web` itself whether it serves: each start is handed a pipe, which says so and ends with it."""

    def __init__(self, sockets: Sequence[socket.socket], patience: float = PATIENCE) -> None:
        self._sockets = sockets
        self._patience = patience
        self._heard: set[int] = set()
        self._waiting: asyncio.Task[None] | None = None
        self._servers: list[asyncio.Server] = []

    def expect(self) -> int:
        """A `web` is about to be started: the descriptor that it is to be handed. Whoever starts it closes our copy."""
        ours, theirs = os.pipe()
        self._heard.add(ours)
        asyncio.get_running_loop().add_reader(ours, self._hear, ours)
        self._is_away()
        return theirs

    def end(self) -> None:
        """Nobody stands in any more."""
        self._stop()
        for pipe in list(self._heard):
            self._forget(pipe)

    def _hear(self, pipe: int) -> None:
        if os.read(pipe, 1):
            self._stop()
        else:
            self._forget(pipe)
            self._is_away()

    def _forget(self, pipe: int) -> None:
        asyncio.get_running_loop().remove_reader(pipe)
        self._heard.discard(pipe)
        os.close(pipe)

    def _is_away(self) -> None:
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._stand_in())

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        for server in self._servers:
            server.close()
        self._servers.clear()

    async def _stand_in(self) -> None:
        await asyncio.sleep(self._patience)
        log.warning("web_is_away", seconds=self._patience)
        for one in self._sockets:
            # A copy: a server closes what it was given, and the next `web` needs the port.
            server = await asyncio.start_server(_refuse, sock=one.dup(), backlog=BACKLOG)
            self._servers.append(server)


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await _head(reader)
        writer.write(_refusal(head))
        await writer.drain()
        writer.write_eof()
        async with asyncio.timeout(LINGER_SECONDS):
            while await reader.read(65_536):
                pass
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        pass  # whoever called is gone, or says nothing
    finally:
        writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    """The lines before the body, or as many as there is room for."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as problem:
        return await reader.read(problem.consumed)


def _refusal(head: bytes) -> bytes:
    """For programs as all our errors are told; for a person in a browser the sentence alone."""
    kind, content = "text/plain; charset=utf-8", DETAIL
    if b"text/html" not in head.lower():
        body = {"type": "about:blank", "title": "Service Unavailable", "status": 503}
        kind, content = "application/problem+json", json.dumps({**body, "detail": DETAIL})
    lines = (
        "HTTP/1.1 503 Service Unavailable",
        f"Retry-After: {random.randint(*COME_AGAIN)}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(content)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", content)).encode()
