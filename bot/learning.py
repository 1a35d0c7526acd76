"""What people do about gaps: look again, publish, put aside. The heavy part runs in a process of its own, started by a job.

The web and work processes load no model: they only ask for `threadline learn ...`, which `bot.gaps` carries out.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from uuid import UUID

from bot.house import House
from bot.permissions import May, require
from core.errors import MalformedPayload, TemporaryFailure
from store.jobs import enqueue
from store.learning import settle_gap
from store.models import Gap, User

JOB = "learn"
PATIENCE = timedelta(minutes=10)
MOST_TITLE, MOST_TEXT = 200, 50_000


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
    if not title or not text:
        raise MalformedPayload("An article needs a title and a text.")
    if len(title) > MOST_TITLE or len(text) > MOST_TEXT:
        raise MalformedPayload(f"At most {MOST_TITLE} and {MOST_TEXT:,} characters.")
    row = settle_gap(
        house.vault, gap, Gap.State.WRITING, house.clock(), f"user:{by.id}", (title, text)
    )
    enqueue(JOB, {"verb": "publish", "gap": str(row.id)}, house.clock())


def dismiss(house: House, by: User, gap: UUID) -> None:
    """These questions need no article. Raises `NotAllowed`, `IllegalTransition`."""
    require(by, May.WRITE_ARTICLES)
    settle_gap(house.vault, gap, Gap.State.DISMISSED, house.clock(), f"user:{by.id}")


async def carry_out(payload: dict[str, object], program: tuple[str, ...] = ()) -> None:
    """Runs the command of a job at low priority, in a process of its own. Raises `TemporaryFailure` when it fails.

    `program`: what is started in place of ourselves, for tests.
    """
    verb = str(payload["verb"])
    asked = [verb, *([str(UUID(str(payload["gap"])))] if verb == "publish" else [])]
    command = ["nice", "-n", "10", *(program or (sys.executable, "-m", "bot", "learn")), *asked]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(), PATIENCE.total_seconds())
    except TimeoutError as problem:
        process.kill()
        raise TemporaryFailure(f"learn {verb} took longer than {PATIENCE}.") from problem
    if process.returncode:
        last = said.decode(errors="replace").strip().rsplit("\n", 1)[-1]
        raise TemporaryFailure(f"learn {verb}: {last[:200]}")
