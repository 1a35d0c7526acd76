"""Who calls while `web` does not come back hears 503 and when to come again; who calls while it is started again is served."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx2
import pytest

from bot import stand_in, supervisor
from bot.listening import BACKLOG, listen
from bot.stand_in import StandIn
from bot.supervisor import Child

FOR_EVER = 3_600.0
LARGE = b"x" * 2_000_000
"""More than any buffer between us holds: its sender is still writing when it is refused."""
SERVED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture
def port() -> Iterator[socket.socket]:
    (made,) = listen("127.0.0.1", 0)
    with closing(made):
        yield made


@asynccontextmanager
async def caller(port: socket.socket) -> AsyncIterator[httpx2.AsyncClient]:
    url = f"http://127.0.0.1:{port.getsockname()[1]}"
    async with httpx2.AsyncClient(base_url=url, timeout=60, trust_env=False) as made:
        yield made


@asynccontextmanager
async def serving(port: socket.socket) -> AsyncIterator[None]:
    """A `web` that answers."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(SERVED)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, sock=port.dup(), backlog=BACKLOG)
    try:
        yield
    finally:
        server.close()


async def until_status(client: httpx2.AsyncClient, status: int, path: str = "/") -> httpx2.Response:
    async with asyncio.timeout(60):
        while True:
            answer = await client.get(path)
            if answer.status_code == status:
                return answer


async def test_who_calls_while_web_is_away_for_long_is_told_when_to_come_again(
    port: socket.socket,
) -> None:
    standing = StandIn([port], patience=0.0)
    pipe = standing.expect()
    async with caller(port) as client:
        answer = await client.post("/webhooks/sms/sms", content=LARGE)
        assert answer.status_code == 503
        assert 2 <= int(answer.headers["retry-after"]) <= 10
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == 503
        page = await client.get("/", headers={"accept": "text/html,*/*"})
        assert (page.status_code, page.text) == (503, stand_in.DETAIL)
        assert page.headers["content-type"].startswith("text/plain")
    standing.end()
    os.close(pipe)


async def test_who_calls_while_web_is_started_again_is_served_by_it(port: socket.socket) -> None:
    standing = StandIn([port], patience=FOR_EVER)
    pipe = standing.expect()
    async with caller(port) as client:
        calling = asyncio.create_task(client.get("/"))
        async with serving(port):
            os.write(pipe, b"1")
            assert (await calling).status_code == 200
    standing.end()
    os.close(pipe)


async def test_nobody_stands_in_for_a_web_that_serves_until_it_says_that_it_leaves(
    port: socket.socket,
) -> None:
    standing = StandIn([port], patience=0.0)
    first = standing.expect()
    async with caller(port) as client:
        await until_status(client, 503)
        async with serving(port):
            os.write(first, b"1")
            await until_status(client, 200)
            async with asyncio.timeout(60):
                while True:
                    await asyncio.sleep(0.01)
                    if not standing._servers:
                        break
            seen = [(await client.get("/")).status_code for _ in range(20)]
            assert set(seen) == {200}
        os.close(first)
        await until_status(client, 503)
        second = standing.expect()
        async with serving(port):
            os.write(second, b"1")
            await until_status(client, 200)
    standing.end()
    os.close(second)


async def test_who_says_nothing_is_not_waited_for_without_end(
    port: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stand_in, "HEAD_SECONDS", 0.1)
    standing = StandIn([port], patience=0.0)
    pipe = standing.expect()
    async with asyncio.timeout(60):
        reader, writer = await asyncio.open_connection(*port.getsockname())
        assert await reader.read() == b"", "the line is closed"
        writer.close()
        reader, writer = await asyncio.open_connection(*port.getsockname())
        writer.write(b"GET /" + b"x" * 100_000)
        assert b" 503 " in await reader.readline(), "a head without an end is an answer's worth"
        writer.close()
    standing.end()
    os.close(pipe)


PROGRAM = """
import asyncio, os, sys
from bot.listening import handed, say_serving
if not os.path.exists(sys.argv[1]):
    sys.exit(1)

async def answer(reader, writer):
    head = await reader.readuntil(b"\\r\\n\\r\\n")
    if b"/die" in head:
        os._exit(1)
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
    await writer.drain()
    writer.close()

async def serve():
    (listener,) = handed()
    async with await asyncio.start_server(answer, sock=listener):
        say_serving()
        await asyncio.Event().wait()

asyncio.run(serve())
"""


async def test_a_web_that_cannot_start_is_stood_in_for_until_it_can(
    port: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash loop, as a mistake in the settings makes it: without anybody in its place calls would hang."""
    monkeypatch.setattr(supervisor, "release_worker", lambda worker: None)
    monkeypatch.setattr(supervisor, "RESTART_PAUSES", (0.1,))
    may_start = tmp_path / "may-start"
    argv = (sys.executable, "-c", PROGRAM, str(may_start))
    env = {**os.environ, "PYTHONPATH": str(supervisor.ROOT)}
    web = Child("web", argv, env, tmp_path, tmp_path / "log", sockets=[port])
    web.stand_in = StandIn([port], patience=0.0)
    stopping = asyncio.Event()
    keeping = asyncio.create_task(supervisor._keep(web, stopping))
    async with caller(port) as client:
        await until_status(client, 503)
        may_start.touch()
        await until_status(client, 200)
        with pytest.raises(httpx2.HTTPError):
            await until_status(client, 0, "/die")
        await until_status(client, 200)
    stopping.set()
    await asyncio.wait_for(keeping, 60)
    web.stand_in.end()
