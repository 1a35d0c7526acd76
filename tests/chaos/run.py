"""One chaos run over a started product. Django must have been set up for its state; the command is `__main__`."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bot.bootstrap import build_house
from bot.house import House
from tests.chaos import ledger
from tests.chaos.traffic import Traffic
from tests.e2e.mailbox import add_mail_inbox
from tests.fakes.mail import MailServers
from tests.product import Running, product

PROCESSES = ("work", "brain", "rasa", "web")
EACH = 3
"""Messages of one conversation."""
SPARE = 4
"""Batches kept back for kills that found no work and are tried again."""
LONGEST = 900.0
MUST_BE_ZERO = (
    "lost",
    "doubled_messages",
    "unhandled",
    "silent",
    "out_of_order",
    "doubled_replies",
    "spurious_turns",
    "mails_sent_twice",
    "mails_sent_but_not_taken",
    "mails_out_of_order",
)


@dataclass
class Kills:
    """How often each process was killed while it had work, and how often there was none to kill it under."""

    in_flight: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)


async def chaos(
    running: Running, house: House, mail: MailServers, messages: int, kills: int, seed: int
) -> dict[str, Any]:
    """The whole run against a started product; the report."""
    dice = random.Random(seed)
    traffic = Traffic(running.port, mail, messages // EACH, seed)
    order = [number for number in range(messages // EACH) for _ in range(EACH)]
    dice.shuffle(order)
    plan = [name for _ in range(kills) for name in dice.sample(PROCESSES, len(PROCESSES))]
    batch = max(1, len(order) // (len(plan) + SPARE))
    done = Kills()
    start = time.monotonic()
    while plan and time.monotonic() - start < LONGEST:
        name = plan.pop(0)
        await _until_ready(traffic, running, name)
        for _ in range(min(batch, len(order))):
            traffic.release(order.pop())
        if not await _kill(running, house, traffic, name, done):
            plan.append(name)
    for customer in order[::-1]:
        traffic.release(customer)
    await traffic.until_accepted(120)
    drained = await _drain(house, traffic)
    report = await house.database.read(ledger.reconcile, house, traffic.accepted, mail.sent())
    await traffic.close()
    return {
        "seed": seed,
        "accepted": len(traffic.accepted),
        "kills_with_work_in_flight": dict(done.in_flight),
        "no_work_to_kill_under": dict(done.missed),
        "drain_seconds": drained,
        "seconds": round(time.monotonic() - start, 1),
        "client_retries": dict(traffic.trouble),
        **report,
    }


async def _until_ready(traffic: Traffic, running: Running, name: str) -> None:
    """Until the process that is next can have work, and all that work needs: killing a corpse proves nothing."""
    needed = {"web": set[str](), "brain": {"brain"}}.get(name, {"brain", "rasa"})
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        parts = await traffic.parts()
        ready = {part for part, state in parts.items() if state == "ok"}
        if parts and name in _alive(running) and needed <= ready:
            return
        await asyncio.sleep(0.2)
    raise RuntimeError(f"{name} did not come back")


def _alive(running: Running) -> dict[str, psutil.Process]:
    try:
        return running.processes()
    except (psutil.Error, IndexError):
        return {}


async def _kill(running: Running, house: House, traffic: Traffic, name: str, done: Kills) -> bool:
    """SIGKILL at the first moment that the ledger (for `web`: the senders) shows work in this process.
    False when there was none for a while."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        process = _alive(running).get(name)
        work = await house.database.read(ledger.in_flight)
        busy = traffic.chat_in_flight if name == "web" else work["turns"]
        if name == "work":
            busy += work["sends"]
        if busy and process is not None and process.is_running():
            os.kill(process.pid, signal.SIGKILL)
            done.in_flight[name] += 1
            print(f"killed {name} ({busy} in flight)", file=sys.stderr, flush=True)
            return True
        await asyncio.sleep(0.005)
    done.missed[name] += 1
    return False


async def _drain(house: House, traffic: Traffic) -> float:
    """Seconds until everything accepted is stored and nothing is left to do."""
    start = time.monotonic()
    while time.monotonic() - start < 240:
        left = await house.database.read(ledger.left)
        if not left["turns"] and not left["sends"] and left["messages"] >= len(traffic.accepted):
            break
        await asyncio.sleep(0.5)
    return round(time.monotonic() - start, 1)


def run(options: argparse.Namespace, state: Path, mail: MailServers) -> dict[str, Any]:
    """Starts the product over `state`, adds the mailbox, runs, stops."""
    with product(state, options.url, demo=False) as running:
        add_mail_inbox(running, mail)
        house = build_house()
        try:
            work = chaos(running, house, mail, options.messages, options.kills, options.seed)
            return asyncio.run(work)
        finally:
            house.database.close()
            house.doorbell.close()
