"""A steady load for a long time: memory, descriptors and connections of every process must stay level."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Any

import psutil

from tests.chaos.pace import Phase, drive, of
from tests.chaos.run import problems, settle
from tests.chaos.stage import Stage
from tests.chaos.victims import alive

SAMPLES = 60
GROWTH = {"rss_mb": 1.10, "descriptors": 1.10, "threads": 1.05}
"""The last quarter may have so much of the second one's; the first is warming up."""
ROOM = {"rss_mb": 8.0, "descriptors": 12.0, "threads": 4.0}
"""And so much more than that, for what comes and goes."""


async def play(
    stage: Stage, rate: float, seconds: float, base: int = 0, seed: int = 1
) -> dict[str, Any]:
    """The load, then the drain; `problems` names what grew."""
    traffic = stage.traffic(seed)
    driving = asyncio.create_task(drive(stage, traffic, Phase("soak", rate, seconds, 0.0), base))
    samples: dict[str, list[dict[str, float]]] = defaultdict(list)
    start = time.monotonic()
    while not driving.done():
        for name, sample in _look(stage).items():
            samples[name].append(sample)
        await asyncio.sleep(seconds / SAMPLES)
    behind = await driving
    hours = (time.monotonic() - start) / 3600
    await traffic.until_accepted(600)
    report = await settle(stage, traffic)
    await traffic.close()
    acknowledged = traffic.acknowledged
    quarter = max(1, len(acknowledged) // 4)
    found = {name: _course(seen, hours) for name, seen in samples.items()}
    return {
        "rate": rate,
        "soak_seconds": seconds,
        "generator_behind": round(behind, 2),
        "processes": found,
        "acknowledged_p99_first_and_last_quarter": [
            round(of(sorted(part), 0.99), 3)
            for part in (acknowledged[:quarter], acknowledged[-quarter:])
        ],
        **report,
        "problems": grown(found) | problems(report),
        "too_slow": {},
    }


def _look(stage: Stage) -> dict[str, dict[str, float]]:
    found = {}
    for one in alive(stage.running):
        try:
            found[one.name] = {
                "rss_mb": round(one.process.memory_info().rss / 2**20, 1),
                "descriptors": one.process.num_fds(),
                "threads": one.process.num_threads(),
            }
        except psutil.Error:
            continue
    if stage.ground.server is not None:
        server = stage.ground.server.process
        assert server is not None
        children = psutil.Process(server.pid).children()
        found["postgresql"] = {"descriptors": float(len(children))}
    return found


def _course(seen: Sequence[dict[str, float]], hours: float) -> dict[str, Any]:
    """By what was measured: medians of the second and the last quarter, and the growth in percent an hour."""
    part = max(1, len(seen) // 4)
    early, late = seen[part : 2 * part] or seen, seen[-part:]
    course: dict[str, Any] = {}
    for what in seen[0]:
        first, last = median(s[what] for s in early), median(s[what] for s in late)
        percent = (last / first - 1) * 100 / (hours * 0.625) if first else 0.0
        course[what] = {"early": first, "late": last, "percent_an_hour": round(percent, 1)}
    return course


def grown(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What is larger at the end than it may be."""
    return {
        f"{name}_{what}": [course["early"], course["late"]]
        for name, courses in found.items()
        for what, course in courses.items()
        if course["late"] > max(course["early"] * GROWTH[what], course["early"] + ROOM[what])
    }
