"""Run by Rasa's own Python: looks at Rasa and at our modules in it, and prints what it found as JSON."""

import asyncio
import importlib
import importlib.metadata
import inspect
import json

import jsonschema
import turn_store
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

found = {
    "validator_calls_jsonschema": "validate("
    in inspect.getsource(RemoteAction._validate_action_result),
    "run_uses": [
        name
        for name in ("_validate_action_result", "_action_call_format")
        if f"self.{name}(" in inspect.getsource(RemoteAction.run)
    ],
    "run_arguments": list(inspect.signature(RemoteAction.run).parameters),
    "parse_is_skipped": "if message.parse_data:"
    in inspect.getsource(MessageProcessor._handle_message_with_tracker),
    "message_takes": "parse_data" in inspect.signature(UserMessage).parameters,
}

turn_connector = importlib.import_module("turn_connector")  # replaces what was looked at above


built = []
check_schema = jsonschema.validators.Draft7Validator.check_schema
jsonschema.validators.Draft7Validator.check_schema = classmethod(
    lambda cls, schema: built.append(schema)
)
action = RemoteAction("action_answer", None)
good = {"events": [{"event": "slot", "name": "x", "value": 1}], "responses": [{"text": "y"}]}
found["accepts"] = [action._validate_action_result(good) for _ in range(3)]
found["schemas_checked"] = len(built)
found["refused"] = 0
for bad in (
    {},
    {"events": {}, "responses": []},
    {"events": [{"event": "restart"}], "responses": []},
    {"events": [{"event": "slot", "name": "x"}], "responses": []},
    {"events": [], "responses": ["text"]},
):
    try:
        action._validate_action_result(bad)
    except jsonschema.ValidationError:
        found["refused"] += 1

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


found["collected"] = asyncio.run(collect())
found["installed"] = [
    f"{d.metadata['Name']}=={d.version}" for d in importlib.metadata.distributions()
]
print(json.dumps(found))
