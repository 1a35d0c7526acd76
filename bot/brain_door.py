"""The call that every message makes to `brain`, read and answered where it arrives; all other calls go on to `brain`'s application.

A general server makes a task, a request and a response of each call and hands it through five layers: for one address of ours on
loopback that costs more than reading what is asked. What is read of a message is `bot.brain`'s.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

from pydantic_core import from_json, to_json
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.together import Together

ADDRESS = b"/understand"
_HEAD = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"


def door(together: Together[Mapping[str, Any], bytes], token: str) -> type[HttpToolsProtocol]:
    """For `uvicorn.Config(http=...)`. `together`: answers what is asked at `ADDRESS`, of those who bring the token."""
    made = partial(Door, together, b"Bearer " + token.encode())
    return cast("type[HttpToolsProtocol]", made)  # all that uvicorn does with it is to call it


class Door(HttpToolsProtocol):
    """One connection. Who is traced, or asks otherwise than `bot.neighbour` does, is the application's."""

    def __init__(
        self, together: Together[Mapping[str, Any], bytes], expected: bytes, **uvicorns: Any
    ) -> None:
        super().__init__(**uvicorns)
        self._together = together
        self._expected = expected
        self._body: list[bytes] | None = None
        self._is_asking = False
        self._is_last = False

    def on_headers_complete(self) -> None:
        if self._is_asking:
            self._body = []
            self.transport.close()  # nobody of ours asks again before they were answered
        elif self._is_ours():
            self._body = []
        else:
            super().on_headers_complete()

    def _is_ours(self) -> bool:
        if self.url != ADDRESS or self.parser.get_method() != b"POST":
            return False
        is_free = self.cycle is None or self.cycle.response_complete
        headers = dict(self.headers)
        given = headers.get(b"authorization", b"")
        is_plain = b"traceparent" not in headers and not self.expect_100_continue
        return is_free and is_plain and hmac.compare_digest(given, self._expected)

    def on_body(self, body: bytes) -> None:
        if self._body is None:
            super().on_body(body)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self._body is None:
            super().on_message_complete()
            return
        body, self._body = b"".join(self._body), None
        if self._is_asking:
            return
        self._is_last = not self.parser.should_keep_alive()
        try:
            asked = from_json(body)
        except ValueError as error:
            self._refuse(error)
            return
        self._is_asking = True
        self._together.begin(asked).add_done_callback(self._told)

    def _told(self, found: asyncio.Future[bytes]) -> None:
        self._is_asking = False
        error = found.exception()
        if error is None:
            self._say(b"200 OK", found.result())
        else:
            self._refuse(error)

    def _refuse(self, error: BaseException) -> None:
        """As the application does."""
        said = to_json({"error": f"{type(error).__name__}: {error}"})
        if isinstance(error, ValueError | KeyError):
            self._say(b"422 Unprocessable Entity", said)
        else:
            self.logger.error("Exception at %s", ADDRESS.decode(), exc_info=error)
            self._say(b"500 Internal Server Error", b'{"error":"internal"}')

    def _say(self, status: bytes, content: bytes) -> None:
        if self.transport.is_closing():  # who asked has left
            return
        closes = b"connection: close\r\n" if self._is_last else b""
        head = _HEAD % (status, len(content))
        self.transport.write(b"%b%b\r\n%b" % (head, closes, content))
        if self._is_last:
            self.transport.close()
        self.on_response_complete()

    def shutdown(self) -> None:
        if self._is_asking:
            self._is_last = True
        else:
            super().shutdown()
