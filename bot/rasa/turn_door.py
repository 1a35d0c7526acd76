"""The call that every turn makes, read and answered where it arrives; all other calls are Sanic's.

Sanic makes a request, a response, signals and two kinds of middleware of each call: two fifths of what a turn costs in this
process. What a turn is belongs to `turn_connector`. Runs inside Rasa (Python 3.10).
"""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Optional

from sanic import app as sanic_app
from sanic.http import Stage
from sanic.request import json_loads
from sanic.response import json
from sanic.server import HttpProtocol

logger = logging.getLogger(__name__)

ADDRESS = b"POST /webhooks/turn/turn HTTP/1.1\r\n"
PLAIN = frozenset((b"host", b"authorization", b"content-type", b"content-length"))
"""Headers of a call that comes from the worker, untraced."""
STATUS = {200: b"200 OK", 413: b"413 Too Large", 503: b"503 Not Ready", 504: b"504 Too Slow"}
FAILED = (500, {"status": "failed"})

Answer = tuple[int, dict[str, Any]]
Take = Callable[[Any, dict[str, Any]], Awaitable[Answer]]
"""From Sanic's application and the body of a call to status and body of the answer."""


class Door(HttpProtocol):
    """One connection. A call that comes in pieces, or otherwise than the worker's, or that must be refused, is Sanic's."""

    __slots__ = ("_turn", "_is_last")  # Sanic's classes have no room for others
    take: Optional[Take] = None
    expected = b""

    def __init__(self, **sanics: Any) -> None:
        super().__init__(**sanics)
        self._turn: Optional[asyncio.Task] = None
        self._is_last = False

    def data_received(self, data: bytes) -> None:
        if self._turn is not None:
            self.close()  # nobody of ours asks again before they were answered
            return
        body = self._body_of(data)
        if body is None:
            super().data_received(data)
            return
        self._time = monotonic()
        self._turn = self.loop.create_task(self._answer(body))

    def _body_of(self, data: bytes) -> Optional[dict[str, Any]]:
        """Of a whole call that is ours; None for all others."""
        sanics = getattr(self, "_http", None)  # not there before Sanic has begun
        if sanics is None or sanics.stage is not Stage.IDLE or self.recv_buffer:
            return None
        if not data.startswith(ADDRESS):
            return None
        head, _, content = data[len(ADDRESS) :].partition(b"\r\n\r\n")
        lines = (line.partition(b":") for line in head.split(b"\r\n"))
        headers = {name.lower(): value.strip() for name, _, value in lines}
        if not headers.keys() <= PLAIN or headers.get(b"content-length") != b"%d" % len(content):
            return None
        if not hmac.compare_digest(headers.get(b"authorization", b""), self.expected):
            return None
        try:
            return json_loads(content)
        except ValueError:
            return None

    async def _answer(self, body: dict[str, Any]) -> None:
        try:
            status, said = await type(self).take(self.app, body)
        except Exception:
            logger.exception("A turn failed.")
            status, said = FAILED
        self._turn = None
        content = json(said).body
        line = STATUS.get(status, b"500 Failed")
        head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(head % (line, len(content)) + content)
            self._time = monotonic()
            if self._is_last:
                self.close()

    def check_timeouts(self) -> None:
        if self._turn is not None:
            self._time = monotonic()  # it is not idle, although Sanic sees no request
        super().check_timeouts()

    def close_if_idle(self) -> bool:
        self._is_last = self._turn is not None
        return False if self._is_last else super().close_if_idle()

    def connection_lost(self, error: Optional[Exception]) -> None:
        if self._turn is not None:
            self._turn.cancel()  # as Sanic does: who asked has left
        super().connection_lost(error)


def install(take: Take, token: bytes) -> None:
    """Every connection is read by it from now on; AttributeError when Sanic has no such protocol any more."""
    getattr(sanic_app, "HttpProtocol")  # noqa: B009
    Door.take, Door.expected = staticmethod(take), b"Bearer " + token
    sanic_app.HttpProtocol = Door
