"""A web process of its own, and a client that reads event streams off the socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from bot.listening import SERVING
from tests import databases

ROOT = Path(__file__).parents[3]

ONCE = httpx2.Limits(max_keepalive_connections=0)
"""A connection that is kept may be closed by the server just when it is used again."""


@dataclass
class Frame:
    """One server-sent event; `id` is empty for what is not replayed."""

    id: str
    data: dict[str, Any]


@dataclass
class Chat:
    """A visitor's conversation."""

    conversation: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        return f"/chat/v1/conversations/{self.conversation}"


@dataclass
class Stream:
    """An open event stream: status, headers and what comes."""

    reader: asyncio.StreamReader
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    comments: int = 0

    async def next(self, seconds: float = 5) -> Frame:
        """The next event. Raises TimeoutError, or EOFError when the stream has ended."""
        frame = Frame("", {})
        async with asyncio.timeout(seconds):
            while True:
                line = await self._line()
                if line.startswith("id: "):
                    frame.id = line[4:]
                elif line.startswith("data: "):
                    frame.data = json.loads(line[6:])
                elif line.startswith(":"):
                    self.comments += 1
                elif not line and frame.data:
                    return frame

    async def ended(self, seconds: float = 5) -> None:
        """Returns when the server has ended it."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    await self._line()
                except EOFError:
                    return

    async def rest(self) -> AsyncIterator[str]:
        """Its lines until the server ends it."""
        with contextlib.suppress(EOFError):
            while True:
                yield await self._line()

    async def _line(self) -> str:
        while True:
            raw = await self.reader.readline()
            if not raw or raw == b"0\r\n":
                raise EOFError
            if raw.endswith(b"\r\n"):
                continue  # the sizes of chunks end so, the lines of events do not
            return raw.decode().rstrip("\n")


class Web:
    """The process from outside."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.database = ""
        self.finish = 5.5
        """Seconds that it has to finish what is open when it is told to stop."""
        self.errors = state / "errors.txt"
        self.process: subprocess.Popen[str] | None = None
        self.serving = -1
        """A pipe on which it says that it serves, as it does to whoever keeps its port."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    def start(self) -> None:
        """Starts it; after a `stop` on the same port again."""
        environment = {
            **os.environ,
            "THREADLINE_STATE": str(self.state),
            "THREADLINE_DEMO": "true",
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "THREADLINE_WEB__PORT": str(self.port),
            "THREADLINE_DATABASE__URL": self.database,
            "FINISH_SECONDS": str(self.finish),
        }
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.serving, pipe = os.pipe()
        environment[SERVING] = str(pipe)
        with self.errors.open("a") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "tests/web/live/server.py"],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                pass_fds=[pipe],
            )
        os.close(pipe)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"{self.port}\n", "the web process did not start"
        self.http = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60, limits=ONCE)

    def stop(self) -> None:
        if self.process is None:
            return
        self.http.close()
        os.close(self.serving)
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None
        assert "Traceback" not in self.errors.read_text(), self.errors.read_text()[-4000:]

    def threads(self) -> int:
        assert self.process is not None
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def do(self, deed: str, **arguments: Any) -> Any:
        answer = self.http.post(f"/test/{deed}", json=arguments)
        assert answer.status_code == 200, deed
        return answer.json()

    def open(self) -> Chat:
        answer = self.http.post("/chat/v1/conversations", json={})
        assert answer.status_code == 201
        return Chat(**answer.json())

    def post(self, chat: Chat, text: str, client_id: str = "") -> httpx2.Response:
        body = {"client_id": client_id or uuid4().hex, "text": text}
        return self.http.post(f"{chat.path}/messages", json=body, headers=chat.headers)

    @asynccontextmanager
    async def stream(self, path: str, headers: dict[str, str]) -> AsyncIterator[Stream]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        stream = Stream(reader)
        try:
            stream.status = int((await reader.readline()).split()[1])
            while (line := await reader.readline()) not in {b"\r\n", b""}:
                name, _, value = line.decode().partition(":")
                stream.headers[name.lower()] = value.strip()
            yield stream
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def events(
        self, chat: Chat, after: str = "", **headers: str
    ) -> contextlib.AbstractAsyncContextManager[Stream]:
        path = f"{chat.path}/events" + (f"?after={after}" if after else "")
        return self.stream(path, {**chat.headers, **headers})

    def desk(self, session: str, after: str = "") -> contextlib.AbstractAsyncContextManager[Stream]:
        path = "/desk/stream" + (f"?after={after}" if after else "")
        return self.stream(path, {"Cookie": f"sessionid={session}"})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "web" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        kinds = databases.KINDS if chosen == "both" else (chosen,)
        metafunc.parametrize("web", kinds, indirect=True, scope="session")


@contextmanager
def started(request: pytest.FixtureRequest, state: Path, kind: str, name: str) -> Iterator[Web]:
    """A process over a migrated, empty database of its own; `name` is what that is called on PostgreSQL."""
    web = Web(state)
    server = request.getfixturevalue("postgresql") if kind == "postgresql" else None
    if server is None:
        databases.fill_sqlite(state)
    else:
        databases.fill_postgresql(server, name)
        web.database = server.url(name)
    web.start()
    yield web
    web.stop()
    if server is not None:
        server.run("dropdb", "--force", name)


@pytest.fixture(scope="session")
def web(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One process for all tests that leave it as it was, on each database."""
    with started(request, tmp_path_factory.mktemp("web"), request.param, "web") as web:
        yield web


@pytest.fixture
def own_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Web]]:
    """Makes processes for tests that stop them."""
    made: list[Web] = []

    def make() -> Web:
        made.append(Web(tmp_path_factory.mktemp("web")))
        databases.fill_sqlite(made[-1].state)
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()
