"""Every process is told to stop in turn, again and again, while customers write and visitors hold their streams open."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from functools import partial
from typing import Any

import psutil

from tests.chaos.pace import Phase, drive
from tests.chaos.patience import until
from tests.chaos.run import problems, settle
from tests.chaos.stage import Stage
from tests.chaos.traffic import Traffic
from tests.chaos.victims import NAMES, Victim, alive
from tests.chaos.viewers import Viewer, client, followed, opened

BACK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Restarts:
    """How many, under how many messages a second, with how many open streams, on which of them somebody writes."""

    count: int
    rate: float
    streams: int


async def play(stage: Stage, size: Restarts, base: int = 0, seed: int = 1) -> dict[str, Any]:
    """Restarts, then the drain; `problems` names what was not kept."""
    traffic = stage.traffic(seed)
    async with client() as line, contextlib.AsyncExitStack() as open_streams:
        url = f"http://127.0.0.1:{stage.ports[-1]}"
        viewers = [await opened(line, url, number) for number in range(size.streams)]
        for viewer in viewers:
            await open_streams.enter_async_context(followed(viewer, line))
        # Nobody would notice that a process stopped which had no stream yet.
        await _until_open(viewers, [-1] * len(viewers))
        endless = Phase("restarts", size.rate, 10_000.0, 0.0)
        driving = asyncio.create_task(drive(stage, traffic, endless, base))
        speaking = asyncio.create_task(_speak(traffic, viewers))
        times: list[float] = []
        stage.found.update({"restart_seconds": times})
        for number in range(size.count):
            times.append(await _restart(stage, traffic, viewers, number))
        for task in (driving, speaking):
            task.cancel()
        await asyncio.gather(driving, speaking, return_exceptions=True)
        await traffic.until_accepted(600)
        report = await settle(stage, traffic)
        wrong = await _gaps(line, viewers)
    await traffic.close()
    away = [seconds for viewer in viewers for seconds in viewer.away]
    found = {
        "restarts": size.count,
        "streams": size.streams,
        "events_seen": sum(len(viewer.seen) for viewer in viewers),
        "stream_breaks": len(away),
        "longest_without_stream": round(max(away, default=0.0), 2),
        "longest_restart": round(max(times), 1),
        "refused": {name: n for name, n in traffic.trouble.items() if " 5" in name},
    }
    bad = {"stream_gaps": wrong} if wrong else {}
    away_most = found["longest_without_stream"]
    slow = {"longest_without_stream": away_most} if away_most > BACK_SECONDS else {}
    return {**found, **report, "problems": bad | problems(report), "too_slow": slow}


async def _restart(stage: Stage, traffic: Traffic, viewers: list[Viewer], number: int) -> float:
    """Tells the next kind of process to stop, and waits until all of them are well again, and those who watch have
    come back; seconds until all were well."""
    name = NAMES[number % len(NAMES)]
    able = [one for one in alive(stage.running) if one.name == name]
    # Of several, one after the other, as an orchestrator does it.
    victim = able[number // len(NAMES) % len(able)]
    cuts = [viewer.cuts for viewer in viewers]
    victim.process.terminate()

    async def is_back() -> bool:
        return not _is_there(victim) and await _is_well(stage, traffic)

    seconds = await until(is_back, 120, f"all was well again after {name} had been told to stop")
    if name == "web" and victim.port == stage.ports[-1]:
        await _until_open(viewers, cuts)
    return seconds


async def _until_open(viewers: list[Viewer], cuts: list[int]) -> None:
    """Waits until every stream was cut more often than that, and is open."""

    async def are_open() -> bool:
        pairs = zip(viewers, cuts, strict=True)
        return all(viewer.is_open and viewer.cuts > before for viewer, before in pairs)

    await until(are_open, 60, "every stream was cut with its web, and open again")


def _is_there(victim: Victim) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return victim.process.is_running() and victim.process.status() != psutil.STATUS_ZOMBIE
    return False


async def _is_well(stage: Stage, traffic: Traffic) -> bool:
    parts = await traffic.parts()
    names = {one.name for one in alive(stage.running) if one.is_steady}
    return names == set(NAMES) and all(parts.get(n) == "ok" for n in ("database", "brain", "rasa"))


async def _speak(traffic: Traffic, viewers: list[Viewer]) -> None:
    """Somebody writes in each of the open conversations in turn."""
    for number in range(10**6):
        viewer = viewers[number % len(viewers)]
        await traffic.say_in_chat(viewer.conversation, viewer.token, f"v{number}")
        await asyncio.sleep(1.0)


async def _gaps(line: Any, viewers: list[Viewer]) -> int:
    """What the streams skipped or told twice, held against a stream that was never broken."""
    wrong = 0
    for viewer in viewers:
        whole = Viewer(viewer.url, viewer.conversation, viewer.token)
        seen = partial(_has_seen, whole, len(viewer.seen))
        async with followed(whole, line):
            await until(seen, 30, "a stream that was never broken told what the others had")
        wrong += viewer.gaps() + len(set(whole.seen) - set(viewer.seen))
    return wrong


async def _has_seen(viewer: Viewer, count: int) -> bool:
    return len(viewer.seen) >= count
