"""A dialogue that does what a test says, and a worker that runs until something is true."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from bot.dialogue import Dialogue, TurnResult, Understanding
from bot.house import House
from bot.settings import Work
from bot.work import Worker
from core.decision import Case, Priority, Routed
from core.errors import DialogueFailed
from core.knowledge import Answer, Answering, Citation, Said
from core.message import Reply
from core.understanding import Act, Effect, EffectKind, Turn, Understood
from tests.company import NOON

NOTHING = Answer(Answering.HANDOFF, 0.0)


class FastClock:
    """Runs sixty times as fast as the wall clock, so that pauses of a minute take a second."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=60 * (time.monotonic() - self._began))


@dataclass
class ScriptedDialogue:
    """What brain and Rasa would say. Entries of `turns` are used up in order; an exception is raised.

    With none left each message gets `Answer to: <text>`. `acts`: text to act, `ask` for any other.
    """

    turns: deque[TurnResult | BaseException] = field(default_factory=deque)
    acts: dict[str, Act] = field(default_factory=dict)
    answer: Answer = NOTHING
    brain_is_away: bool = False
    rasa_is_away: bool = False
    routed: Routed = field(
        default_factory=lambda: Routed("delivery", Priority.HIGH, "orders", confidence=0.9)
    )
    heard: list[str] = field(default_factory=list)
    seen: list[Turn] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    thinking: Callable[[], None] | None = None

    async def understand(
        self, text: str, history: Sequence[Said] = (), **more: object
    ) -> Understanding:
        self.heard.append(text)
        if self.brain_is_away:
            raise DialogueFailed("brain is away")
        act = self.acts.get(text, Act.ASK)
        return Understanding(Understood(act, 0.9, language_confidence=0.99), self.answer)

    async def turn(self, turn: Turn) -> TurnResult:
        self.seen.append(turn)
        if self.thinking is not None:
            await asyncio.to_thread(self.thinking)
        if self.rasa_is_away:
            raise DialogueFailed("Rasa is away")
        if not self.turns:
            return says(f"Answer to: {turn.text}")
        result = self.turns.popleft()
        if isinstance(result, BaseException):
            raise result
        return result

    async def route(self, case: Case) -> Routed:
        self.cases.append(case)
        if self.brain_is_away:
            raise DialogueFailed("brain is away")
        return self.routed


def says(text: str, **more: Any) -> TurnResult:
    """Rasa says one thing."""
    return TurnResult({"version": 1}, (Reply(text, **more),), ())


def hands_over(**arguments: object) -> TurnResult:
    """Rasa wants a person."""
    asked = {"reason": "request_person", "wants_person": True, **arguments}
    effect = Effect(EffectKind.HANDOFF, asked)
    return TurnResult({"version": 1}, (), (effect,))


def found(text: str, citation: Citation) -> Answer:
    """The knowledge base has an answer."""
    return Answer(Answering.ANSWER, 0.95, text, (citation,))


def work_until(
    house: House,
    dialogue: ScriptedDialogue,
    is_done: Callable[[], bool],
    seconds: float = 20.0,
    lease: float = 5.0,
) -> None:
    """Runs a worker until `is_done`, asked in a database thread; fails when that takes too long. `lease`: of a turn."""
    work = Work(poll_seconds=0.05, lease_seconds=lease)
    quick = replace(house, settings=house.settings.model_copy(update={"work": work}))
    worker = Worker(quick, cast("Dialogue", dialogue), "tested")

    async def run() -> bool:
        running = asyncio.create_task(worker.run())
        deadline = time.monotonic() + seconds
        done = False
        while not done and not running.done() and time.monotonic() < deadline:
            done = await house.database.read(is_done)
            await asyncio.sleep(0.02)
        worker.stop()
        await asyncio.wait_for(running, 20)
        return done

    assert asyncio.run(run()), "this did not happen in time"
