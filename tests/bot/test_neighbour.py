"""The client of our own processes, against a server that answers byte by byte as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
import uvloop

from bot import neighbour
from bot.neighbour import Client, Neighbour
from core.errors import DialogueFailed

pytestmark = pytest.mark.enable_socket

GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'
CHUNKED = (
    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n5\r\n": 1}\r\n0\r\n\r\n'
)
LAST = b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 8\r\n\r\n{"a": 1}'
HANG_UP = b""


class Server:
    """Gives each call what is next in `answers`, the last one again and again: bytes, nothing at all (it hangs up), or an
    event that never comes."""

    def __init__(self) -> None:
        self.answers: list[bytes | asyncio.Event] = [GOOD]
        self.asked: list[bytes] = []
        self.connections = 0
        self.was_asked, self.hangs_up = asyncio.Event(), asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.asked.append(head + await reader.readexactly(length))
                self.was_asked.set()
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if isinstance(answer, asyncio.Event):
                    await answer.wait()
                    continue
                if answer == HANG_UP:
                    break
                for byte in answer:
                    writer.write(bytes([byte]))
                    await writer.drain()
                if self.hangs_up.is_set():
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[tuple[Server, str]]:
    fake = Server()
    listening = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    yield fake, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/under"
    listening.close()


@pytest_asyncio.fixture
async def client(server: tuple[Server, str]) -> AsyncIterator[Client]:
    made = Client(Neighbour(server[1], "secret"), 20.0)
    yield made
    await made.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  nothing tells of it
            await asyncio.sleep(0.01)


async def test_one_connection_carries_many_calls(
    client: Client, server: tuple[Server, str]
) -> None:
    fake, _ = server
    fake.answers = [GOOD, CHUNKED, GOOD]
    for _ in range(4):
        assert await client.call("POST", "/turn", {"text": "ü"}) == {"a": 1}
    assert await client.call("GET", "/health") == {"a": 1}
    assert fake.connections == 1
    assert fake.asked[0].startswith(b"POST /under/turn HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nAuthorization: Bearer secret\r\n" in fake.asked[0]
    assert fake.asked[0].endswith(b'\r\n\r\n{"text":"\xc3\xbc"}')


def test_it_holds_in_the_event_loop_that_serves() -> None:
    async def asked() -> list[object]:
        fake = Server()
        fake.answers = [GOOD, CHUNKED, HANG_UP, GOOD]
        listening = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        client = Client(Neighbour(f"http://127.0.0.1:{port}", ""), 20.0)
        told: list[object] = []
        for _ in range(4):
            try:
                told.append(await client.call("POST", "/turn", {}))
            except DialogueFailed:
                told.append(None)
        await client.close()
        listening.close()
        return [*told, fake.connections]

    assert uvloop.run(asked()) == [{"a": 1}, {"a": 1}, None, {"a": 1}, 2]


async def test_calls_at_once_have_connections_of_their_own(
    client: Client, server: tuple[Server, str]
) -> None:
    calls = [client.call("POST", "/turn", {"n": n}) for n in range(5)]
    assert await asyncio.gather(*calls) == [{"a": 1}] * 5
    assert 1 < server[0].connections <= 5


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (HANG_UP, "ConnectionResetError"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "HttpParser"),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n{}", "status 500"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{..}", "not JSON"),
    ],
)
async def test_what_goes_wrong_is_told_and_not_asked_twice(
    client: Client, server: tuple[Server, str], answer: bytes, told: str
) -> None:
    fake, _ = server
    fake.answers = [answer, GOOD]
    with pytest.raises(DialogueFailed, match=f"(?i){told}"):
        await client.call("POST", "/turn", {})
    assert len(fake.asked) == 1
    assert await client.call("POST", "/turn", {}) == {"a": 1}


async def test_a_late_answer_is_nobodys(server: tuple[Server, str]) -> None:
    fake, url = server
    late = asyncio.Event()
    fake.answers = [late]
    client = Client(Neighbour(url, ""), 0.05)
    with pytest.raises(DialogueFailed, match=r"no answer in 0\.05 s"):
        await client.call("POST", "/turn", {})
    assert client._idle == []
    late.set()


async def test_who_stops_waiting_leaves_no_connection_in_use(
    client: Client, server: tuple[Server, str]
) -> None:
    fake, _ = server
    late = asyncio.Event()
    fake.answers = [late, GOOD]
    call = asyncio.create_task(client.call("POST", "/turn", {}))
    await fake.was_asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await client.call("POST", "/turn", {}) == {"a": 1}
    assert fake.connections == 2
    late.set()


async def test_connections_that_end_are_not_used_again(
    client: Client, server: tuple[Server, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, _ = server
    fake.answers = [LAST]
    assert await client.call("GET", "/health") == await client.call("GET", "/health") == {"a": 1}
    assert fake.connections == 2
    fake.answers = [GOOD]
    await client.call("GET", "/health")
    monkeypatch.setattr(neighbour, "IDLE", 0.0)
    await client.call("GET", "/health")
    assert fake.connections == 4, "one that was idle for too long"
    monkeypatch.undo()
    fake.hangs_up.set()
    await client.call("GET", "/health")
    (kept,) = client._idle
    await until(lambda: not kept.is_open)
    assert await client.call("GET", "/health") == {"a": 1}
    assert fake.connections == 5, "one that the neighbour has ended"


async def test_nobody_listens(unused_tcp_port: int) -> None:
    client = Client(Neighbour(f"http://127.0.0.1:{unused_tcp_port}", ""), 20.0)
    with pytest.raises(DialogueFailed, match="ConnectionRefusedError"):
        await client.call("GET", "/health")


def test_the_token_is_in_no_log() -> None:
    assert "secret" not in repr(Neighbour("http://127.0.0.1", "secret"))
