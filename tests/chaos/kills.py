"""Killing and freezing processes under work: from outside at a random moment, or inside at a named point of the pipeline."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bot.house import House
from tests.chaos import ledger
from tests.chaos.traffic import Traffic
from tests.product import Running

ANYWHERE = "anywhere"
SHARES = {"web": 0.3, "work": 0.5, "brain": 0.1, "rasa": 0.1}
POINTS = {
    "web": ("receive.begun", "accept.written", "receive.done", "acknowledging"),
    "work": (
        *("accept.begun", "accept.written", "accept.done", "settled"),
        *("claim.done", "understood", "turned", "finish_turn.written", "finish_turn.done"),
        *("lease.done", "sending", "sent", "mark_sent.done"),
    ),
}
"""Of accepting, fetching mail, thinking and delivering; `tests.faults` visits all the others."""
STEADY = {"web": 3.5, "work": 3.5, "brain": 6.0, "rasa": 6.0}
"""Seconds a process must have lived: one that dies at once is a crash loop, which the supervisor slows down."""
NEEDS = {"web": (), "work": (), "brain": ("brain",), "rasa": ("brain", "rasa")}
FROZEN = 1.5


@dataclass
class Kills:
    """What was killed where; `missed`: how often there was no work to kill it under."""

    running: Running
    house: House
    traffic: Traffic
    faults: Path
    dice: random.Random
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    frozen: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def plan(self, count: int) -> list[tuple[str, str]]:
        """(process, where), in no order: each process its share, half of those with points at one."""
        made = []
        for name, share in SHARES.items():
            points = list(POINTS.get(name, ()))
            self.dice.shuffle(points)
            for number in range(max(1, round(count * share))):
                at_point = points and number % 2 == 0
                made.append((name, points[number // 2 % len(points)] if at_point else ANYWHERE))
        self.dice.shuffle(made)
        return made[:count]

    def ready(self, parts: dict[str, str]) -> frozenset[str]:
        """Processes that can have work now: killing a corpse proves nothing."""
        now = time.time()
        ready = set()
        for name, process in alive(self.running).items():
            try:
                is_steady = now - process.create_time() > STEADY[name]
            except psutil.Error:
                continue
            if is_steady and all(parts.get(part) == "ok" for part in NEEDS[name]):
                ready.add(name)
        return frozenset(ready)

    async def kill(self, name: str, where: str) -> bool:
        """False when no work came there for a while."""
        done = self._anywhere(name) if where == ANYWHERE else self._at(where)
        if await done:
            self.done[name, where] += 1
            print(f"killed {name} at {where}", file=sys.stderr, flush=True)
            return True
        self.missed[name] += 1
        return False

    async def _anywhere(self, name: str) -> bool:
        """SIGKILL at the first moment that the ledger (for `web`: the customers) shows work in this process."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            process = alive(self.running).get(name)
            if process is not None and await self._is_busy(name):
                with suppress(ProcessLookupError):  # it died by itself a moment ago
                    os.kill(process.pid, signal.SIGKILL)
                    return True
            await asyncio.sleep(0.003)
        return False

    async def _is_busy(self, name: str) -> bool:
        if name == "web":
            return self.traffic.in_flight > 0
        work = await self.house.database.read(ledger.in_flight)
        return work["turns"] > 0 or (name == "work" and work["sends"] > 0)

    async def _at(self, point: str) -> bool:
        """The process ends itself when its work comes by."""
        armed = self.faults / point
        armed.touch()
        deadline = time.monotonic() + 8
        while armed.exists():
            if time.monotonic() > deadline:
                armed.unlink(missing_ok=True)
                break
            await asyncio.sleep(0.02)
        died = list(self.faults.glob(f"{point}.*.died"))
        for file in died:
            file.unlink()
        return bool(died)

    async def freeze(self, name: str) -> None:
        """Stops a process for a moment, as a busy machine does."""
        process = alive(self.running).get(name)
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGSTOP)
            await asyncio.sleep(FROZEN)
            os.kill(process.pid, signal.SIGCONT)
            self.frozen[name] += 1

    def report(self) -> dict[str, dict[str, int]]:
        """Kills by process and point."""
        found: dict[str, dict[str, int]] = {name: {} for name in SHARES}
        for (name, where), count in sorted(self.done.items()):
            found[name][where] = count
        return found


def alive(running: Running) -> dict[str, psutil.Process]:
    """The processes by name, as far as they are there."""
    try:
        return {
            name: process
            for name, process in running.processes().items()
            if name in SHARES and process.status() != psutil.STATUS_ZOMBIE
        }
    except (psutil.Error, IndexError):
        return {}
