"""Acknowledgements under a load that does not wait for us: so many messages a second whatever happens, then a burst.

The generator and the fakes of the providers run on the same machine; how far they fell behind is told.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from tests.chaos.run import problems, settle
from tests.chaos.stage import Stage
from tests.chaos.traffic import Traffic

MIX = ("slack", "slack", "sms", "teams", "webchat")
"""Forty, twenty, twenty, twenty in a hundred."""
WINDOW = 200
"""Customers who speak at the same time, each of them five times."""
EACH = 5
BACKLOG_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Phase:
    """`seconds` of `rate` messages a second; the acknowledgement's 99th percentile must stay under `limit` seconds."""

    name: str
    rate: float
    seconds: float
    limit: float


async def drive(stage: Stage, traffic: Traffic, phase: Phase, base: int) -> float:
    """Releases the phase's messages on time, from customer number `base` on; how many seconds it fell behind at most."""
    start, behind = time.monotonic(), 0.0
    for number in range(round(phase.rate * phase.seconds)):
        due = start + number / phase.rate
        pause = due - time.monotonic()
        behind = max(behind, -pause)
        await asyncio.sleep(max(0.0, pause))
        customer = base + number // (WINDOW * EACH) * WINDOW + number % WINDOW
        traffic.release(customer, stage.side(MIX[customer % len(MIX)]))
    return behind


async def play(stage: Stage, phases: list[Phase], base: int = 0, seed: int = 1) -> dict[str, Any]:
    """All phases, then the drain. `problems` names what was not kept, `too_slow` what was not in time."""
    traffic = stage.traffic(seed)
    found: dict[str, Any] = {}
    slow: dict[str, Any] = {}
    for phase in phases:
        before, had = len(traffic.acknowledged), traffic.trouble.copy()
        behind = await drive(stage, traffic, phase, base)
        base += round(phase.rate * phase.seconds) // EACH + WINDOW
        acknowledged = sorted(traffic.acknowledged[before:])
        # Where nobody was acknowledged in all that time, it took longer than that.
        took = acknowledged or [phase.seconds]
        one = {
            "messages": round(phase.rate * phase.seconds),
            "acknowledged": len(acknowledged),
            **{f"p{share}": round(of(took, share / 100), 3) for share in (50, 95, 99)},
            "longest": round(took[-1], 3),
            "errors": dict(traffic.trouble - had),
            "generator_behind": round(behind, 2),
        }
        found[phase.name] = one
        if one["p99"] > phase.limit:
            slow[f"{phase.name}_p99"] = one["p99"]
        if one["errors"]:
            # A provider whose patience ended is late, and a starved fake of a provider's keys is enough for a
            # refusal: on a busy machine neither says anything of us.
            slow[f"{phase.name}_errors"] = one["errors"]
    await traffic.until_accepted(600)
    report = await settle(stage, traffic, BACKLOG_SECONDS * 2)
    await traffic.close()
    if report["drain_seconds"] > BACKLOG_SECONDS:
        slow["drain_seconds"] = report["drain_seconds"]
    because = dict(traffic.refused_because)
    return {
        **found,
        "refused_because": because,
        **report,
        "problems": problems(report),
        "too_slow": slow,
    }


def of(ordered: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
