"""The worker process: claims conversations and thinks, delivers, holds mailboxes, watches clocks, runs jobs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from django.db.utils import DatabaseError, InterfaceError

from bot.boards import keep_boards
from bot.calls import keep_calling
from bot.converse import Speaker
from bot.deliver import Deliveries
from bot.dialogue import Dialogue
from bot.fetch import keep_fetching
from bot.figures import keep_counting
from bot.house import House
from bot.indexing import keep_indexing
from bot.jobs import run_some
from bot.learning import keep_learning
from bot.lessons import keep_collecting
from bot.offers import keep_offering
from bot.renewing import keep_renewing
from bot.sweep import keep_sweeping
from bot.watch import keep_watching
from store.claims import Claimed
from store.turns import anything_waits, claim, postpone

log = structlog.get_logger()

DELIVERIES = 16
JOBS_EVERY = 2.0
GIVES_BACK_AFTER = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each try to give a conversation back: a database that was restarted is there again within them, and a
customer does not wait for the end of a lease."""


def worker_name() -> str:
    """Names this process among all that share the database, also after a restart with the same pid."""
    return f"{os.uname().nodename[:30]}-{os.getpid()}-{secrets.token_hex(4)}"


class Worker:
    """All loops of one `work` process."""

    def __init__(self, house: House, dialogue: Dialogue, name: str) -> None:
        self._house = house
        self._speaker = Speaker(house, dialogue)
        self._name = name
        self._stopping = asyncio.Event()
        self._bells = {"turns": asyncio.Event(), "outbox": asyncio.Event(), "jobs": asyncio.Event()}

    async def run(self) -> None:
        """Works until SIGTERM or SIGINT, then finishes what is begun."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        stops = [
            self._house.doorbell.listen(name, self._bells[name].set) for name in ("turns", "outbox")
        ]
        loops = [
            asyncio.create_task(self._converse()),
            asyncio.create_task(self._deliver()),
            asyncio.create_task(self._run_jobs()),
            asyncio.create_task(keep_fetching(self._house, self._name, self._stopping)),
            asyncio.create_task(keep_watching(self._house, self._name, self._stopping)),
            asyncio.create_task(keep_indexing(self._house, self._name, self._stopping)),
            asyncio.create_task(keep_calling(self._house, self._name, self._stopping)),
            asyncio.create_task(keep_offering(self._house, self._name, self._stopping)),
            asyncio.create_task(keep_counting(self._house, self._name, self._stopping)),
            asyncio.create_task(keep_learning(self._house, self._name, self._stopping)),
            asyncio.create_task(keep_collecting(self._house, self._name, self._stopping)),
            asyncio.create_task(keep_boards(self._house, self._name, self._stopping)),
            asyncio.create_task(keep_renewing(self._house, self._name, self._stopping)),
            asyncio.create_task(keep_sweeping(self._house, self._name, self._stopping)),
        ]
        log.info("worker_started", worker=self._name)
        try:
            await asyncio.gather(*loops)
        finally:
            for stop in stops:
                stop()
            log.info("worker_stopped", worker=self._name)

    def stop(self) -> None:
        """Lets every loop end after what it is doing."""
        self._stopping.set()
        for bell in self._bells.values():
            bell.set()

    async def _converse(self) -> None:
        limit = self._house.settings.work.conversations
        lease = timedelta(seconds=self._house.settings.work.lease_seconds)
        running: set[asyncio.Task[None]] = set()

        async def claim_more(is_rung: bool) -> bool:
            room = limit - len(running)
            if room <= 0:
                return False
            # Who rang has something; without a ring a look is cheaper than a write lock.
            if not is_rung and not await self._house.database.read(
                anything_waits, self._house.clock()
            ):
                return False
            claimed = await self._house.database.run(
                claim, self._house.vault, self._name, lease, room, self._house.clock()
            )
            for item in claimed:
                task = asyncio.create_task(self._one_turn(item))
                running.add(task)
                task.add_done_callback(end)
            return len(claimed) == room

        def end(task: asyncio.Task[None]) -> None:
            if len(running) == limit:
                self._bells["turns"].set()  # what found no room may have it now
            running.discard(task)

        await self._loop("turns", claim_more)
        if running:
            await asyncio.wait(running, timeout=lease.total_seconds())

    async def _one_turn(self, claimed: Claimed) -> None:
        try:
            await self._speaker.converse(claimed)
        except (DatabaseError, InterfaceError) as problem:
            # Two that waited for each other's rows, of which the database chose this one; or a connection that was lost.
            log.warning("turn_not_stored", problem=type(problem).__name__)
            await self._give_back(claimed)
        except (
            Exception
        ):  # a border: whatever a turn died of, it is tried again and then given to a person
            log.exception("turn_failed", conversation=str(claimed.conversation))
            await self._give_back(claimed)

    async def _give_back(self, claimed: Claimed) -> None:
        """The turn is done again soon. Where the database stays away the claim's lease ends by itself."""
        for pause in GIVES_BACK_AFTER:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
            with contextlib.suppress(DatabaseError, InterfaceError):
                later = self._house.clock() + timedelta(seconds=claimed.attempts)
                await self._house.database.run(postpone, claimed.conversation, claimed.claim, later)
                return

    async def _deliver(self) -> None:
        wake = self._bells["outbox"].set
        deliveries = Deliveries(self._house, self._name, DELIVERIES, wake)

        async def deliver_more(_: bool) -> bool:
            return bool(await deliveries.begin())

        await self._loop("outbox", deliver_more)
        await deliveries.finish()

    async def _run_jobs(self) -> None:
        async def run_more(_: bool) -> bool:
            return bool(await run_some(self._speaker, self._name))

        await self._loop("jobs", run_more, JOBS_EVERY)

    async def _loop(
        self, bell: str, step: Callable[[bool], Awaitable[bool]], pause: float | None = None
    ) -> None:
        """Repeats `step` while there may be more, then sleeps until the bell rings or the poll is due.

        `step` is told whether somebody has rung.
        """
        pause = pause or self._house.settings.work.poll_seconds
        while not self._stopping.is_set():
            is_rung = self._bells[bell].is_set()
            self._bells[bell].clear()
            try:
                if await step(is_rung):
                    continue
            except (DatabaseError, InterfaceError) as problem:
                log.warning("database_away", loop=bell, problem=type(problem).__name__)
                await asyncio.sleep(pause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._bells[bell].wait()
