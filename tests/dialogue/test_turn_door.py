"""A turn is answered at the door of Rasa's process as Sanic would answer it, and every other call is Sanic's."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.dialogue.stage import TURN_TOKEN, RasaProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWER = {"decision": "handoff", "text": "", "citations": [], "suggestions": [], "alternatives": []}
BODY: dict[str, Any] = {
    "turn": "t-1",
    "conversation": "c-1",
    "text": "¡hola!",
    "parse_data": {
        "intent": {"name": "greet", "confidence": 0.9},
        "entities": [],
        "language": "es",
    },
    "state": {},
    "metadata": {
        "understood": {"act": "greet", "also": [], "entities": []},
        "answer": {**ANSWER, "passages": []},
        "facts": {},
    },
}
MARK = "x-other: 1\r\n"
"""A header that the worker does not send."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: str
    said: Any

    @property
    def is_sanics(self) -> bool:
        return "access-control" in self.head


@dataclass(slots=True)
class Line:
    """A connection to Rasa's process."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, *pieces: bytes) -> Answer:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0.05)
        return await asyncio.wait_for(self._answer(), 60)

    async def _answer(self) -> Answer:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        content = await self.reader.readexactly(length)
        return Answer(int(head.split()[1]), head, json.loads(content))


async def opened(rasa: RasaProcess) -> Line:
    """One that Sanic has begun with."""
    line = Line(*await asyncio.open_connection("127.0.0.1", rasa.port))
    get = (
        f"GET /webhooks/turn/ HTTP/1.1\r\nHost: rasa\r\nAuthorization: Bearer {TURN_TOKEN}\r\n\r\n"
    )
    ready = await line.ask(get.encode())
    while ready.status != 200:  # it listens before it has loaded its rules
        await asyncio.sleep(0.2)
        ready = await line.ask(get.encode())
    assert ready.is_sanics
    return line


def call(content: bytes | None = None, more: str = "", token: str = TURN_TOKEN) -> bytes:
    content = json.dumps(BODY).encode() if content is None else content
    head = f"POST /webhooks/turn/turn HTTP/1.1\r\nHost: rasa\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}{more}Content-Length: {len(content)}\r\n\r\n".encode() + content


async def test_a_turn_is_answered_at_the_door_as_sanic_answers_it(rasa: RasaProcess) -> None:
    line = await opened(rasa)
    first, sanics, again = [await line.ask(call(more=more)) for more in ("", MARK, "")]
    assert [one.is_sanics for one in (first, sanics, again)] == [False, True, False]
    assert {one.status for one in (first, sanics, again)} == {200}
    for name in ("status", "actions", "form", "failed_actions", "effects"):
        assert first.said[name] == sanics.said[name] == again.said[name]
    assert first.said.keys() == sanics.said.keys()
    assert first.said["status"] == "ok"
    assert first.said["replies"]
    line.writer.close()


async def test_what_comes_otherwise_is_sanics(rasa: RasaProcess) -> None:
    line = await opened(rasa)
    stranger = await line.ask(call(token="wrong"))
    assert (stranger.status, stranger.is_sanics) == (401, True)
    in_pieces = await line.ask(call()[:120], call()[120:])
    assert (in_pieces.status, in_pieces.is_sanics) == (200, True)
    traced = await line.ask(call(more="traceparent: 00-1-1-00\r\n"))
    assert traced.is_sanics
    assert "traced" in traced.said
    line.writer.close()


async def test_a_turn_that_cannot_be_read_fails_alone(rasa: RasaProcess) -> None:
    line = await opened(rasa)
    long = await line.ask(call(json.dumps({**BODY, "text": "x" * 20_000}).encode()))
    assert (long.status, long.said) == (413, {"status": "text_too_long"})
    assert (await line.ask(call(b'{"text": "hello"}'))).status == 500
    assert (await line.ask(call())).status == 200
    line.writer.close()
