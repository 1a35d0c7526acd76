"""PostgreSQL crashes or freezes while customers write: what `/health` says meanwhile, and whether all heals by itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Any

import psutil

from tests.chaos.pace import Phase, drive
from tests.chaos.patience import until
from tests.chaos.run import problems, settle
from tests.chaos.stage import Stage
from tests.chaos.traffic import Traffic
from tests.chaos.victims import alive
from tests.fakes.postgresql import Server

HEALED_SECONDS = 15.0
NOTICED_SECONDS = 15.0
"""`/health` looks every two seconds and gives the database five to answer."""


async def play(
    stage: Stage, rate: float, seconds: float, times: int, base: int = 0, seed: int = 1
) -> dict[str, Any]:
    """`times` crashes and as many freezes of `seconds` each; `problems` names what was not kept."""
    server = stage.ground.server
    assert server is not None, "SQLite is a file of ours"
    traffic = stage.traffic(seed)
    driving = asyncio.create_task(drive(stage, traffic, Phase("outage", rate, 10_000.0, 0.0), base))
    before = {one.process.pid for one in alive(stage.running)}
    found: dict[str, list[float]] = {"noticed": [], "healed": []}
    stage.found.update(found)
    for _ in range(times):
        for away, back in ((_crash, _start), (_freeze, _thaw)):
            await asyncio.sleep(3)
            await away(server)
            found["noticed"].append(await _until(traffic, "database", is_ok=False))
            await asyncio.sleep(seconds)
            await back(server)
            found["healed"].append(await _until(traffic, "database", is_ok=True))
    await asyncio.sleep(3)
    driving.cancel()
    await asyncio.gather(driving, return_exceptions=True)
    await traffic.until_accepted(600)
    report = await settle(stage, traffic)
    await traffic.close()
    restarted = len(before - {one.process.pid for one in alive(stage.running)})
    bad: dict[str, Any] = {"processes_restarted": restarted} if restarted else {}
    limits = {"noticed": NOTICED_SECONDS, "healed": HEALED_SECONDS}
    slow = {what: found[what] for what, limit in limits.items() if max(found[what]) > limit}
    return {
        "outages": times * 2,
        "outage_seconds": seconds,
        **found,
        "refused_meanwhile": dict(traffic.trouble),
        "given_up_by_the_provider": dict(traffic.given_up),
        **report,
        "problems": bad | problems(report),
        "too_slow": slow,
    }


async def _until(traffic: Traffic, part: str, *, is_ok: bool) -> float:
    """Seconds until `/health` says so."""

    async def says_so() -> bool:
        return ((await traffic.parts()).get(part) == "ok") is is_ok

    what = f"/health called {part} {'ok' if is_ok else 'anything but ok'}"
    return round(await until(says_so, 60, what), 1)


async def _crash(server: Server) -> None:
    await asyncio.to_thread(server.stop, signal.SIGQUIT)


async def _start(server: Server) -> None:
    await asyncio.to_thread(server.start)


async def _freeze(server: Server) -> None:
    _signal_all(server, psutil.Process.suspend)


async def _thaw(server: Server) -> None:
    _signal_all(server, psutil.Process.resume)


def _signal_all(server: Server, what: Callable[[psutil.Process], None]) -> None:
    """The server and every process that serves a connection."""
    assert server.process is not None
    first = psutil.Process(server.process.pid)
    for process in (first, *first.children(recursive=True)):
        what(process)
