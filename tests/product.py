"""Threadline itself, started on free ports in a state folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Running:
    """A started product."""

    port: int
    pid: int
    state: Path
    ready_seconds: float
    metrics: int = 0
    """Where `web` tells its metrics; `work` and `brain` at the next two."""

    def every(self) -> list[tuple[str, psutil.Process]]:
        """(name, process) of each, also where there are several of a name."""
        found = []
        for child in psutil.Process(self.pid).children():
            with suppress(psutil.Error, IndexError):  # it died just now
                line = child.cmdline()
                found.append(("rasa" if "rasa" in line else line[-1], child))
        return found

    def processes(self) -> dict[str, psutil.Process]:
        """The four processes by name."""
        return dict(self.every())

    def is_ok(self) -> bool:
        """Whether `/health` says that every part is there."""
        return _status(self.port) == "ok"

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of each process, in MB."""
        found = self.processes().items()
        return {name: round(p.memory_info().rss / 1e6, 1) for name, p in found}

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time used so far by each process."""
        times = {name: p.cpu_times() for name, p in self.processes().items()}
        return {name: used.user + used.system for name, used in times.items()}


@contextmanager
def product(
    state: Path,
    database: str = "",
    *,
    demo: bool = True,
    program: Sequence[str] = ("bot", "up"),
    **more: str,
) -> Iterator[Running]:
    """`threadline up --demo`, until `/health` is ok; without `demo` what is in `state` is left as it is.

    `program`: another module that supervises, with its arguments.
    """
    port = int(more.get("THREADLINE_WEB__PORT") or free_port())
    env = {
        **os.environ,
        "THREADLINE_STATE": str(state),
        "THREADLINE_WEB__PORT": str(port),
        "THREADLINE_DATABASE__URL": database,
        **more,
    }
    env.pop("DJANGO_SETTINGS_MODULE", None)
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", *program, *(["--demo"] if demo else [])],
        env=env,
        stdout=sys.stderr,
    )
    try:
        _until_ok(port, process)
        metrics = int(more.get("THREADLINE_METRICS__PORT") or 0)
        yield Running(port, process.pid, state, time.monotonic() - start, metrics)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_ok(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Threadline ended with status {process.returncode}")
        if _status(port) == "ok":
            return
        time.sleep(0.25)
    raise RuntimeError("Threadline was not ready within 15 minutes")


def _status(port: int) -> str:
    """What `/health` says, or nothing."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return str(json.load(answer)["status"])
    except (urllib.error.URLError, OSError, ValueError):
        return ""


def free_ports(count: int) -> int:
    """The first of so many loopback ports in a row that nobody uses now."""
    while True:
        first = free_port()
        try:
            for port in range(first + 1, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            continue
        return first


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
