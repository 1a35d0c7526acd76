"""The duty that keeps the search index true: one worker follows the log, a moment behind it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.duty import Duty, in_rounds
from bot.house import House
from store.duties import Held
from store.indexing import BATCH, erased, forget_erased, index_next

LEASE = timedelta(seconds=60)
EVERY = 1.0


async def keep_indexing(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Holds the `search` duty whenever nobody else does, until `stopping`. Who was erased is gone from the index
    in the next round."""
    run = house.database.run
    forgotten: int | None = None

    async def step(_: Held) -> bool:
        nonlocal forgotten
        gone = await house.database.read(erased)
        if gone != forgotten:
            await run(forget_erased, house.vault)
            forgotten = gone
        return await run(index_next, house.vault) == BATCH

    await in_rounds(Duty(house, "search", worker, LEASE), step, stopping, EVERY)
