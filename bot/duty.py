"""Holding one of the duties that exactly one process has, and working at it in rounds. What is done is the caller's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from django.db.utils import DatabaseError, InterfaceError

from bot.house import House
from core.errors import ClaimLost
from store.duties import Held, give_back, keep, take

log = structlog.get_logger()

LONGEST = timedelta(seconds=60)
"""A third of this passes between two signs of life, and `/health` misses one after three times as long: a longer lease
would be called silent while its holder is well."""


class Duty:
    """A duty that this worker has whenever nobody else does."""

    def __init__(self, house: House, name: str, worker: str, lease: timedelta) -> None:
        """`lease`: so long after this worker's last sign of life somebody else may take it; at most `LONGEST`."""
        if lease > LONGEST:
            raise ValueError(f"{name}: a lease of {lease} is longer than {LONGEST}")
        self._run = house.database.run
        self.name, self._worker, self._lease = name, worker, lease
        self.beat = lease.total_seconds() / 3
        self._held: Held | None = None
        self._asked_at: float | None = None

    async def held(self) -> Held | None:
        """The duty, None while it is somebody else's. Looked at three times a lease: each time is a write."""
        now = asyncio.get_running_loop().time()
        if self._asked_at is None or now - self._asked_at >= self.beat:
            # Whatever the database says now, or does not: what was held until here is not taken for granted.
            had, self._held, self._asked_at = self._held, None, now
            if had is not None and await self._run(keep, had, self._lease):
                self._held = had
            else:
                self._held = await self._run(take, self.name, self._worker, self._lease)
        return self._held

    def lost(self) -> None:
        """Somebody else was found to have it."""
        self._held = self._asked_at = None

    async def leave(self) -> None:
        """Gives it back, so that nobody need wait for the lease to end."""
        if self._held is not None:
            with contextlib.suppress(DatabaseError, InterfaceError):
                await self._run(give_back, self._held)


async def in_rounds(
    duty: Duty, step: Callable[[Held], Awaitable[bool]], stopping: asyncio.Event, every: float
) -> None:
    """Does `step` every so many seconds while the duty is ours, and again at once while it says that there is
    more, until `stopping`. A database that is away ends a round, not the work; so does `ClaimLost`."""
    now, due = asyncio.get_running_loop().time, 0.0
    while not stopping.is_set():
        try:
            held = await duty.held()
            if held is not None and now() >= due:
                due = now() + every
                if await step(held):
                    due = 0.0
                    continue
        except ClaimLost:
            duty.lost()
        except (DatabaseError, InterfaceError) as problem:
            log.warning("duty_interrupted", duty=duty.name, problem=type(problem).__name__)
        with contextlib.suppress(TimeoutError):
            # Signs of life come in between, however long a round may be.
            async with asyncio.timeout(min(every, duty.beat)):
                await stopping.wait()
    await duty.leave()
