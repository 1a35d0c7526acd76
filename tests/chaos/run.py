"""One chaos run over a started product. Django must have been set up for its state; the command is `__main__`."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from django.db.utils import DatabaseError

from bot.house import House
from tests.chaos import ledger
from tests.chaos.ground import Ground
from tests.chaos.kills import Kills
from tests.chaos.patience import NotInTime
from tests.chaos.stage import Stage, staged
from tests.chaos.supply import Supply
from tests.chaos.traffic import Traffic
from tests.chaos.whims import Whims

P = ParamSpec("P")
R = TypeVar("R")
EACH = 5
"""Messages of one conversation."""
MIXED = 200
"""Among so many messages those of one customer are spread."""
SPARE = 4
"""Shares kept back for kills that found no work and are tried again."""
LONGEST = 3 * 3600.0
BACK_SECONDS = 240.0
"""After so long without any process that could be killed the product does not come back."""
LOOKS_EVERY = 5.0
COURSE = 60
"""Seconds between two looks at what a drain waits for, and so many of them are told."""
MUST_BE_ZERO = ("lost", "duplicates", "inversions", "stuck")


def run(options: Any, ground: Ground) -> dict[str, Any]:
    """Starts the product, drives, kills, stops; the report, also where the run had to be given up."""
    with staged(ground, is_fleet=options.fleet, may_die=True) as stage:
        return asyncio.run(_to_its_end(stage, options))


async def _to_its_end(stage: Stage, options: Any) -> dict[str, Any]:
    try:
        return await chaos(stage, options)
    except NotInTime as reason:
        print(reason, file=sys.stderr, flush=True)
        return {"database": options.database, "seed": options.seed, **await stage.cut_short(reason)}


def _order(messages: int, dice: random.Random) -> list[int]:
    """Who speaks when: each customer `EACH` times, mixed with those who come shortly before and after. Were all of them
    there from the beginning, most would be with people by the end, and nothing left for the bot to be killed under."""
    customers = max(1, messages // EACH)
    order = [number % customers for number in range(messages)]
    return sorted(order, key=lambda customer: customer * EACH + dice.random() * MIXED)


async def chaos(stage: Stage, options: Any) -> dict[str, Any]:
    """Messages, kills and freezes in a random order, then the drain and the reconciliation."""
    start = time.monotonic()
    dice, traffic = random.Random(options.seed), stage.traffic(options.seed)
    supply = Supply(traffic, stage.sides, _order(options.messages, dice))
    kills = Kills(stage.running, stage.house, supply, stage.faults, dice)
    whims = Whims(stage.ground.redis, options.seed)
    plan = kills.plan(options.kills)
    # Looked at where the run ends early.
    stage.found.update({"killed_by_part": kills.parts, "no_work_to_kill_under": kills.missed})
    while plan and supply.left and time.monotonic() - start < LONGEST:
        entry = await _next(plan, kills)
        # Each has an equal share of what is left, so that the last one finds work as the first did.
        budget = max(1, supply.left // (len(plan) + 1 + SPARE))
        whims.strike()
        if not await kills.kill(*entry, budget):
            plan.append(entry)
        elif kills.dice.random() < 0.1:
            await kills.freeze(kills.dice.choice(("web", "work")))
    supply.give(supply.left)
    await whims.end()
    await traffic.until_accepted(600)
    report = await settle(stage, traffic)
    await traffic.close()
    return {
        "database": options.database,
        "seed": options.seed,
        "messages": options.messages,
        "fleet": options.fleet,
        **report,
        "seconds": round(time.monotonic() - start, 1),
        "kills": kills.report(),
        "kills_by_part": dict(kills.parts),
        "frozen": dict(kills.frozen),
        "redis": dict(whims.done),
        "no_work_to_kill_under": dict(kills.missed),
        "given_up_by_the_provider": dict(traffic.given_up),
        "brought_again": traffic.brought_again,
        "client_retries": dict(traffic.trouble),
        "refused_because": dict(traffic.refused_because),
    }


async def _next(plan: list[tuple[str, str]], kills: Kills) -> tuple[str, str]:
    """The first kill of the plan whose process is up, one with work in hand before others; taken out of the plan."""
    deadline = time.monotonic() + BACK_SECONDS
    while time.monotonic() < deadline:
        ready = kills.ready(await kills.supply.traffic.parts())
        able = [entry for entry in plan if entry[0] in ready]
        if able:
            busy = {one.name for one in await kills.busy()}
            chosen = next((entry for entry in able if entry[0] in busy), able[0])
            plan.remove(chosen)
            return chosen
        await asyncio.sleep(0.1)
    names = ", ".join(sorted({name for name, _ in plan}))
    raise NotInTime(
        f"Not within {BACK_SECONDS:.0f} s: any of {names} was ready to be killed again."
    )


async def settle(stage: Stage, traffic: Traffic, patience: float = 240) -> dict[str, Any]:
    """Waits until nothing is left to do, `patience` seconds at most, then holds the ledger against what was accepted."""
    house = stage.house
    start = time.monotonic()
    left: dict[str, int] = {}
    course: list[dict[str, Any]] = []
    stored, drained = ledger.Stored(house), 0.0
    while time.monotonic() - start < patience:
        if time.monotonic() - start >= LOOKS_EVERY * len(course):
            seen = {"after": round(time.monotonic() - start, 1), **await asked(house, ledger.waits)}
            print(f"draining: {seen}", file=sys.stderr, flush=True)
            course.append(seen)
        drained = round(time.monotonic() - start, 1)
        left = await asked(house, ledger.left)
        is_done = not left["turns"] and not left["sends"]
        is_done &= left["messages"] >= len(traffic.accepted)
        # The last mails may still lie in the mailbox; the count alone would not tell, for what was stored
        # without ever being acknowledged is in it too.
        if is_done and not await asked(house, stored.missing, traffic.accepted):
            break
        await asyncio.sleep(0.5)
    print(f"left after the drain: {left}", file=sys.stderr, flush=True)
    report = await asked(house, ledger.reconcile, house, traffic.accepted, stage.sides)
    return {**report, "drain_seconds": drained, "drain_course": course[:COURSE]}


async def asked(house: House, query: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What the database says; after an outage each of our own connections notices once that the server is another."""
    for _ in range(8):
        with suppress(DatabaseError):
            return await house.database.read(query, *args, **kwargs)
    return await house.database.read(query, *args, **kwargs)


def problems(report: dict[str, Any]) -> dict[str, Any]:
    """What must be zero and is not."""
    return {name: report[name] for name in MUST_BE_ZERO if report[name]}
