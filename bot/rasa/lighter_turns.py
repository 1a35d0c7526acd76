"""What Rasa does anew in each turn, and for each action, although nothing has changed: a third of what a turn costs.

Nothing of it decides anything. `tests/bot/rasa` compares each with Rasa's own and fails if a release of Rasa moves what
is replaced. Runs inside Rasa (Python 3.10).
"""

import copy
import logging
import random
from collections import deque
from types import SimpleNamespace
from typing import Any, Dict, List, Optional, Text

from rasa.core import processor
from rasa.core.actions import action
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

_rasa_copies_tracker = DialogueStateTracker.copy
_rasa_lists_actions = action.default_actions
_rasa_chooses_response = TemplatedNaturalLanguageGenerator._random_response_for


def copied_slot(slot: Slot) -> Slot:
    """What `copy.copy` makes of it, which asks first how a slot is pickled."""
    made = object.__new__(type(slot))
    vars(made).update(vars(slot))
    return made


def copied_tracker(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """The same dialogue once more. Rasa replays all its events for that, before each action.

    As there, events and messages are shared with the original, slots and the loop are not, and the copy
    knows no model to sign events with.
    """
    if type(tracker.slots) is not dict:
        return _rasa_copies_tracker(tracker)
    made = object.__new__(type(tracker))
    vars(made).update(vars(tracker))
    made.events = deque(tracker.events, tracker._max_event_history)
    made.slots = {name: copied_slot(slot) for name, slot in tracker.slots.items()}
    made.active_loop = copy.copy(tracker.active_loop)
    made.latest_action = copy.copy(tracker.latest_action)
    made.sender_source = made.model_id = made.assistant_id = None
    return made


_actions: Dict[int, Any] = {}


def default_actions(action_endpoint: Optional[Any] = None) -> List[Any]:
    """Rasa's own actions, made once for each endpoint: they hold nothing of a dialogue."""
    known = _actions.get(id(action_endpoint))
    if known is None or known[0] is not action_endpoint:
        known = _actions[id(action_endpoint)] = (
            action_endpoint,
            _rasa_lists_actions(action_endpoint),
        )
    return list(known[1])


def response_for(
    self: TemplatedNaturalLanguageGenerator,
    utter_action: Text,
    output_channel: Text,
    filled_slots: Dict[Text, Any],
) -> Optional[Dict[Text, Any]]:
    """One of the responses, as Rasa chooses it, which makes an array of them first; ours have no conditions."""
    known = self.responses.get(utter_action)
    if not known or any("condition" in one or "channel" in one for one in known):
        return _rasa_chooses_response(self, utter_action, output_channel, filled_slots)
    return random.choice(known)


def _told(value: Any, *rest: Any) -> Any:
    """Copied for a line of the log where that is written, and not where it is thrown away."""
    is_written = processor.logger.isEnabledFor(logging.DEBUG)
    return copy.deepcopy(value, *rest) if is_written else value


def install() -> None:
    """Puts ours in the place of Rasa's; AttributeError when Rasa has no such thing any more."""
    getattr(processor.copy, "deepcopy")  # noqa: B009
    Slot.__copy__ = copied_slot
    DialogueStateTracker.copy = copied_tracker
    action.default_actions = default_actions
    TemplatedNaturalLanguageGenerator._random_response_for = response_for
    processor.copy = SimpleNamespace(copy=copy.copy, deepcopy=_told)
