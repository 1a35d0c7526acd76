"""The door of `brain` answers the call that every message makes by itself and leaves all others to the application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from starlette.types import Receive, Scope, Send

from bot.brain import Brain, brain_app
from bot.brain_door import door
from bot.together import Together
from bot.wire import said_to_json
from core.knowledge import Said

pytestmark = pytest.mark.enable_socket

TOKEN = "secret"
ASKED: dict[str, Any] = {
    "text": "where is it?",
    "history": said_to_json((Said("bot", "Hello."),)),
    "language_hint": "",
    "brand": "acme",
    "audience": ["public"],
}


@dataclass(slots=True)
class Running:
    """A served brain without models. `calls`: paths that reached the application; `served`: bodies that were read together."""

    server: uvicorn.Server
    calls: list[str] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    may_read: Event = field(default_factory=Event)
    is_read: bool = False

    @property
    def port(self) -> int:
        return int(self.server.servers[0].sockets[0].getsockname()[1])

    async def opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110  a server of another's tells nobody
            await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def running() -> AsyncIterator[Running]:
    app = brain_app(Brain(), TOKEN)
    reads = app.state.together._serve

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            found.calls.append(scope["path"])
        await app(scope, receive, send)

    def held(bodies: Sequence[Mapping[str, Any]]) -> Sequence[bytes | Exception]:
        found.is_read = True
        assert found.may_read.wait(30)
        found.served += [str(body.get("text")) for body in bodies]
        if "break" in found.served:
            raise RuntimeError("broken")
        return list(reads(bodies))

    with ThreadPoolExecutor(1) as pool:
        together: Together[Mapping[str, Any], bytes] = Together(held, pool, most=8)
        config = uvicorn.Config(
            counted, http=door(together, TOKEN), port=0, log_config=None, lifespan="off"
        )
        found = Running(uvicorn.Server(config))
        found.may_read.set()
        serving = asyncio.create_task(found.server.serve())
        await until(lambda: found.server.started)
        yield found
        found.may_read.set()
        found.server.should_exit = True
        await serving


def call(path: str, content: bytes, *more: str, method: str = "POST", token: str = TOKEN) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "Host: brain", f"Authorization: Bearer {token}", *more)
    return "\r\n".join((*lines, f"Content-Length: {len(content)}", "", "")).encode() + content


async def answered(reader: asyncio.StreamReader) -> tuple[int, Any]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    content = await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
    return int(head.split()[1]), json.loads(content)


async def test_a_message_is_answered_at_the_door_as_the_application_answers_it(
    running: Running,
) -> None:
    reader, writer = await running.opened()
    body = json.dumps(ASKED).encode()
    writer.write(call("/understand", body))
    at_the_door = await answered(reader)
    assert (running.calls, running.served) == ([], ["where is it?"])
    writer.write(call("/understand", body, "traceparent: 00-0-0-00"))
    assert await answered(reader) == at_the_door
    assert running.calls == ["/understand"], "who is traced is the application's"
    assert at_the_door[0] == 200
    assert at_the_door[1]["understood"]["act"] == "ask"
    for piece in (call("/understand", body)[:90], call("/understand", body)[90:]):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)
    assert await answered(reader) == at_the_door, "in pieces, over the same connection"
    assert running.calls == ["/understand"]
    writer.close()


async def test_all_other_calls_are_the_applications(running: Running) -> None:
    reader, writer = await running.opened()
    writer.write(call("/health", b"", method="GET"))
    assert (await answered(reader))[0] == 200
    writer.write(call("/understand", b"{}", token="wrong"))
    assert (await answered(reader))[0] == 401
    writer.write(call("/understand", json.dumps(ASKED).encode()))
    assert (await answered(reader))[0] == 200, "after both, the same connection"
    assert running.calls == ["/health", "/understand"]
    writer.close()


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"nonsense", 422), (b'{"text": "x"}', 422), (b'{"text": "break"}', 500)],
)
async def test_what_cannot_be_read_is_refused_and_the_next_is_answered(
    running: Running, content: bytes, status: int
) -> None:
    reader, writer = await running.opened()
    writer.write(call("/understand", content))
    found, said = await answered(reader)
    assert found == status
    assert "error" in said
    running.served.clear()
    writer.write(call("/understand", json.dumps(ASKED).encode()))
    assert (await answered(reader))[0] == 200
    writer.close()


async def test_who_asks_for_it_is_hung_up_on_after_the_answer(running: Running) -> None:
    reader, writer = await running.opened()
    writer.write(call("/understand", json.dumps(ASKED).encode(), "Connection: close"))
    assert (await answered(reader))[0] == 200
    assert await reader.read() == b""
    writer.close()


async def test_who_waits_when_it_stops_is_answered(running: Running) -> None:
    running.may_read.clear()
    reader, writer = await running.opened()
    writer.write(call("/understand", json.dumps(ASKED).encode()))
    idle_reader, idle = await running.opened()
    await until(lambda: len(running.server.server_state.connections) == 2 and running.is_read)
    running.server.should_exit = True
    assert await asyncio.wait_for(idle_reader.read(), 30) == b"", "who waits for nothing is let go"
    running.may_read.set()
    assert (await answered(reader))[0] == 200
    assert await asyncio.wait_for(reader.read(), 30) == b""
    writer.close()
    idle.close()


async def test_who_asks_again_before_the_answer_is_hung_up_on(running: Running) -> None:
    running.may_read.clear()
    reader, writer = await running.opened()
    body = json.dumps(ASKED).encode()
    writer.write(call("/understand", body) + call("/understand", body))
    assert await asyncio.wait_for(reader.read(), 30) == b""
    running.may_read.set()
    writer.close()
    other_reader, other = await running.opened()
    other.write(call("/understand", body))
    assert (await answered(other_reader))[0] == 200
    other.close()
