"""A real PostgreSQL for tests: its own data folder, its own user, a free loopback port; gone when the tests are."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 30.0
OWNER = "postgres"
INITIAL = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
FAST = {
    # Nothing here need survive a power cut; what was committed must survive a crash of the server alone.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "autovacuum": "off",
}

DURABLE = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on", "shared_buffers": "128MB"}
"""What an installation runs with: a commit survives a power cut. For measuring."""


class NotHere(RuntimeError):
    """This machine has no PostgreSQL that we may run. In CI a failure, elsewhere a reason to skip."""


@dataclass(slots=True)
class Server:
    """A server on a fixed port, running or not. Everybody on loopback may log in."""

    programs: Path
    folder: Path
    become: list[str]
    port: int
    process: subprocess.Popen[bytes] | None = None
    is_durable: bool = False

    def start(self) -> None:
        """Starts it, for the first time or again, with what it held before."""
        chosen = {**FAST, **(DURABLE if self.is_durable else {}), "port": self.port}
        settings = [f"-c{name}={value}" for name, value in chosen.items()]
        log = self.folder / "log"
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [
                    *self.become,
                    str(self.programs / "postgres"),
                    "-D",
                    str(self.folder / "data"),
                    *settings,
                ],
                stdout=out,
                stderr=out,
                cwd="/",
            )
        _wait_until_open(self.process, self.port, log)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ends it: SIGINT in order, SIGQUIT at once, as in a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    def url(self, name: str) -> str:
        """Where the product finds the database of this name."""
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{name}"

    def run(self, program: str, *arguments: str) -> str:
        """Runs `psql`, `createdb` ... against this server and returns what it printed."""
        command = [str(self.programs / program), "-h", "127.0.0.1", "-p", str(self.port)]
        done = subprocess.run(
            [*command, "-U", OWNER, *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr}")
        return done.stdout


def programs() -> Path:
    """The folder of the newest installed PostgreSQL. Raises `NotHere`."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    if not found:
        raise NotHere("PostgreSQL is not installed")
    return found[-1].parent


@contextmanager
def running_postgresql(*, is_durable: bool = False, keep: Path | None = None) -> Iterator[Server]:
    """A fresh, empty server. `keep`: a folder that stays, with what the server held before, if anything. Raises `NotHere`."""
    binaries = programs()
    folder = keep or Path(tempfile.mkdtemp(prefix="threadline-postgresql-"))
    try:
        folder.mkdir(exist_ok=True)
        become = _become(folder)
        if not (folder / "data").exists():
            _initialise(binaries, folder, become)
        server = Server(binaries, folder, become, _free_port(), is_durable=is_durable)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _initialise(binaries: Path, folder: Path, become: list[str]) -> None:
    made = subprocess.run(
        [*become, str(binaries / "initdb"), "-D", str(folder / "data"), "-U", OWNER, *INITIAL],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    if made.returncode != 0:
        raise NotHere(f"initdb failed: {made.stderr.strip()[-300:]}")


def _become(folder: Path) -> list[str]:
    """What to put before a command: the server refuses to run as root. It dies with whoever started it."""
    if os.getuid() != 0:
        return ["setpriv", "--pdeathsig", "INT", "--"] if shutil.which("setpriv") else []
    try:
        owner = pwd.getpwnam(OWNER)
    except KeyError as error:
        raise NotHere(f"root cannot run PostgreSQL and there is no user {OWNER}") from error
    if shutil.which("setpriv") is None:
        raise NotHere("setpriv is not installed")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    identity = ["--reuid", OWNER, "--regid", str(owner.pw_gid), "--init-groups"]
    return ["setpriv", *identity, "--pdeathsig", "INT", "--"]


def _wait_until_open(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotHere(f"PostgreSQL did not start: {log.read_text()[-300:]}")
        if b"ready to accept connections" in log.read_bytes():
            return
        time.sleep(0.02)
    raise NotHere(f"PostgreSQL was not ready on port {port} after {START_SECONDS} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
