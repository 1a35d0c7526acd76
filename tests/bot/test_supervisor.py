"""Keeping processes: what dies is started again without its leases, and nothing outlives the end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot import supervisor
from bot.listening import listen
from bot.receive import receive
from bot.settings import Settings
from bot.supervisor import Child, Ready, children_of
from core.errors import PermanentFailure
from store.models import Conversation
from store.turns import claim
from tests.company import Company, Writer

WRITES_ITS_NAME = """
import os, signal, sys, time
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "a") as out:
    out.write(f"{os.getpid()} {os.environ.get('THREADLINE_WORKER', '')}\\n")
time.sleep(60)
"""


def child(tmp_path: Path, name: str, *more: str) -> Child:
    """A process that writes its pid and worker name into `starts`, then sleeps."""
    argv = (sys.executable, "-c", WRITES_ITS_NAME, str(tmp_path / "starts"), *more)
    return Child(name, argv, dict(os.environ), tmp_path, tmp_path / "log")


def starts(tmp_path: Path) -> list[tuple[int, str]]:
    """Each start so far: pid and worker name."""
    file = tmp_path / "starts"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(int(pid), worker) for pid, _, worker in (line.partition(" ") for line in lines)]


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "this did not happen in time"
        await asyncio.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_worker_is_started_again_and_its_leases_end(
    company: Company, tmp_path: Path
) -> None:
    receive(company.house, company.mail, [Writer().mail("hello")])

    def claim_as(worker: str) -> None:
        lease = timedelta(minutes=5)
        assert claim(company.house.vault, worker, lease, 1, company.house.clock())

    async def run() -> None:
        stopping = asyncio.Event()
        keeping = asyncio.create_task(supervisor._keep(child(tmp_path, "work"), stopping))
        await until(lambda: len(starts(tmp_path)) == 1)
        pid, worker = starts(tmp_path)[0]
        await company.house.database.run(claim_as, worker)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: len(starts(tmp_path)) == 2)
        assert starts(tmp_path)[1][1] != worker, "a new process is a new holder"
        stopping.set()
        await asyncio.wait_for(keeping, 20)

    asyncio.run(run())
    assert Conversation.objects.get().lease_until is None
    assert not any(is_alive(pid) for pid, _ in starts(tmp_path))


def test_a_child_that_ignores_the_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "GRACE", 0.3)

    async def run() -> None:
        stopping = asyncio.Event()
        keeping = asyncio.create_task(supervisor._keep(child(tmp_path, "brain", "deaf"), stopping))
        await until(lambda: len(starts(tmp_path)) == 1)
        stopping.set()
        await asyncio.wait_for(keeping, 20)

    asyncio.run(run())
    assert not is_alive(starts(tmp_path)[0][0])


def test_a_child_that_cannot_live_is_not_started_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "RESTART_PAUSES", (0.0, 0.0, 60.0))
    dying = child(tmp_path, "brain")
    dying.argv = (
        *dying.argv[:2],
        "open(__import__('sys').argv[1], 'a').write('1 \\n')",
        dying.argv[3],
    )

    async def run() -> None:
        stopping = asyncio.Event()
        keeping = asyncio.create_task(supervisor._keep(dying, stopping))
        await until(lambda: len(starts(tmp_path)) == 3)
        await asyncio.sleep(0.3)
        stopping.set()
        await asyncio.wait_for(keeping, 20)

    asyncio.run(run())
    assert len(starts(tmp_path)) == 3


def test_what_dies_once_is_started_again_at_once_and_only_a_loop_is_slowed_down(
    tmp_path: Path,
) -> None:
    """A brain that was killed while it had hardly begun (an upgrade, an operator) is missed by customers."""

    async def pauses(*lived: float) -> list[float]:
        kind, now = child(tmp_path, "brain"), asyncio.get_running_loop().time()
        found = []
        for seconds in lived:
            kind.started = now - seconds
            found.append(supervisor._pause(kind))
        return found

    first, second, third, most = supervisor.RESTART_PAUSES
    early, steady = 5.0, supervisor.STEADY_AFTER_LOADING + 5
    assert asyncio.run(pauses(early)) == [first]
    assert asyncio.run(pauses(*[early] * 5)) == [first, second, third, most, most]
    assert asyncio.run(pauses(early, early, steady, early)) == [first, second, first, first]


def test_a_start_does_not_wait_for_the_leases_of_the_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite giving them back waits for the write lock, behind everybody who works."""
    may_end, released = threading.Event(), []

    def slow(worker: str) -> None:
        assert may_end.wait(30)
        released.append(worker)

    monkeypatch.setattr(supervisor, "release_worker", slow)

    async def run() -> None:
        stopping = asyncio.Event()
        keeping = asyncio.create_task(supervisor._keep(child(tmp_path, "work"), stopping))
        await until(lambda: len(starts(tmp_path)) == 1)
        os.kill(starts(tmp_path)[0][0], signal.SIGKILL)
        await until(lambda: len(starts(tmp_path)) == 2)
        may_end.set()
        stopping.set()
        await asyncio.wait_for(keeping, 20)

    asyncio.run(run())
    assert sorted(released) == sorted(worker for _, worker in starts(tmp_path))


