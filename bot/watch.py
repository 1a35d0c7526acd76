"""The watcher: breaches and delays are told once, escalation steps fire once, raw payloads go when their time is over."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from django.db import transaction

from bot.backlog import tell_of_waits
from bot.duty import Duty, in_rounds
from bot.escalation import escalate_due
from bot.house import House
from bot.metrics import BREACHED
from core.errors import ThreadlineError
from store.duties import Held
from store.notices import BATCH, read_news
from store.outbox import tell_of_delay
from store.watching import due_tickets, forget_raw, record_breach

log = structlog.get_logger()

LEASE = timedelta(seconds=15)
EVERY = 5.0


async def keep_watching(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Holds the `watch` duty whenever nobody else does, until `stopping`."""

    async def step(_: Held) -> bool:
        await house.database.run(watch_once, house)
        return False

    await in_rounds(Duty(house, "watch", worker, LEASE), step, stopping, EVERY)


def watch_once(house: House) -> None:
    """One round, in a database thread."""
    now = house.clock()
    told = 0
    for number in due_tickets(now):
        try:
            breached = record_breach(number, now)
        except (ThreadlineError, ValueError) as problem:
            # One unusable policy or calendar must not blind the watcher for all other tickets.
            log.error("clock_unreadable", ticket=number, problem=str(problem))
            continue
        for clock in breached:
            log.info("sla_breached", ticket=number, clock=clock)
            BREACHED.labels(clock).inc()
            told += 1
    told += escalate_due(house, now)
    told += tell_of_waits(house, now)
    for _ in range(10):
        with transaction.atomic():
            if read_news(now) < BATCH:
                break
    told += tell_of_delay(timedelta(minutes=house.settings.work.hold_minutes), now)
    forget_raw(now)
    if told:
        house.doorbell.ring("events")
