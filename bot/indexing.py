"""The duty that keeps the search index true: one worker follows the log, a moment behind it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from bot.duty import Duty, in_rounds
from bot.house import House
from store.duties import Held
from store.indexing import BATCH, forget_erased, index_next

LEASE = timedelta(seconds=60)
EVERY = 1.0
SWEEP_EVERY = timedelta(minutes=5)
"""Between two looks for customers whose data was erased."""


async def keep_indexing(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Holds the `search` duty whenever nobody else does, until `stopping`."""
    run = house.database.run
    swept_at: datetime | None = None

    async def step(_: Held) -> bool:
        nonlocal swept_at
        if swept_at is None or house.clock() - swept_at >= SWEEP_EVERY:
            swept_at = house.clock()
            await run(forget_erased)
        return await run(index_next, house.vault) == BATCH

    await in_rounds(Duty(house, "search", worker, LEASE), step, stopping, EVERY)
