"""A real Redis for tests: on a free loopback port, keeps nothing, can be killed and frozen; gone when the tests are."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

START_SECONDS = 30.0
PASSWORD = "a-word/that nobody:may@see"


class NotHere(RuntimeError):
    """This machine has no Redis. In CI a failure, elsewhere a reason to skip."""


@dataclass(slots=True)
class RedisServer:
    """A server on a fixed port, running or not, which asks for the password."""

    program: str
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is reached, the password with it."""
        return f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts it, for the first time or again, and waits until it answers."""
        settings = self.folder / "redis.conf"
        settings.write_text(
            f'bind 127.0.0.1\nport {self.port}\nsave ""\nappendonly no\nrequirepass "{PASSWORD}"\n'
        )
        with (self.folder / "log").open("wb") as out:
            self.process = subprocess.Popen(
                [self.program, str(settings)], cwd=self.folder, stdout=out, stderr=out
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if b"Ready to accept connections" in (self.folder / "log").read_bytes():
                return
            time.sleep(0.02)
        raise NotHere(f"Redis did not start: {(self.folder / 'log').read_text()[-300:]}")

    def kill(self) -> None:
        """Ends it as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(20)
            self.process = None

    def freeze(self) -> None:
        """Connections are taken by the system, and nobody answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """A fresh server. Raises `NotHere`."""
    program = shutil.which("redis-server")
    if program is None:
        raise NotHere("redis-server is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = RedisServer(program, folder, int(probe.getsockname()[1]))
    server.start()
    try:
        yield server
    finally:
        server.kill()
