"""What the rules said once to a past is remembered: they are a pure function of what they can see of it.

Half of a turn was Rasa's graph runner asking the same rules about the same past. Deciding does not belong
here. Runs inside Rasa (Python 3.10); `tests/bot/rasa` compares what is remembered with what Rasa predicts.
"""

import copy
from typing import Any, Hashable, Optional

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    LoopInterrupted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

KEPT = 4096
"""Pasts remembered for each model; a dialogue has some hundreds."""

_rasa_predicts = MessageProcessor._predict_next_with_tracker


def past_of(tracker: DialogueStateTracker) -> Optional[tuple]:
    """Everything that rules can see of a tracker, or None if something in it is unknown here.

    No rule of ours reads what a message says (`user:` steps), so words are left out; nor do slots count
    that have no influence on the conversation. Seeing more than the rules do would only remember less.
    """
    past = []
    for event in tracker.events:
        if isinstance(event, SlotSet):
            slot = tracker.slots.get(event.key)
            if slot is not None and slot.influence_conversation:
                past.append((event.key, _plain(event.value)))
        elif isinstance(event, ActionExecuted):
            past.append(("action", event.action_name, event.action_text))
        elif isinstance(event, UserUttered):
            entities = tuple((e["entity"], e.get("role"), e.get("group")) for e in event.entities)
            past.append(("user", event.intent_name, entities))
        elif isinstance(event, ActiveLoop):
            past.append(("loop", event.name))
        elif isinstance(event, ActionExecutionRejected):
            past.append(("rejected", event.action_name))
        elif isinstance(event, LoopInterrupted):
            past.append(("interrupted", event.is_interrupted))
        elif isinstance(event, DefinePrevUserUtteredFeaturization):
            past.append(("featurized", event.use_text_for_featurization))
        elif not isinstance(event, BotUttered):
            return None
    return tuple(past)


def _plain(value: Any) -> Hashable:
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)


def _predict_next_with_tracker(
    self: MessageProcessor, tracker: DialogueStateTracker
) -> PolicyPrediction:
    past = None if tracker.followup_action else past_of(tracker)
    if past is None:
        return _rasa_predicts(self, tracker)
    # The processor lives as long as its model does, and so does what it remembers.
    known = vars(self).setdefault("_remembered_predictions", {})
    if past not in known:
        if len(known) >= KEPT:
            known.clear()
        known[past] = _rasa_predicts(self, tracker)
    prediction = copy.copy(known[past])
    # Rasa writes the time into events when it applies them.
    prediction.events = [copy.copy(event) for event in prediction.events]
    return prediction


def install() -> None:
    """Puts ours in the place of Rasa's; AttributeError at import when Rasa has no such method any more."""
    MessageProcessor._predict_next_with_tracker = _predict_next_with_tracker
