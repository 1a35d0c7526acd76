"""What people do about gaps: look again, publish, ask again, put aside; and the jobs of learning, each in a process of its own.

The web and work processes load no model: they only ask for `threadline learn ...`, which `bot.gaps` and `bot.teach` carry out.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import Coroutine
from datetime import timedelta
from os import SEEK_END
from tempfile import TemporaryFile
from typing import IO
from uuid import UUID

import structlog
from django.db.utils import DatabaseError, InterfaceError

from bot.house import House
from bot.permissions import May, require
from core.errors import Failed, IllegalTransition, MalformedPayload, NotFound, TemporaryFailure
from store.gaps import settle_gap
from store.jobs import Taken, enqueue, job_done, job_failed, keep_job, release_job, take_jobs
from store.models import Gap, User

log = structlog.get_logger()

JOB = "learn"
PATIENCE = timedelta(minutes=30)
LEASE = timedelta(seconds=60)
KEEP_EVERY = 15.0
EVERY = 2.0
MOST_TITLE, MOST_TEXT = 200, 50_000
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")


def look_again(house: House, by: User) -> None:
    """Asks for gaps to be found anew; at most one such job waits. Raises `NotAllowed`."""
    require(by, May.WRITE_ARTICLES)
    enqueue(JOB, {"verb": "gaps"}, house.clock(), key="gaps")


def measure_again(house: House, by: User) -> None:
    """Asks for `bot.trust` to measure; at most one such job waits. Raises `NotAllowed`."""
    require(by, May.WRITE_ARTICLES)
    enqueue(JOB, {"verb": "trust"}, house.clock(), key="trust")


def publish(house: House, by: User, gap: UUID, title: str, text: str) -> None:
    """The article as somebody has edited it goes live within moments. Raises `NotAllowed`, `MalformedPayload`, `IllegalTransition`."""
    require(by, May.WRITE_ARTICLES)
    title, text = title.strip(), text.strip()
    if not title or not any(map(_says_something, text.splitlines())):
        raise MalformedPayload("An article needs a title and a text.")
    if len(title) > MOST_TITLE or len(text) > MOST_TEXT:
        raise MalformedPayload(
            "At most %(title)s and %(text)s characters.", title=MOST_TITLE, text=f"{MOST_TEXT:,}"
        )
    row = settle_gap(
        house.vault, gap, Gap.State.WRITING, house.clock(), f"user:{by.id}", (title, text)
    )
    enqueue(JOB, {"verb": "publish", "gap": str(row.id)}, house.clock())


def _says_something(line: str) -> bool:
    """Not a heading, a line across or a picture alone: an article of these has nothing to answer with."""
    words = _PICTURE.sub("", line).strip()
    return not words.startswith("#") and any(letter.isalnum() for letter in words)


def check_again(house: House, by: User, gap: UUID) -> None:
    """Asks for the gap's questions to be asked again; at most one such job of a gap waits. Raises `NotAllowed`, `NotFound`,
    `IllegalTransition`."""
    require(by, May.WRITE_ARTICLES)
    row = Gap.objects.filter(id=gap).only("state").first()
    if row is None:
        raise NotFound
    if row.state == Gap.State.DISMISSED:
        raise IllegalTransition("This gap is settled already.")
    enqueue(JOB, {"verb": "check", "gap": str(gap)}, house.clock(), key=f"check:{gap}")


def dismiss(house: House, by: User, gap: UUID) -> None:
    """These questions need no article. Raises `NotAllowed`, `IllegalTransition`."""
    require(by, May.WRITE_ARTICLES)
    settle_gap(house.vault, gap, Gap.State.DISMISSED, house.clock(), f"user:{by.id}")


async def carry_out(payload: dict[str, object], program: tuple[str, ...] = ()) -> None:
    """Runs one job of learning in a process of its own. Raises `TemporaryFailure` with its last words.

    `program`: what is started in place of ourselves, for tests.
    """
    verb = str(payload["verb"])
    command = ["nice", "-n", "10", *(program or (sys.executable, "-m", "bot"))]
    # What it says goes into a file, not a pipe: a child of its own that outlives it may hold a pipe open for ever.
    with TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            *command,
            *_asked(verb, payload),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=said,
        )
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                status = await process.wait()
        except BaseException as problem:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            if isinstance(problem, TimeoutError):
                raise TemporaryFailure(f"{verb} took longer than {PATIENCE}.") from problem
            raise
        if status:
            raise TemporaryFailure(f"{verb}: {_last_line(said)}")


def _last_line(said: IO[bytes]) -> str:
    said.seek(max(said.seek(0, SEEK_END) - 1000, 0))
    return said.read().decode(errors="replace").strip().rsplit("\n", 1)[-1][:200]


def _asked(verb: str, payload: dict[str, object]) -> list[str]:
    match verb:
        case "publish" | "check":
            return ["learn", verb, str(UUID(str(payload["gap"])))]
        case "read":
            return ["learn", verb, "--", str(payload["address"])]
        case "simulate" | "measure":
            return ["learn", verb, str(UUID(str(payload["of"])))]
        case "rollback":
            return ["models", verb, str(payload["kind"])]
        case _:
            return ["learn", verb]


async def keep_learning(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Runs one job of learning after the other, until `stopping`; what is under way then is begun again by the next."""
    while not stopping.is_set():
        try:
            if await learn_once(house, worker, stopping):
                continue
        except (DatabaseError, InterfaceError) as problem:
            log.warning("learning_interrupted", problem=type(problem).__name__)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVERY):
                await stopping.wait()


async def learn_once(
    house: House, worker: str, stopping: asyncio.Event, program: tuple[str, ...] = ()
) -> bool:
    """Runs one job of learning, if one is due; one that fails is tried again later. True when there was one."""
    run = house.database.run
    jobs = await run(_due, worker, house)
    if not jobs:
        return False
    [job] = jobs
    try:
        await _while_leased(house, job, carry_out(job.payload, program), stopping)
    except (Failed, ValueError, KeyError) as problem:
        log.error("learning_failed", job=str(job.id), problem=str(problem))
        await run(job_failed, job, str(problem), house.clock())
    except _Stopped:
        await run(release_job, job)
    else:
        await run(job_done, job)
    return True


def _due(worker: str, house: House) -> list[Taken]:
    return take_jobs(worker, LEASE, 1, house.clock(), only=JOB)


class _Stopped(Exception):
    """This process ends, or another one has taken the job."""


async def _while_leased(
    house: House, job: Taken, work: Coroutine[None, None, None], stopping: asyncio.Event
) -> None:
    """The work, with the lease of its job extended meanwhile. Raises what it raises, and `_Stopped`."""
    task = asyncio.create_task(work)
    stop = asyncio.create_task(stopping.wait())
    try:
        while not task.done():
            both = {task, stop}
            await asyncio.wait(both, timeout=KEEP_EVERY, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() and (
                stopping.is_set() or not await house.database.run(keep_job, job, LEASE)
            ):
                raise _Stopped
        await task
    finally:
        for one in (task, stop):
            one.cancel()
        await asyncio.gather(task, stop, return_exceptions=True)
