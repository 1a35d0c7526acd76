"""Run by Rasa's own Python with a trained model: does what is remembered equal what Rasa predicts? Prints JSON."""

import inspect
import json
import random
import sys

import remembered_predictions
from rasa.core.agent import Agent
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

remembered_predictions.install()
agent = Agent.load(sys.argv[1])
processor, domain = agent.processor, agent.domain
dice = random.Random(20261128)
rasa_predicts, ours = remembered_predictions._rasa_predicts, processor._predict_next_with_tracker
asked = 0


def counted(self, tracker):
    global asked
    asked += 1
    return rasa_predicts(self, tracker)


remembered_predictions._rasa_predicts = counted
INTENTS = [intent for intent in domain.intents if not intent.startswith("nlu")]
ACTIONS = ["action_listen", "action_answer", "action_handoff", "utter_ask_helped", "handoff_form"]


def step() -> Event:
    kind = dice.random()
    if kind < 0.35:
        return UserUttered("said", intent={"name": dice.choice(INTENTS)})
    if kind < 0.7:
        return ActionExecuted(dice.choice(ACTIONS))
    if kind < 0.85:
        return SlotSet("decision", dice.choice(["answer", "clarify", "handoff", "unclear", None]))
    if kind < 0.93:
        return ActiveLoop(dice.choice(["handoff_form", None]))
    if kind < 0.97:
        return ActionExecutionRejected("handoff_form")
    return LoopInterrupted(dice.random() < 0.5)


def disguised(event: Event) -> list:
    """The same to the rules: other words, and a slot that they do not see."""
    if isinstance(event, UserUttered):
        return [SlotSet("topic", str(dice.random())), UserUttered("else", intent=event.intent)]
    return [event]


def plain(prediction) -> tuple:
    return (
        prediction.probabilities,
        prediction.policy_name,
        prediction.is_end_to_end_prediction,
        prediction.is_no_user_prediction,
        prediction.hide_rule_turn,
        [event.as_dict() | {"timestamp": 0} for event in prediction.events],
    )


different, asked_again, predicted = 0, 0, set()
for _ in range(400):
    events = [ActionExecuted("action_listen"), *(step() for _ in range(dice.randint(1, 7)))]
    tracker = DialogueStateTracker.from_events("a", events, domain.slots)
    twin = DialogueStateTracker.from_events(
        "b", [e for x in events for e in disguised(x)], domain.slots
    )
    ours(tracker)
    before = asked
    known = ours(twin)
    asked_again += asked - before
    different += plain(known) != plain(rasa_predicts(processor, twin))
    best = max(range(len(known.probabilities)), key=known.probabilities.__getitem__)
    predicted.add(domain.action_names_or_texts[best])
print(
    json.dumps(
        {
            "different": different,
            "asked_again": asked_again,
            "actions_predicted": len(predicted),
            "rasa_looks_here": "self._predict_next_with_tracker("
            in inspect.getsource(type(processor).predict_next_with_tracker_if_should),
        }
    )
)
