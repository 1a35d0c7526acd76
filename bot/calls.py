"""Calling outgoing webhooks: one process fans events out under a duty, any worker makes the calls, each signed and on its own schedule."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta

import structlog
from django.db.utils import DatabaseError, InterfaceError
from pydantic import SecretStr

from bot.duty import Duty
from bot.house import House
from channels.outside import Outside
from channels.webhook_settings import key_of
from channels.webhook_signature import ID, SIGNATURE, TIME, signatures
from core.errors import Failed, Rejected
from store.audit import record
from store.faults import reached
from store.hooks import JOB, Due, Tried, called, due_call, fan_out, forget_calls
from store.jobs import Taken, job_done, take_jobs

log = structlog.get_logger()

LEASE = timedelta(seconds=30)
JOB_LEASE = timedelta(seconds=60)
AT_ONCE = 16
EVERY = 1.0
FORGET_EVERY = timedelta(hours=1)
"""By the clock, and once as soon as the duty is ours: a process need not live for so long."""
SECONDS = 10.0
"""How long the other side's answer is waited for; well below the lease of a job."""


async def keep_calling(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Fans out while it holds the duty, and makes the calls that are due, until `stopping`."""
    outside = Outside(house.settings.web.inside_hosts)
    caller = _Caller(house, worker, outside)
    try:
        while not stopping.is_set():
            try:
                if await caller.step():
                    continue
            except (DatabaseError, InterfaceError) as problem:
                log.warning("calling_interrupted", problem=type(problem).__name__)
            # By the clock alone: a look at each ring would cost every message of every customer.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await stopping.wait()
    finally:
        await caller.duty.leave()
        await outside.close()


class _Caller:
    """The duty in our hands, if it is, and the one client."""

    def __init__(self, house: House, worker: str, outside: Outside) -> None:
        self._house = house
        self._worker = worker
        self._outside = outside
        self.duty = Duty(house, "webhooks", worker, LEASE)
        self._forgot_at: datetime | None = None

    async def step(self) -> bool:
        """True when there may be more at once."""
        events = 0
        if await self.duty.held() is not None:
            events = await self._house.database.run(fan_out, self._house.clock())
            await self._forget()
        made = await call_some(self._house, self._worker, self._outside)
        return bool(events or made)

    async def _forget(self) -> None:
        now = self._house.clock()
        if self._forgot_at is None or now - self._forgot_at >= FORGET_EVERY:
            self._forgot_at = now
            await self._house.database.run(forget_calls, now)


async def call_some(house: House, worker: str, outside: Outside) -> int:
    """Makes the calls that are due, side by side: one slow address holds up nobody else's. Returns how many."""
    jobs = await house.database.run(_taken, worker, house.clock())
    await asyncio.gather(*(_make(house, outside, job) for job in jobs))
    return len(jobs)


def _taken(worker: str, now: datetime) -> list[Taken]:
    return take_jobs(worker, JOB_LEASE, AT_ONCE, now, only=JOB)


async def _make(house: House, outside: Outside, job: Taken) -> None:
    number, attempt = int(job.payload["call"]), int(job.payload["attempt"])
    due = await house.database.run(due_call, house.vault, number, attempt, house.clock())
    if due is not None:
        tried = await _attempt(house, outside, due)
        await house.database.run(_keep_call, house, due, tried)
    await house.database.run(job_done, job)


async def _attempt(house: House, outside: Outside, due: Due) -> Tried:
    started = asyncio.get_running_loop().time()
    status, problem = None, ""
    try:
        status = await outside.post(due.url, _headers(house, due), due.body, SECONDS)
        reached("called")
        problem = "" if 200 <= status < 300 else f"status {status}"
    except (Failed, Rejected) as failure:
        problem = str(failure)
    took = asyncio.get_running_loop().time() - started
    return Tried(status, problem, round(took * 1000))


def _headers(house: House, due: Due) -> dict[str, str]:
    seconds = int(house.clock().timestamp())
    keys = [key_of(SecretStr(secret)) for secret in due.secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Threadline-Webhooks/1",
        ID: due.name,
        TIME: str(seconds),
        SIGNATURE: signatures(keys, due.name, seconds, due.body),
    }


def _keep_call(house: House, due: Due, tried: Tried) -> None:
    """Keeps what became of it; that an address was given up is privileged news and leaves an audit entry."""
    if not called(due, tried, house.clock()):
        return
    log.error("webhook_given_up", webhook=str(due.hook), problem=tried.problem)
    record(
        house.vault,
        at=house.clock(),
        actor="system",
        action="webhook.give_up",
        subject=f"webhook:{due.hook}",
        details={"problem": tried.problem},
    )
