"""Redis dies, freezes and comes back while customers write: it carries hints alone, so answers come a little later and nothing else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from tests.chaos.ledger import Window, answered_after
from tests.chaos.pace import Phase, drive
from tests.chaos.patience import until
from tests.chaos.run import asked, problems, settle
from tests.chaos.stage import Stage
from tests.chaos.traffic import Traffic

NOTICED_SECONDS = 15.0
"""Whoever listens asks after five quiet seconds and waits one for the answer; `/health` looks every two."""
HEALED_SECONDS = 15.0
"""Each process tries again after five seconds at most."""


async def play(
    stage: Stage, rate: float, seconds: float, times: int, base: int = 0, seed: int = 1
) -> dict[str, Any]:
    """`times` deaths and as many freezes of `seconds` each; `problems` names what was not kept."""
    redis = stage.ground.redis
    assert redis is not None, "this needs a Redis"
    traffic = stage.traffic(seed)
    driving = asyncio.create_task(drive(stage, traffic, Phase("redis", rate, 10_000.0, 0.0), base))
    found: dict[str, list[float]] = {"noticed": [], "healed": []}
    stage.found.update(found)
    windows: dict[str, list[Window]] = {"with": [], "without": []}
    for _ in range(times):
        for away, back in ((redis.kill, redis.start), (redis.freeze, redis.thaw)):
            windows["with"].append(await passing(3 + seconds))
            await asyncio.to_thread(away)
            found["noticed"].append(await _until(traffic, is_ok=False))
            windows["without"].append(await passing(seconds))
            await asyncio.to_thread(back)
            found["healed"].append(await _until(traffic, is_ok=True))
    driving.cancel()
    await asyncio.gather(driving, return_exceptions=True)
    await traffic.until_accepted(600)
    report = await settle(stage, traffic)
    waited = {
        name: await asked(stage.house, answered_after, them) for name, them in windows.items()
    }
    await traffic.close()
    refused = {name: n for name, n in traffic.trouble.items() if " 5" in name}
    # A starved fake of a provider's keys is enough for one: on a busy machine it says nothing of what was away.
    slow: dict[str, Any] = {"refused": refused} if refused else {}
    limits = {"noticed": NOTICED_SECONDS, "healed": HEALED_SECONDS}
    slow |= {what: found[what] for what, limit in limits.items() if max(found[what]) > limit}
    return {
        "outages": times * 2,
        "outage_seconds": seconds,
        **found,
        "answered_after_seconds": waited,
        **report,
        "problems": problems(report),
        "too_slow": slow,
    }


async def passing(seconds: float) -> Window:
    """Waits; from when to when that was."""
    began = datetime.now(UTC)
    await asyncio.sleep(seconds)
    return began, datetime.now(UTC)


async def _until(traffic: Traffic, *, is_ok: bool) -> float:
    """Seconds until `/health` says so of Redis; nothing else may be down for it."""

    async def says_so() -> bool:
        return ((await traffic.parts()).get("redis") == "ok") is is_ok

    what = f"/health called redis {'ok' if is_ok else 'anything but ok'}"
    return round(await until(says_so, 60, what), 1)