ANSWERS = """
import os, socket, sys
listener = socket.socket(fileno=int(os.environ["THREADLINE_LISTENING"]))
while True:
    call, _ = listener.accept()
    if call.recv(9) == b"die":
        os._exit(1)
    call.sendall(str(os.getpid()).encode())
    call.close()
"""


def test_calls_wait_while_web_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "release_worker", lambda worker: None)
    kind = child(tmp_path, "web")
    kind.argv = (sys.executable, "-c", ANSWERS)
    kind.sockets = listen("127.0.0.1", 0)
    address = kind.sockets[0].getsockname()

    def call(words: bytes) -> bytes:
        with socket.create_connection(address, 20) as line:
            line.sendall(words)
            return line.recv(20)

    async def run() -> tuple[bytes, bytes]:
        stopping = asyncio.Event()
        keeping = asyncio.create_task(supervisor._keep(kind, stopping))
        first = await asyncio.to_thread(call, b"who")
        await asyncio.to_thread(call, b"die")
        second = await asyncio.to_thread(call, b"who")
        stopping.set()
        await asyncio.wait_for(keeping, 20)
        return first, second

    try:
        first, second = asyncio.run(run())
    finally:
        kind.sockets[0].close()
    assert b"" not in {first, second}
    assert first != second


def test_a_port_that_somebody_else_has_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PermanentFailure, match=f"Port {port} of 127.0.0.1"):
            listen("127.0.0.1", port)


def test_a_child_yields_to_others_and_is_out_of_reach_of_the_keyboard(tmp_path: Path) -> None:
    """Niceness weighs within a session; Ctrl-C reaches a process group."""
    kind = child(tmp_path, "brain")
    kind.niceness = 3

    async def run() -> tuple[int, int, int]:
        stopping = asyncio.Event()
        keeping = asyncio.create_task(supervisor._keep(kind, stopping))
        await until(lambda: len(starts(tmp_path)) == 1)
        pid = starts(tmp_path)[0][0]
        seen = os.getpriority(os.PRIO_PROCESS, pid), os.getsid(pid), os.getpgid(pid)
        stopping.set()
        await asyncio.wait_for(keeping, 20)
        return seen

    niceness, session, group = asyncio.run(run())
    assert niceness == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 3)
    assert session == os.getsid(0)
    assert group == starts(tmp_path)[0][0]


def test_thinking_yields_to_those_who_acknowledge_and_to_those_who_hold_the_write_lock(
    tmp_path: Path,
) -> None:
    ready = Ready(Path(sys.executable), tmp_path / "model.tar.gz")
    niceness = {made.name: made.niceness for made in children_of(Settings(state=tmp_path), ready)}
    assert niceness["web"] == niceness["work"] == 0
    assert min(niceness["brain"], niceness["rasa"]) > 0
