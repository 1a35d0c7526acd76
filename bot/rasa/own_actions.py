"""How Rasa runs the actions of `turn_actions`: here, in its own process, and a note of each that failed.

Rasa would send the whole tracker to a server over HTTP, connect anew each time, and check its JSON schema against
the schema of schemas before it believes the result (57 ms of a 72 ms turn). Our actions are functions of the turn
and live beside the rules. `tests/bot/rasa` fails if a release of Rasa moves what is replaced.
"""

from typing import Any

from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

import turn_actions


async def _run(
    self: RemoteAction,
    output_channel: OutputChannel,
    nlg: NaturalLanguageGenerator,
    tracker: DialogueStateTracker,
    domain: Domain,
) -> list[Event]:
    try:
        moment = moment_of(tracker)
        outcome = turn_actions.run(self.name(), moment)
        said: list[Any] = await self._utter_responses(
            outcome.responses, output_channel, nlg, tracker
        )
        slots = outcome.changed(moment.slots)
        return [*said, *(SlotSet(name, value) for name, value in slots.items())]
    except turn_actions.NothingToDo as error:
        raise ActionExecutionRejection(self.name(), str(error)) from error
    except Exception as error:
        # Rasa logs a failed action and goes on as if it had done nothing; the connector must know.
        output_channel.failed_actions.append(f"{self.name()}: {error!r}")
        raise


def moment_of(tracker: DialogueStateTracker) -> turn_actions.Moment:
    """What an action may see of the turn. Raises KeyError when the turn carries no usable metadata."""
    message = tracker.latest_message
    carried = message.metadata
    return turn_actions.Moment(
        text=message.text or "",
        act=message.intent["name"],
        slots=tracker.current_slot_values(),
        understood=carried["understood"],
        answer=carried["answer"],
        facts=carried["facts"],
    )


def install() -> None:
    """Puts ours in the place of Rasa's; AttributeError when Rasa has no such method any more."""
    getattr(RemoteAction, "run")  # noqa: B009
    RemoteAction.run = _run
