"""What people do about lessons: accept, correct, reject, teach, go back, set how often. Learning is `bot.teach`, in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog

from bot.duty import Duty, in_rounds
from bot.house import House
from bot.learning import JOB
from bot.permissions import May, require
from core.decision import Priority
from core.errors import MalformedPayload, NotFound
from core.redaction import redact
from store.audit import record
from store.drift import look_when_due
from store.duties import Held
from store.jobs import enqueue
from store.lessons import LONGEST, SHORTEST, correct, fits, settle
from store.models import Job, Lesson, ModelVersion, User
from store.rhythm import EVERY, collect_new, rhythm_of, set_rhythm

log = structlog.get_logger()

LEASE = timedelta(seconds=45)
ROUND = 300.0
"""Seconds between two looks."""
MOST_AT_ONCE = 500


class ModelKind(StrEnum):
    """What lessons teach."""

    ASKED = "asked"
    ROUTER = "router"


@dataclass(frozen=True, slots=True)
class TaughtModel:
    """`rows`: examples set aside to compare with; `own`, `serving`: the shares of them that the taught one and the one
    before it got right, none where that was not measured. `serves`: it was better."""

    kind: ModelKind
    at: datetime
    serves: bool
    lessons: int
    rows: int
    own: float | None
    serving: float | None
    can_go_back: bool


def accept(house: House, by: User, chosen: Collection[UUID]) -> int:
    """From now on models may learn from these; returns how many were not accepted before. Raises `NotAllowed`."""
    return _settle(house, by, chosen, Lesson.State.ACCEPTED)


def reject(house: House, by: User, chosen: Collection[UUID]) -> int:
    """Nothing learns from these; the next training forgets what it had learned from them. Raises `NotAllowed`."""
    return _settle(house, by, chosen, Lesson.State.REJECTED)


def _settle(house: House, by: User, chosen: Collection[UUID], state: Lesson.State) -> int:
    require(by, May.REVIEW_LESSONS)
    if not 0 < len(chosen) <= MOST_AT_ONCE:
        raise MalformedPayload("Choose between one and %(most)s.", most=MOST_AT_ONCE)
    return len(settle(house.vault, chosen, state, by, house.clock()))


def amend(house: House, by: User, lesson: UUID, values: Mapping[str, str]) -> None:
    """Accepts a lesson in other words, or for another article or place: `text`, and `article` or `team`, `category`,
    `priority`. Raises `NotAllowed`, `NotFound`, `MalformedPayload`, `IllegalTransition`."""
    require(by, May.REVIEW_LESSONS)
    row = Lesson.objects.filter(id=lesson).first()
    if row is None:
        raise NotFound("There is no such lesson.")
    text = redact(values.get("text", "").strip())
    longest = LONGEST[Lesson.Kind(row.kind)]
    if not SHORTEST <= len(text) <= longest:
        raise MalformedPayload(
            "Between %(least)s and %(most)s characters teach something.",
            least=SHORTEST,
            most=f"{longest:,}",
        )
    target = _target(row, values)
    if not fits(row.kind, target):
        raise MalformedPayload("There is no such article, or no such team.")
    correct(house.vault, lesson, text, target, by, house.clock())


def _target(row: Lesson, values: Mapping[str, str]) -> dict[str, Any]:
    if row.kind == Lesson.Kind.ANSWER:
        return {"article": values.get("article", "").strip()[:200]}
    priority = values.get("priority", "")
    if priority not in {str(int(one)) for one in Priority}:
        raise MalformedPayload("A priority is 1 (critical) to 4 (low).")
    category = values.get("category", "").strip()[:48]
    if not category:
        raise MalformedPayload("A request belongs to a category.")
    return {"team": values.get("team", ""), "category": category, "priority": int(priority)}


def taught_models() -> list[TaughtModel]:
    """What lessons teach, as it was taught last; a model that nothing was taught yet is not among them."""
    found = []
    for kind in ModelKind:
        rows = list(ModelVersion.objects.filter(kind=kind).order_by("-created_at")[:10])
        last = next((row for row in rows if "challenge" in row.manifest), None)
        if last is None:
            continue
        told = last.manifest["challenge"]
        found.append(
            TaughtModel(
                kind=kind,
                at=last.created_at,
                serves=last.is_active,
                lessons=told["lessons"],
                rows=told["rows"],
                own=told["own"],
                serving=told["serving"],
                can_go_back=last.is_active and len(rows) > 1,
            )
        )
    return found


def is_teaching() -> bool:
    """Whether a training is asked for and not done."""
    return Job.objects.filter(kind=JOB, key="teach", state="waiting").exists()


def teach_now(house: House, by: User) -> None:
    """Asks for a training from all accepted lessons; at most one such job waits. Raises `NotAllowed`."""
    require(by, May.REVIEW_LESSONS)
    enqueue(JOB, {"verb": "teach"}, house.clock(), key="teach")


def go_back(house: House, by: User, kind: str) -> None:
    """Asks for the version of this model that served before. Raises `NotAllowed`, `MalformedPayload`."""
    require(by, May.REVIEW_LESSONS)
    if kind not in set(ModelKind):
        raise MalformedPayload("Lessons teach %(kinds)s.", kinds=" and ".join(ModelKind))
    enqueue(JOB, {"verb": "rollback", "kind": kind}, house.clock(), key=f"rollback:{kind}")
    now, actor = house.clock(), f"user:{by.id}"
    record(house.vault, at=now, actor=actor, action="lesson.go_back", subject=f"model:{kind}")


def set_every(house: House, by: User, every: str) -> None:
    """How often is taught by itself: `never`, `day` or `week`. Raises `NotAllowed`, `MalformedPayload`."""
    require(by, May.REVIEW_LESSONS)
    if every not in EVERY:
        raise MalformedPayload("Teaching happens %(choices)s.", choices=", ".join(EVERY))
    set_rhythm(every, house.clock())
    record(
        house.vault, at=house.clock(), actor=f"user:{by.id}", action="lesson.rhythm",
        subject="lesson:rhythm", details={"every": every},
    )  # fmt: skip


async def keep_collecting(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Holds the `lessons` duty whenever nobody else does: finds lessons, and asks for a training, and for how far
    tickets have drifted from the router, when it is time."""

    async def step(_: Held) -> bool:
        await house.database.run(collect_new, house.vault, house.clock())
        await house.database.run(teach_when_due, house, house.clock())
        await house.database.run(look_when_due, JOB, house.clock())
        return False

    await in_rounds(Duty(house, "lessons", worker, LEASE), step, stopping, ROUND)


def teach_when_due(house: House, now: datetime) -> bool:
    """Asks for a training when the chosen time has passed since the last one; True when it did."""
    rhythm = rhythm_of()
    if not rhythm.days or now - rhythm.since < timedelta(days=rhythm.days):
        return False
    set_rhythm(rhythm.every, now)
    enqueue(JOB, {"verb": "teach"}, now, key="teach")
    return True
