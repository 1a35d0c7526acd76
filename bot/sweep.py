"""The sweep: once a day, files that no row names go when they are two days old. Which are named is `store.named_files`."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import cycle

import structlog

from bot.duty import Duty, in_rounds
from bot.house import House
from store.duties import Held
from store.named_files import unnamed
from store.vault import VaultError

log = structlog.get_logger()

LEASE = timedelta(seconds=30)
EVERY = 24 * 3600.0
OLD = timedelta(days=2)
"""A file is written before its row, and an upload waits a day for its reply: nothing names one this old for the first time."""
PREFIXES = "0123456789abcdef"
"""Names of files begin with one of these; one after the other, so that no round is long."""


async def keep_sweeping(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Holds the `sweep` duty whenever nobody else does, and sweeps once a day, until `stopping`."""
    prefixes = cycle(PREFIXES)

    async def step(_: Held) -> bool:
        prefix = next(prefixes)
        await sweep(house, prefix)
        return prefix != PREFIXES[-1]

    await in_rounds(Duty(house, "sweep", worker, LEASE), step, stopping, EVERY)


async def sweep(house: House, prefix: str) -> int:
    """Removes the old files, among those whose names begin so, that no row names; how many. Where a row cannot be
    opened nothing is removed."""
    before, gone = house.clock() - OLD, 0
    try:
        old = await asyncio.to_thread(house.files.older, prefix, before)
        if old:
            litter = await house.database.read(unnamed, house.vault, prefix, old)
            gone = await asyncio.to_thread(house.files.remove, litter, before)
    except (VaultError, OSError, ValueError, TypeError) as problem:
        # A row of another version, a folder that is not ours to read: no worker ends of it, and nothing is lost.
        log.error("not_swept", problem=f"{type(problem).__name__}: {problem}")
    if gone:
        log.info("swept", files=gone)
    return gone
