"""`threadline trial`: what holds for long or under load, each by itself on a product of its own. Status 1 when it did not hold."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

from tests.chaos.ground import KINDS, ground

if TYPE_CHECKING:
    from tests.chaos.stage import Stage

TRIALS = ("pace", "burst", "soak", "restarts", "outage", "redis", "rasa", "streams", "short")
APART = 100_000
"""Between the customers of two trials on one product."""


def main() -> int:
    """Plays one trial; its figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=TRIALS)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--fleet", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.database == "sqlite" and (options.fleet or options.what == "outage"):
        parser.error("this needs --database postgresql")
    has_redis = options.fleet or options.what == "redis" or _may_have_redis(options.what)
    with ground(options.database, has_redis=has_redis) as found:
        from tests.chaos.stage import staged

        with staged(found, is_fleet=options.fleet) as stage:
            report = asyncio.run(play(stage, options))
    report = {"trial": options.what, "database": options.database, **report}
    print(json.dumps(report) if options.json else json.dumps(report, indent=2), flush=True)
    return 1 if report["problems"] or report["too_slow"] else 0


def _may_have_redis(what: str) -> bool:
    """The short form tries what this machine has."""
    return what == "short" and shutil.which("redis-server") is not None


async def play(stage: Stage, options: Any) -> dict[str, Any]:
    """The trial's report; where something did not come about in time, what had been found until then."""
    from tests.chaos.patience import NotInTime

    try:
        return await _played(stage, options)
    except NotInTime as reason:
        print(reason, file=sys.stderr, flush=True)
        return await stage.cut_short(reason)


async def _played(stage: Stage, options: Any) -> dict[str, Any]:
    """The trial with its own size where none is given."""
    from tests.chaos import hints, idle, outage, pace, restarts, silence, soak

    seconds, rate, count, seed = options.seconds, options.rate, options.count, options.seed
    if options.what == "pace":
        steady = pace.Phase("steady", rate or 50.0, seconds or 600.0, 1.0)
        return await pace.play(stage, [steady], seed=seed)
    if options.what == "burst":
        burst = pace.Phase("burst", rate or 200.0, seconds or 60.0, 3.0)
        return await pace.play(stage, [burst], seed=seed)
    if options.what == "soak":
        return await soak.play(stage, rate or 10.0, seconds or 1200.0, seed=seed)
    if options.what == "restarts":
        size = restarts.Restarts(count or 20, rate or 30.0, 50)
        return await restarts.play(stage, size, seed=seed)
    if options.what == "outage":
        return await outage.play(stage, rate or 20.0, seconds or 20.0, count or 5, seed=seed)
    if options.what == "redis":
        return await hints.play(stage, rate or 20.0, seconds or 20.0, count or 5, seed=seed)
    if options.what == "rasa":
        return await silence.play(stage, rate or 10.0, seconds or 600.0, seed=seed)
    if options.what == "short":
        return await short(stage)
    return await idle.play(stage, count or 10_000, seed=seed)


async def short(stage: Stage) -> dict[str, Any]:
    """A little of each, one after the other on one product."""
    from tests.chaos import hints, idle, outage, pace, restarts, silence, soak

    found: dict[str, Any] = {}
    stage.found["done"] = found
    steady = pace.Phase("steady", 10.0, 4.0, 1.0)
    found["pace"] = await pace.play(stage, [steady])
    found["soak"] = await soak.play(stage, 5.0, 6.0, base=APART)
    few = restarts.Restarts(2, 5.0, 10)
    found["restarts"] = await restarts.play(stage, few, base=2 * APART)
    found["streams"] = await idle.play(stage, 300, base=3 * APART)
    found["rasa"] = await silence.play(stage, 5.0, 6.0, base=6 * APART, dies=False)
    if stage.ground.server is not None:
        found["outage"] = await outage.play(stage, 5.0, 2.0, 1, base=4 * APART)
    if stage.ground.redis is not None:
        found["redis"] = await hints.play(stage, 5.0, 2.0, 1, base=5 * APART)
    together: dict[str, Any] = {}
    for kind in ("problems", "too_slow"):
        together[kind] = {name: one[kind] for name, one in found.items() if one[kind]}
    return {**found, **together}


if __name__ == "__main__":
    raise SystemExit(main())
