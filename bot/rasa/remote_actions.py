"""Three changes to how Rasa 3.6 calls custom actions, and a note of each call that failed; predictions are `remembered_predictions`'.

Rasa re-checks its JSON schema against the schema of schemas at each action call (57 ms of a 72 ms
turn), sends every event of the tracker with it, and connects anew each time. All three are fixed here by
replacing a method each; `tests/bot/rasa` fails if a release of Rasa moves them.
"""

from typing import Any

import aiohttp
import rasa
from jsonschema import ValidationError
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.utils.endpoints import DEFAULT_REQUEST_TIMEOUT, EndpointConfig

_rasa_run = RemoteAction.run


def _validate_action_result(self: RemoteAction, result: Any) -> bool:
    """Our actions set slots and say things; an event that is neither set nor said is refused instead of understood.

    Rasa's own schema tries each of its twenty event types on every event, 4 ms a turn.
    """
    if not _is_result(result):
        raise ValidationError(f"The result of {self.name()} is not of the contract.")
    return True


def _is_result(result: Any) -> bool:
    if not isinstance(result, dict):
        return False
    events, responses = result.get("events"), result.get("responses")
    return (
        isinstance(events, list)
        and isinstance(responses, list)
        and all(map(_sets_a_slot, events))
        and all(isinstance(response, dict) for response in responses)
    )


def _sets_a_slot(event: Any) -> bool:
    return (
        isinstance(event, dict)
        and event.get("event") == "slot"
        and isinstance(event.get("name"), str)
        and "value" in event
    )


def _action_call_format(
    self: RemoteAction, tracker: DialogueStateTracker, domain: Domain
) -> dict[str, Any]:
    # Without the events the turn's metadata travels once, in `latest_message`, instead of three times.
    return {
        "next_action": self.name(),
        "sender_id": tracker.sender_id,
        "tracker": tracker.current_state(EventVerbosity.NONE),
        "version": rasa.__version__,
    }


async def _run(
    self: RemoteAction,
    output_channel: OutputChannel,
    nlg: NaturalLanguageGenerator,
    tracker: DialogueStateTracker,
    domain: Domain,
) -> list[Event]:
    try:
        return await _rasa_run(self, output_channel, nlg, tracker, domain)
    except ActionExecutionRejection:
        raise
    except Exception as error:
        # Rasa logs a failed action and goes on as if it had done nothing; the connector must know.
        output_channel.failed_actions.append(f"{self.name()}: {error}")
        raise


class _KeptOpen:
    """Rasa closes its session after each call; this one hands out the same again and closes nothing."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __aenter__(self) -> aiohttp.ClientSession:
        return self._session

    async def __aexit__(self, *exception: object) -> None:
        return None


def _session(self: EndpointConfig) -> _KeptOpen:
    kept = vars(self).get("_kept_open")
    if kept is None:
        # Given up before the brain does it (uvicorn: 5 s idle), lest both move at once.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=3.0)
        timeout = aiohttp.ClientTimeout(total=DEFAULT_REQUEST_TIMEOUT)
        kept = aiohttp.ClientSession(headers=self.headers, connector=connector, timeout=timeout)
        self._kept_open = kept
    return _KeptOpen(kept)


REPLACED = {
    "_validate_action_result": _validate_action_result,
    "_action_call_format": _action_call_format,
    "run": _run,
}


def install() -> None:
    """Puts ours in the place of Rasa's; AttributeError when Rasa has no such method any more."""
    for name, method in REPLACED.items():
        getattr(RemoteAction, name)
        setattr(RemoteAction, name, method)
    getattr(EndpointConfig, "session")  # noqa: B009  AttributeError when it is gone
    EndpointConfig.session = _session
