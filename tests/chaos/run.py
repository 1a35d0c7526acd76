"""One chaos run over a started product. Django must have been set up for its state; the command is `__main__`."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bot.bootstrap import build_house
from bot.company import default_brand, make_inbox
from bot.house import House
from store.models import Inbox
from tests.chaos import ledger
from tests.chaos.kills import Kills
from tests.chaos.providers import Side, sides
from tests.chaos.traffic import Traffic
from tests.product import free_port, product

EACH = 5
"""Messages of one conversation."""
SPARE = 4
"""Batches kept back for kills that found no work and are tried again."""
LONGEST = 3 * 3600.0
MUST_BE_ZERO = ("lost", "duplicates", "inversions", "stuck")


def run(options: Any, state: Path) -> dict[str, Any]:
    """Adds an inbox for each channel, starts the product over `state`, runs, stops; the report."""
    house = build_house()
    port = free_port()
    faults = state / "faults"
    faults.mkdir()
    answers: dict[int, Any] = {}
    every = sides(f"http://127.0.0.1:{port}", lambda call: answers.pop(id(call)))
    more = {
        "THREADLINE_WEB__PORT": str(port),
        "THREADLINE_FAULTS": str(faults),
        # Each customer of the chat has an address of their own.
        "THREADLINE_WEB__TRUSTED_PROXIES": '["127.0.0.1"]',
    }
    try:
        with ExitStack() as providers:
            for side in every:
                add_inbox(house, side, providers)
            with product(state, options.url, demo=False, **more) as running:
                traffic = Traffic(port, options.seed)
                traffic.answers = answers
                kills = Kills(running, house, traffic, faults, random.Random(options.seed))
                work = chaos(house, every, traffic, kills, options)
                return asyncio.run(work)
    finally:
        house.database.close()
        house.doorbell.close()


def add_inbox(house: House, side: Side, running: ExitStack) -> None:
    """Starts the provider and tells us of it; the website's chat is there already."""
    settings = side.settings(running)
    if settings and not Inbox.objects.filter(slug=side.channel).exists():
        make_inbox(house, default_brand(), side.channel, side.channel, side.channel, settings)


async def chaos(
    house: House, every: list[Side], traffic: Traffic, kills: Kills, options: Any
) -> dict[str, Any]:
    """Messages, kills and freezes in a random order, then the drain and the reconciliation."""
    start = time.monotonic()
    customers = max(1, options.messages // EACH)
    order = [number % customers for number in range(options.messages)]
    kills.dice.shuffle(order)

    def release(count: int) -> None:
        for _ in range(min(count, len(order))):
            customer = order.pop()
            traffic.release(customer, every[customer % len(every)])

    plan = kills.plan(options.kills)
    batch = max(1, len(order) // (len(plan) + SPARE))
    release(batch)
    while plan and time.monotonic() - start < LONGEST:
        entry = await _next(plan, kills, traffic)
        release(batch)
        if not await kills.kill(*entry) and order:
            plan.append(entry)
        elif kills.dice.random() < 0.1:
            await kills.freeze(kills.dice.choice(("web", "work")))
    release(len(order))
    await traffic.until_accepted(600)
    drained = await _drain(house, traffic)
    report = await house.database.read(ledger.reconcile, house, traffic.accepted, every)
    await traffic.close()
    return {
        "database": options.database,
        "seed": options.seed,
        "messages": options.messages,
        **report,
        "drain_seconds": drained,
        "seconds": round(time.monotonic() - start, 1),
        "kills": kills.report(),
        "frozen": dict(kills.frozen),
        "no_work_to_kill_under": dict(kills.missed),
        "given_up_by_the_provider": dict(traffic.given_up),
        "brought_again": traffic.brought_again,
        "client_retries": dict(traffic.trouble),
    }


async def _next(plan: list[tuple[str, str]], kills: Kills, traffic: Traffic) -> tuple[str, str]:
    """The first kill of the plan whose process is up and at work; taken out of the plan."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        ready = kills.ready(await traffic.parts())
        for entry in plan:
            if entry[0] in ready:
                plan.remove(entry)
                return entry
        await asyncio.sleep(0.1)
    raise RuntimeError(f"{sorted({name for name, _ in plan})} did not come back")


async def _drain(house: House, traffic: Traffic) -> float:
    """Seconds until everything accepted is stored and nothing is left to do."""
    start = time.monotonic()
    left: dict[str, int] = {}
    for _ in range(480):
        left = await house.database.read(ledger.left)
        is_done = not left["turns"] and not left["sends"]
        is_done &= left["messages"] >= len(traffic.accepted)
        # The last mails may still lie in the mailbox; the count alone would not tell, for what was stored
        # without ever being acknowledged is in it too.
        if is_done and not await house.database.read(ledger.missing, house, traffic.accepted):
            break
        await asyncio.sleep(0.5)
    print(f"left after the drain: {left}", file=sys.stderr, flush=True)
    return round(time.monotonic() - start, 1)
