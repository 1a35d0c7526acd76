"""The duty that keeps the search index true: one worker follows the log, a moment behind it."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import structlog
from django.db.utils import DatabaseError, InterfaceError

from bot.house import House
from store.duties import Held, give_back, keep, take
from store.indexing import BATCH, forget_erased, index_next

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
EVERY = 1.0
KEEP_EVERY = 15
SWEEP_EVERY = 300
"""Rounds between two looks for customers whose data was erased."""


async def keep_indexing(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Holds the `search` duty whenever nobody else does, until `stopping`."""
    held: Held | None = None
    run = house.database.run
    rounds = 0
    while not stopping.is_set():
        is_more = False
        try:
            if held is not None and rounds % KEEP_EVERY == 0 and not await run(keep, held, LEASE):
                held = None
            if held is None:
                held = await run(take, "search", worker, LEASE)
            if held is not None:
                is_more = await run(index_next, house.vault) == BATCH
                if rounds % SWEEP_EVERY == 0:
                    await run(forget_erased)
        except (DatabaseError, InterfaceError) as problem:
            log.warning("indexing_failed", problem=type(problem).__name__)
        rounds += 1
        if not is_more:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), EVERY)
    if held is not None:
        with contextlib.suppress(DatabaseError, InterfaceError):
            await run(give_back, held)
