"""Run by Rasa's own Python: looks at Rasa and at our modules in it, and prints what it found as JSON."""

import asyncio
import importlib
import importlib.metadata
import inspect
import json

import jsonschema
import lighter_turns
import turn_store
from rasa.core.actions import action as rasa_action
from rasa.core.actions.action import RemoteAction, action_for_name_or_text
from rasa.core.channels.channel import UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

found = {
    "run_arguments": list(inspect.signature(RemoteAction.run).parameters),
    "run_says_with": "self._utter_responses(\n" in inspect.getsource(RemoteAction.run),
    "utter_arguments": list(inspect.signature(RemoteAction._utter_responses).parameters),
    "parse_is_skipped": "if message.parse_data:"
    in inspect.getsource(MessageProcessor._handle_message_with_tracker),
    "message_takes": "parse_data" in inspect.signature(UserMessage).parameters,
}

rasa_copies = DialogueStateTracker.copy
turn_connector = importlib.import_module("turn_connector")  # replaces what was looked at above


domain = Domain.load("domain")
seed = turn_store.seed_events({})
said = [
    UserUttered("my card is 4711", intent={"name": "ask"}, parse_data={"entities": []}),
    ActionExecuted("action_answer"),
    SlotSet("decision", "handoff"),
    ActionExecuted("handoff_form"),
    ActiveLoop("handoff_form"),
    SlotSet("requested_slot", "contact"),
    ActionExecuted("action_listen"),
]
tracker = DialogueStateTracker.from_events("t", [*seed, *said], domain.slots)
state = turn_store.state_of(tracker, domain)
again = DialogueStateTracker.from_events("t", turn_store.seed_events(state), domain.slots)
found["state"] = json.loads(json.dumps(state))
found["same_slots"] = tracker.current_slot_values() == again.current_slot_values()
found["same_loop"] = tracker.active_loop_name == again.active_loop_name == "handoff_form"


def past(of: DialogueStateTracker) -> list:
    """What rules are matched against; the words of an earlier message are of no use to them."""
    states = of.past_states(domain)
    for state in states:
        state.get("user", {}).pop("text", None)
    return states


found["same_past"] = past(tracker) == past(again)
found["state_is_stable"] = turn_store.state_of(again, domain) == state
more = [UserUttered("x", intent={"name": "greet"}), ActionExecuted("action_listen")]
for event in more:
    again.update(event, domain)
cut = turn_store.state_of(again, domain)
found["cut_keeps"] = [cut["slots"], cut["loop"], cut["tail"]]
found["unreadable"] = [
    [event.as_dict()["event"] for event in turn_store.seed_events(state)]
    for state in ({"version": 0}, {"version": 1}, {"version": 1, "slots": 7, "tail": []}, {"x": 1})
]


async def collect() -> list:
    output = turn_connector.TurnOutput()
    await output.send_response("t", {"text": "Hello!", "custom": {"lead_in": True}})
    await output.send_response("t", {"text": "So.", "custom": {"kind": "answer", "citations": [1]}})
    await output.send_response("t", {"custom": {"effect": {"kind": "resolve", "arguments": {}}}})
    await output.send_response("t", {"text": "Alone.", "custom": {"lead_in": True}})
    output.finish()
    return [output.replies, output.effects]


async def act() -> list:
    """An action on three turns: one it can work on, one with nothing to work on, one of nonsense."""
    checked = []
    jsonschema.validators.Draft7Validator.check_schema = classmethod(
        lambda cls, schema: checked.append(schema)
    )
    nlg = NaturalLanguageGenerator.create(None, domain)
    results = []
    for name, decision in (
        ("action_answer", "answer"),
        ("action_next_best", "answer"),
        ("action_answer", "nonsense"),
    ):
        answer = {
            "decision": decision,
            "text": "So.",
            "citations": [],
            "suggestions": [],
            "passages": [],
        }
        carried = {"understood": {"also": ["greet"]}, "answer": answer, "facts": {}}
        asked = UserUttered("How?", intent={"name": "ask"}, metadata=carried)
        before = DialogueStateTracker.from_events("t", [SlotSet("misses", 0), asked], domain.slots)
        output = turn_connector.TurnOutput()
        action = action_for_name_or_text(name, domain, None)
        try:
            events = await action.run(output, nlg, before, domain)
        except Exception as error:
            results.append([type(error).__name__, len(output.failed_actions)])
        else:
            texts = [event.text for event in events if isinstance(event, BotUttered)]
            slots = {event.key: event.value for event in events if isinstance(event, SlotSet)}
            results.append([texts, slots])
    return [results, len(checked)]


def seen(of: DialogueStateTracker) -> list:
    """All that a tracker holds, and whether it is held by it alone."""
    slots = {name: (type(slot).__name__, vars(slot)) for name, slot in of.slots.items()}
    apart = ("slots", "events", "latest_message", "latest_bot_utterance")
    rest = {name: value for name, value in vars(of).items() if name not in apart}
    # Where nothing was said yet, Rasa notes the time at which nothing was said.
    heard = [of.latest_message.as_sub_state(), of.latest_bot_utterance.text]
    return [repr(slots), repr(rest), list(of.events), of.events.maxlen, heard]


def compare_copies() -> list:
    """A copy of ours beside Rasa's, with a form and without; and neither changes what it was made of."""
    same, apart = [], []
    for one in (tracker, again, DialogueStateTracker("t", domain.slots, max_event_history=3)):
        one.model_id, one.sender_source = "model", "somewhere"
        before, ours, theirs = seen(one), one.copy(), rasa_copies(one)
        same.append(seen(ours) == seen(theirs))
        for copied in (ours, theirs):
            copied.update(SlotSet("decision", "other"), domain)
            copied.update(ActiveLoop(None), domain)
            copied.update(UserUttered("later", intent={"name": "ask"}), domain)
        same.append(seen(ours)[0] == seen(theirs)[0])
        apart.append(seen(one) == before)
    return [same, apart]


def compare_responses() -> list:
    """What is said: one of what Rasa may say, and with a condition or a channel Rasa's own choice."""
    plain = {"utter_a": [{"text": "one"}, {"text": "two"}]}
    special = {"utter_a": [{"text": "here", "channel": "turn"}, {"text": "elsewhere"}]}
    said = [
        {
            NaturalLanguageGenerator.create(None, domain)
            .__class__(responses)
            ._random_response_for(name, "turn", {})["text"]
            for _ in range(60)
        }
        for responses, name in ((plain, "utter_a"), (special, "utter_a"))
    ]
    nothing = NaturalLanguageGenerator.create(None, domain).__class__(plain)
    return [sorted(said[0]), sorted(said[1]), nothing._random_response_for("utter_b", "turn", {})]


found["copies"] = compare_copies()
found["responses"] = compare_responses()
found["own_actions"] = [
    [one.name() for one in rasa_action.default_actions(None)]
    == [one.name() for one in lighter_turns._rasa_lists_actions(None)],
    rasa_action.default_actions(None)[0] is rasa_action.default_actions(None)[0],
    rasa_action.action_for_name_or_text("action_listen", domain, None).name(),
]
found["logs_as_it_is"] = lighter_turns._told(seed) is seed
found["acted"] = asyncio.run(act())
found["collected"] = asyncio.run(collect())
found["installed"] = [
    f"{d.metadata['Name']}=={d.version}" for d in importlib.metadata.distributions()
]
print(json.dumps(found))
