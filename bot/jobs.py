"""Running jobs: each kind has one handler; what fails is tried again, and what never works is visible as dead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog
from django.db.utils import DatabaseError, InterfaceError

from bot.aside_post import send_aside
from bot.consult import let_go, ring_second, tell_first
from bot.converse import Speaker
from bot.figures import JOB as REPORT_MAIL
from bot.figures import send_report
from bot.file_links import HAND_OVER, hand_over
from bot.house import House
from bot.learning import JOB as LEARN
from bot.line import put_down, ring_colleague
from bot.moods import read_mood
from bot.notices import send_notice
from bot.on_hold import tell_line
from bot.people import JOB as NAME
from bot.people import ask_name
from bot.posts import JOB as POST
from bot.posts import judge
from bot.provider_files import fetch_files
from bot.replying import release
from store.asides import JOB as ASIDE
from store.beside import LET_GO, TELL_FIRST
from store.consult import RING_SECOND
from store.hooks import JOB
from store.jobs import Taken, job_done, job_failed, take_jobs
from store.line import HANG_UP
from store.moods import JOB as MOOD
from store.notices import JOB as NOTICE
from store.on_hold import HOLD
from store.turns import claim_unanswered

log = structlog.get_logger()

LEASE = timedelta(seconds=45)
AT_ONCE = 8
Handler = Callable[[Speaker, str, dict[str, object]], Awaitable[None]]


async def run_some(speaker: Speaker, worker: str) -> int:
    """Runs jobs that are due; returns how many there were."""
    house = speaker.house
    jobs = await house.database.run(_due, worker, house)
    for job in jobs:
        await _run(speaker, worker, job)
    return len(jobs)


def _due(worker: str, house: House) -> list[Taken]:
    """Not those of webhooks and of learning, which take their time: `bot.calls` and `bot.learning` run them."""
    return take_jobs(worker, LEASE, AT_ONCE, house.clock(), but=(JOB, LEARN))


async def _run(speaker: Speaker, worker: str, job: Taken) -> None:
    run, now = speaker.house.database.run, speaker.house.clock
    handler = HANDLERS.get(job.kind)
    try:
        if handler is None:
            raise LookupError(f"nobody knows how to do {job.kind!r}")
        await handler(speaker, worker, job.payload)
    except (DatabaseError, InterfaceError):
        raise  # the lease ends by itself
    except Exception as problem:  # a border: whatever a job died of, it is kept and shown
        log.exception("job_failed", kind=job.kind, job=str(job.id))
        await run(job_failed, job, f"{type(problem).__name__}: {problem}", now())
    else:
        await run(job_done, job)


async def _unfinished_handoff(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """Somebody was asked for their address on the way to a person and never answered."""
    house = speaker.house
    claimed = await house.database.run(
        claim_unanswered,
        house.vault,
        UUID(str(payload["conversation"])),
        int(str(payload["turns"])),
        worker,
        timedelta(seconds=house.settings.work.lease_seconds),
    )
    if claimed is not None:
        await speaker.hand_over_unfinished(claimed)


async def _fetch_files(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """A message named files that its provider keeps."""
    await fetch_files(speaker.house, payload)


async def _hand_over(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """A customer agreed to a file."""
    await hand_over(speaker.house, payload)


async def _ring(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """A colleague wants to be connected with a caller."""
    await ring_colleague(speaker.house, payload)


async def _hang_up(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """A colleague puts their telephone down at the desk."""
    await put_down(speaker.house, payload)


async def _hold(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """A colleague puts a caller on hold at the desk, or takes them back."""
    await tell_line(speaker.house, payload)


async def _ring_second(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """A colleague asks another one by telephone about a caller."""
    await ring_second(speaker.house, payload)


async def _tell_first(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """Who asked another colleague hears what came of it."""
    await tell_first(speaker.house, payload)


async def _let_go(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """A call that nobody waits for any more."""
    await let_go(speaker.house, payload)


async def _send_held(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """The moment to undo a reply is over, or the time it was to be sent at has come."""
    await speaker.house.database.run(release, speaker.house, UUID(str(payload["held"])))


async def _mail_report(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """Somebody asked for a report by mail."""
    await send_report(speaker.house, payload)


async def _notice(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """A colleague is told of a ticket outside the desk."""
    await send_notice(speaker.house, payload)


async def _aside(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """Somebody is asked beside a ticket."""
    await send_aside(speaker.house, payload)


async def _mood(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """The matrix wants to know whether a customer is upset."""
    await read_mood(speaker.house, speaker.dialogue, payload)


async def _judge_post(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """Somebody wrote about us in public."""
    await judge(speaker.house, speaker.dialogue, payload)


async def _ask_name(speaker: Speaker, worker: str, payload: dict[str, object]) -> None:
    """Somebody wrote whose messages do not say who they are."""
    await ask_name(speaker.house, payload)


HANDLERS: dict[str, Handler] = {
    NOTICE: _notice,
    MOOD: _mood,
    ASIDE: _aside,
    HAND_OVER: _hand_over,
    REPORT_MAIL: _mail_report,
    POST: _judge_post,
    NAME: _ask_name,
    "send_held": _send_held,
    "unfinished_handoff": _unfinished_handoff,
    "fetch_files": _fetch_files,
    "ring": _ring,
    HANG_UP: _hang_up,
    HOLD: _hold,
    RING_SECOND: _ring_second,
    TELL_FIRST: _tell_first,
    LET_GO: _let_go,
}
