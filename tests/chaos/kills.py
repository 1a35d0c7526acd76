"""Killing and freezing processes under work: from outside at a random moment, or inside at a named point of the pipeline."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bot.house import House
from tests.chaos import ledger
from tests.chaos.supply import ANY, MAIL, SENT, Supply
from tests.chaos.victims import Victim, alive, at_work
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
PARTS = {
    **dict.fromkeys(("accept.begun", "accept.done", "settled"), "mail fetch"),
    **dict.fromkeys(("lease.done", "sending", "sent", "mark_sent.done"), "delivery"),
}
"""What `work` was doing at a point; at all others it was thinking."""
NEEDS = {"web": (), "work": (), "brain": ("brain",), "rasa": ("brain", "rasa")}
FROZEN = 1.5
PATIENCE = 12.0
"""Seconds that a kill waits for work to come by once nothing is under way any more; on a busy machine what was said
for it may be long on its way."""
LONGEST = 90.0
GLANCE = 1.0
"""Seconds between two looks at whether anything is under way."""
KNOWN_FOR = 0.5
"""Seconds for which it is known which processes there are. On a busy machine a look at them may take longer than a turn: with
one at each look at the ledger work is missed, or over by the kill."""


@dataclass
class Kills:
    """What was killed where; `missed`: how often there was no work to kill it under."""

    running: Running
    house: House
    supply: Supply
    faults: Path
    dice: random.Random
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    frozen: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def plan(self, count: int) -> list[tuple[str, str]]:
        """(process, where), in no order: each process its share, half of those with points at one."""
        made = []
        for name, share in SHARES.items():
            points = self._mixed(POINTS.get(name, ()))
            for number in range(max(1, round(count * share))):
                at_point = points and number % 2 == 0
                made.append((name, points[number // 2 % len(points)] if at_point else ANYWHERE))
        self.dice.shuffle(made)
        return made[:count]

    def _mixed(self, points: Sequence[str]) -> list[str]:
        """In any order, but mail fetch, delivery and the rest in turn: a short run meets each of them."""
        left = self.dice.sample(points, len(points))
        mixed = []
        for part in ("mail fetch", "delivery", ""):
            first = next((point for point in left if PARTS.get(point, "") == part), None)
            if first:
                left.remove(first)
                mixed.append(first)
        return mixed + left

    def ready(self, parts: dict[str, str]) -> frozenset[str]:
        """Names of processes that can have work now: killing a corpse proves nothing."""
        steady = {one.name for one in self._able(alive(self.running))}
        return frozenset(n for n in steady if all(parts.get(part) == "ok" for part in NEEDS[n]))

    def _able(self, every: list[Victim]) -> list[Victim]:
        """Those that can work: no process that is still starting, and no `web` at whose port nobody answered yet."""
        serving = self.supply.traffic.serving
        steady = [one for one in every if one.is_steady]
        return [one for one in steady if one.name != "web" or one.port in serving]

    async def busy(self, every: list[Victim] | None = None) -> list[Victim]:
        """Steady processes, of `every` that there is, that have work in hand at this moment."""
        every = alive(self.running) if every is None else every
        thinking, sending = await self.house.database.read(ledger.in_flight)
        # A worker that has just begun is not killed, but gives a brain something to do.
        young = [one for one in every if one.name == "work" and not one.is_steady]
        able = [*self._able(every), *young]
        found = at_work(able, thinking, sending, self.supply.traffic.in_flight)
        return [one for one in found if one.is_steady]

    async def kill(self, name: str, where: str, budget: int) -> bool:
        """False when no work came there for a while, although up to `budget` more things were said meanwhile."""
        kind = MAIL if PARTS.get(where) == "mail fetch" else SENT if where in PARTS else ANY
        saying = asyncio.create_task(self.supply.trickle(budget, kind))
        try:
            victim = await (self._anywhere(name) if where == ANYWHERE else self._at(name, where))
        finally:
            saying.cancel()
            await asyncio.wait({saying})
        if not victim:
            self.missed[name] += 1
            left = {**await self.house.database.read(ledger.left), "to say": self.supply.left}
            print(f"nothing of {name} at {where}, {left}", file=sys.stderr, flush=True)
            return False
        self.done[victim, where] += 1
        print(f"killed {victim} at {where}", file=sys.stderr, flush=True)
        return True

    async def _anywhere(self, name: str) -> str:
        """SIGKILL at the first moment at which such a process has work in hand; its name, or nothing."""
        every: list[Victim] = []
        known = -KNOWN_FOR
        async for _ in self._tries(0.01):
            if time.monotonic() - known > KNOWN_FOR:
                every, known = alive(self.running), time.monotonic()
            able = [one for one in await self.busy(every) if one.name == name]
            if able:
                victim = self.dice.choice(able)
                with suppress(psutil.NoSuchProcess):  # it died by itself a moment ago
                    if victim.process.status() == psutil.STATUS_ZOMBIE:
                        continue
                    victim.process.kill()
                    self.parts[await self._doing(victim)] += 1
                    return name
        return ""

    async def _tries(self, pause: float) -> AsyncIterator[None]:
        """Once every `pause` seconds for as long as work may still come by."""
        start = looked = time.monotonic()
        deadline = start + PATIENCE
        while looked < deadline:
            yield
            await asyncio.sleep(pause)
            if (now := time.monotonic()) - looked >= GLANCE or now >= deadline:
                looked = now
                if await self._is_under_way():
                    deadline = min(start + LONGEST, now + PATIENCE)

    async def _is_under_way(self) -> bool:
        """Whether anything that was said has not come to its end."""
        left = await self.house.database.read(ledger.left)
        return bool(self.supply.traffic.in_flight or left["turns"] or left["sends"])

    async def _doing(self, victim: Victim) -> str:
        """What the dead left in the ledger: a worker may have been thinking, or sending alone."""
        if victim.name != "work":
            return victim.name
        thinking, sending = await self.house.database.read(ledger.in_flight)
        is_sending = sending.get(victim.worker) and not thinking.get(victim.worker)
        return "delivery" if is_sending else "thinking"

    async def _at(self, name: str, point: str) -> str:
        """The process ends itself when its work comes by. Which one it was: both `web` and `work` accept."""
        names = {one.process.pid: one.name for one in alive(self.running)}
        armed = self.faults / point
        armed.touch()
        async for _ in self._tries(0.02):
            if not armed.exists():
                break
        armed.unlink(missing_ok=True)
        victim = ""
        for file in self.faults.glob(f"{point}.*.died"):
            victim = names.get(int(file.name.split(".")[-2]), name)
            file.unlink()
        if victim:
            self.parts[_part(victim, point)] += 1
        return victim

    async def freeze(self, name: str) -> None:
        """Stops a process for a moment, as a busy machine does."""
        able = [one for one in alive(self.running) if one.name == name]
        if not able:
            return
        with suppress(psutil.NoSuchProcess):
            process = self.dice.choice(able).process
            process.suspend()
            await asyncio.sleep(FROZEN)
            process.resume()
            self.frozen[name] += 1

    def report(self) -> dict[str, dict[str, int]]:
        """Kills by process and point."""
        found: dict[str, dict[str, int]] = {name: {} for name in SHARES}
        for (name, where), count in sorted(self.done.items()):
            found[name][where] = count
        return found


def _part(name: str, point: str) -> str:
    """The part of the product that died with this process: `work` does several things."""
    if name != "work":
        return name
    return "mail fetch" if point == "accept.written" else PARTS.get(point, "thinking")
