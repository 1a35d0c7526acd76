"""The dialogue state as plain JSON, and a tracker store that holds it for one turn only.

Network and Threadline's own nouns do not belong here. Runs inside Rasa (Python 3.10).
"""

import logging
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    LoopInterrupted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

logger = logging.getLogger(__name__)

STATE_VERSION = 1


class Turn:
    """One turn under way: the events it starts from and, once saved, the tracker it ended with."""

    def __init__(self, seed: Sequence[Event]) -> None:
        self.seed = seed
        self.seeded = False
        self.tracker: DialogueStateTracker | None = None


# A turn is handled within one asyncio task, so a context variable reaches the store without
# a table of turns that would have to be kept, locked and emptied.
CURRENT: ContextVar[Turn] = ContextVar("current_turn")


class TurnStore(TrackerStore):
    """Gives Rasa the tracker of the turn under way and keeps nothing afterwards."""

    def __init__(self, domain: Domain | None = None, **ignored: Any) -> None:
        super().__init__(domain)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        tracker = self.init_tracker(sender_id)
        for event in CURRENT.get().seed:
            tracker.update(event, self.domain)
        # Rasa wraps every store and goes on with an empty tracker when this method fails.
        CURRENT.get().seeded = True
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        CURRENT.get().tracker = tracker

    async def keys(self) -> Iterable[str]:
        return []


def seed_events(state: dict[str, Any]) -> list[Event]:
    """The events that bring a fresh tracker into `state`; an empty or unreadable state starts anew."""
    anew: list[Event] = [ActionExecuted(ACTION_LISTEN_NAME)]
    if not state:
        return anew
    try:
        if state["version"] != STATE_VERSION:
            raise ValueError(f"version {state['version']!r}")
        slots = [SlotSet(name, value) for name, value in state["slots"].items()]
        loop = [ActiveLoop(state["loop"])] if state["loop"] else []
        return [*slots, *loop, *anew, *(_event(row) for row in state["tail"])]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        logger.warning("a dialogue state cannot be read (%r); starting anew", error)
        return anew


def state_of(tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """JSON from which `seed_events` continues the dialogue; its size does not grow with the dialogue.

    Kept are the events of the last turn, without what was said, and the slots and the form as they
    were when that turn began: rules look at most one customer message back.
    """
    events = list(tracker.events)
    cut = _start_of_last_turn(events)
    before = DialogueStateTracker.from_events("", events[:cut], domain.slots)
    rows = [_row(event) for event in events[cut:]]
    return {
        "version": STATE_VERSION,
        "slots": {n: v for n, v in before.current_slot_values().items() if v is not None},
        "loop": before.active_loop_name,
        "tail": [row for row in rows if row],
    }


def _start_of_last_turn(events: Sequence[Event]) -> int:
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], UserUttered):
            return index
    return len(events)


def _row(event: Event) -> list[Any] | None:
    if isinstance(event, ActionExecuted):
        return ["action", event.action_name]
    if isinstance(event, UserUttered):
        return ["user", event.intent_name]
    if isinstance(event, SlotSet):
        return ["slot", event.key, event.value]
    if isinstance(event, ActiveLoop):
        return ["loop", event.name]
    if isinstance(event, ActionExecutionRejected):
        return ["rejected", event.action_name]
    if isinstance(event, LoopInterrupted):
        return ["interrupted", event.is_interrupted]
    return None


def _event(row: Sequence[Any]) -> Event:
    kind, value = row[0], row[1]
    if kind == "action":
        return ActionExecuted(value)
    if kind == "user":
        return UserUttered("", intent={"name": value, "confidence": 1.0})
    if kind == "slot":
        return SlotSet(value, row[2])
    if kind == "loop":
        return ActiveLoop(value)
    if kind == "rejected":
        return ActionExecutionRejected(value)
    return LoopInterrupted(value)
