"""Rasa hangs, then dies again and again, for minutes, while customers write: nobody waits for it, and it is used again once it is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psutil

from tests.chaos.hints import passing
from tests.chaos.ledger import Window, answered_after
from tests.chaos.pace import Phase, drive, of
from tests.chaos.patience import until
from tests.chaos.run import asked, problems, settle
from tests.chaos.stage import Stage
from tests.chaos.traffic import Traffic
from tests.chaos.victims import alive

ACKNOWLEDGED_SECONDS = 1.0
ANSWERED_SECONDS = 30.0
IS_USED_AGAIN = "Rasa was used again after it had been away"
HEALED_SECONDS = 60.0
"""A Rasa that was killed loads its model, and it may have died so often that its supervisor waits before the next try."""


async def play(
    stage: Stage, rate: float, seconds: float, base: int = 0, seed: int = 1, *, dies: bool = True
) -> dict[str, Any]:
    """`seconds` of hanging and, where it `dies`, as many of dying; `problems` names what was not kept."""
    traffic = stage.traffic(seed)
    driving = asyncio.create_task(drive(stage, traffic, Phase("rasa", rate, 10_000.0, 0.0), base))
    windows: list[Window] = []
    healed: list[float] = []
    stage.found.update({"healed": healed})
    for away in (_hanging, _dying) if dies else (_hanging,):
        async with away(stage):
            windows.append(await passing(seconds))
        healed.append(round(await until(lambda: _is_well(traffic), 240, IS_USED_AGAIN), 1))
    driving.cancel()
    await asyncio.gather(driving, return_exceptions=True)
    await traffic.until_accepted(600)
    report = await settle(stage, traffic)
    waited = await asked(stage.house, answered_after, windows)
    await traffic.close()
    acknowledged = of(sorted(traffic.acknowledged), 0.99)
    refused = {name: n for name, n in traffic.trouble.items() if " 5" in name}
    # A starved fake of a provider's keys is enough for one: on a busy machine it says nothing of what was away.
    slow: dict[str, Any] = {"refused": refused} if refused else {}
    limits = {
        "acknowledged_p99": (acknowledged, ACKNOWLEDGED_SECONDS),
        "answered": (waited.get("longest", 0.0), ANSWERED_SECONDS),
        "healed": (max(healed), HEALED_SECONDS),
    }
    return {
        "away_seconds": seconds,
        "acknowledged_p99": round(acknowledged, 3),
        "answered_meanwhile": waited,
        "healed": healed,
        **report,
        "problems": problems(report),
        "too_slow": slow | {name: it for name, (it, limit) in limits.items() if it > limit},
    }


async def _is_well(traffic: Traffic) -> bool:
    return (await traffic.parts()).get("rasa") == "ok"


@asynccontextmanager
async def _hanging(stage: Stage) -> AsyncIterator[None]:
    stopped = [one.process for one in alive(stage.running) if one.name == "rasa"]
    for process in stopped:
        process.suspend()
    try:
        yield
    finally:
        for process in stopped:
            with suppress(psutil.NoSuchProcess):
                process.resume()


@asynccontextmanager
async def _dying(stage: Stage) -> AsyncIterator[None]:
    async def again_and_again() -> None:
        while True:
            for one in alive(stage.running):
                if one.name == "rasa":
                    with suppress(psutil.NoSuchProcess):
                        one.process.kill()
            await asyncio.sleep(0.5)

    killing = asyncio.create_task(again_and_again())
    try:
        yield
    finally:
        killing.cancel()
        await asyncio.wait({killing})
