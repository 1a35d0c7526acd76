"""The call that every message of a visitor makes, read and answered where it arrives; all other calls go on to the application.

A general server and its routes make a request, a response and some fifteen layers of each call. What a message is belongs to
`web.messages`; who comes in pieces, over an old protocol, or behind a call that has no answer yet, is the application's.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Any, ClassVar, cast

from starlette.responses import PlainTextResponse, Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from web.leaving import Leaving
from web.messages import Messages

ADDRESS = re.compile(rb"/chat/v1/conversations/([0-9a-fA-F-]{36})/messages")


def message_door(messages: Messages, leaving: Leaving) -> type[HttpToolsProtocol]:
    """For `uvicorn.Config(http=...)`; `leaving`: ends with the process what it has in hand."""
    made = partial(MessageDoor, messages, leaving)
    return cast("type[HttpToolsProtocol]", made)  # all that uvicorn does with it is to call it


class MessageDoor(HttpToolsProtocol):
    """One connection."""

    def __init__(self, messages: Messages, leaving: Leaving, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self.messages = messages
        self.leaving = leaving
        self._pieces: list[bytes] | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._pieces is not None:  # the rest is still on its way, and may never come
            pieces, self._pieces = self._pieces, None
            super().on_headers_complete()
            for piece in pieces:
                super().on_body(piece)

    def on_headers_complete(self) -> None:
        if self._is_ours():
            self._pieces = []
        else:
            super().on_headers_complete()

    def _is_ours(self) -> bool:
        if ADDRESS.fullmatch(self.url) is None or self.parser.get_method() != b"POST":
            return False
        is_free = self.cycle is None or self.cycle.response_complete
        is_usual = not (self.root_path or self.access_log or self.limit_concurrency)
        is_plain = self.parser.get_http_version() == "1.1" and self.parser.should_keep_alive()
        is_odd = self.parser.should_upgrade() or self.expect_100_continue
        is_whole = all(name != b"transfer-encoding" for name, _ in self.headers)
        return is_free and is_usual and is_plain and not is_odd and is_whole

    def on_body(self, body: bytes) -> None:
        if self._pieces is None:
            super().on_body(body)
        else:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        if self._pieces is None:
            super().on_message_complete()
            return
        body, self._pieces = b"".join(self._pieces), None
        match = ADDRESS.fullmatch(self.url)
        assert match is not None
        # Where a header comes twice, the first counts, as in the application.
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in reversed(self.headers)
        }
        call = Call(self, headers, match[1].decode(), body)
        self.cycle = cast(Any, call)
        self._start_asgi_task(self.cycle, self.app)

    def address(self) -> str:
        """Whose call it is, by the rules that the server has for proxies."""
        host = self.client[0] if self.client else None
        if isinstance(self.app, ProxyHeadersMiddleware) and host in self.app.trusted_hosts:
            forwarded = [value for name, value in self.headers if name == b"x-forwarded-for"]
            if forwarded:
                told = b", ".join(forwarded).decode("latin-1")
                host = self.app.trusted_hosts.get_trusted_client_address(told)[0] or host
        return host or "unknown"


class Call:
    """A call in hand, in the shape in which uvicorn keeps one: it asks `response_complete`, sets the other three of them
    and runs it."""

    __slots__ = (
        "_address", "_body", "_conversation", "_door", "_headers",
        "disconnected", "keep_alive", "response_complete",
    )  # fmt: skip
    message_event: ClassVar[asyncio.Event] = asyncio.Event()
    """Nobody waits for more of it."""

    def __init__(
        self, door: MessageDoor, headers: dict[str, str], conversation: str, body: bytes
    ) -> None:
        self._door = door
        self._headers = headers
        self._address = door.address()
        self._conversation = conversation
        self._body = body
        self.disconnected = False
        self.keep_alive = True
        self.response_complete = False

    async def run_asgi(self, app: object) -> None:
        """Answers it."""
        door = self._door
        answering = door.messages.answer(
            self._headers, self._address, self._conversation, self._body
        )
        try:
            answer, fault = await door.leaving.answer(answering)
        except Exception as error:  # noqa: BLE001  whatever it was, the connection has an answer
            answer, fault = _broken(), error
        await self._say(answer)
        if fault is not None:
            door.logger.error("Exception in ASGI application\n", exc_info=fault)
            door.transport.close()

    async def _say(self, answer: Response) -> None:
        door = self._door
        if door.flow.write_paused and not self.disconnected:
            await door.flow.drain()
        if self.disconnected:
            return  # who asked has left
        said = [STATUS_LINE[answer.status_code]]
        for name, value in (*door.server_state.default_headers, *answer.raw_headers):
            said += (name, b": ", value, b"\r\n")
            if name == b"connection":
                self.keep_alive = False
        if not self.keep_alive and "connection" not in answer.headers:
            said.append(b"connection: close\r\n")
        said += (b"\r\n", bytes(answer.body))
        door.transport.write(b"".join(said))
        self.response_complete = True
        if not self.keep_alive:
            door.transport.close()
        door.on_response_complete()


def _broken() -> Response:
    """As the server says it of an application that failed."""
    return PlainTextResponse("Internal Server Error", 500, {"connection": "close"})
