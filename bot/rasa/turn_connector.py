"""The one door into Rasa: a turn comes in with its state and goes out with the next state.

Deciding what follows what does not belong here: that is in rules/. Runs inside Rasa (Python 3.10).
"""

import asyncio
import hmac
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.constants import ACTION_DEFAULT_FALLBACK_NAME, ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

import lighter_turns
import own_actions
import remembered_predictions
import turn_door
from turn_store import CURRENT, Turn, seed_events, state_of

MAX_TEXT_BYTES = 16 * 1024
MAX_REQUEST_BYTES = 1024 * 1024

own_actions.install()
lighter_turns.install()
remembered_predictions.install()


class TurnOutput(OutputChannel):
    """Collects what one turn says and asks to be done.

    `custom` of a response: `kind`, `citations`, `suggestions`, `asked` of the reply; `effect`, which is never
    said; `lead_in: true` puts the text in front of the next reply instead of sending it by itself.
    """

    def __init__(self) -> None:
        self.replies: list[dict[str, Any]] = []
        self.effects: list[dict[str, Any]] = []
        self.failed_actions: list[str] = []
        self._lead_ins: list[str] = []

    @classmethod
    def name(cls) -> str:
        return "turn"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        custom = message.get("custom") or {}
        text = message.get("text") or ""
        if custom.get("effect"):
            self.effects.append(custom["effect"])
        if custom.get("lead_in"):
            self._lead_ins.append(text)
        elif text:
            self._say(text, message.get("buttons") or [], custom)

    def finish(self) -> None:
        """Says a lead-in that nothing followed."""
        if self._lead_ins:
            self._say("", [], {})

    def _say(self, text: str, buttons: list[dict[str, Any]], custom: dict[str, Any]) -> None:
        parts = self._lead_ins + ([text] if text else [])
        self._lead_ins = []
        self.replies.append(
            {
                "text": "\n\n".join(parts),
                "kind": custom.get("kind", "message"),
                "citations": custom.get("citations", []),
                "suggestions": custom.get("suggestions", []),
                "buttons": [{"title": b["title"], "value": b["payload"]} for b in buttons],
                "asked": custom.get("asked", ""),
            }
        )


class TurnInput(InputChannel):
    """POST /webhooks/turn/turn; see `take_turn` for what goes in and out."""

    def __init__(self, token: str, deadline_seconds: float) -> None:
        self._token = token.encode()
        self._deadline = deadline_seconds

    @classmethod
    def name(cls) -> str:
        return "turn"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "TurnInput":
        if not credentials or not credentials.get("token"):
            cls.raise_missing_credentials_exception()
        return cls(str(credentials["token"]), float(credentials["deadline_seconds"]))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("turn_connector")

        @routes.listener("before_server_start")
        async def bound_requests(app: Sanic, _: Any) -> None:
            app.config.REQUEST_MAX_SIZE = MAX_REQUEST_BYTES

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            ready = request.app.ctx.agent.is_ready()
            return json({"ready": ready}, status=200 if ready else 503)

        async def taken(app: Sanic, body: dict[str, Any]) -> turn_door.Answer:
            if not app.ctx.agent.is_ready():
                return 503, {"status": "not_ready"}
            if len(body["text"].encode()) > MAX_TEXT_BYTES:
                return 413, {"status": "text_too_long"}
            turn = take_turn(body, on_new_message, app.ctx.agent.domain)
            try:
                return 200, await asyncio.wait_for(turn, self._deadline)
            except asyncio.TimeoutError:
                return 504, {"status": "too_slow"}

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            if not self._is_ours(request):
                return json({"status": "unauthorized"}, status=401)
            traced = _begin_trace(request.headers.get("traceparent", ""))
            status, result = await taken(request.app, request.json)
            if traced and status == 200:
                result["traced"] = {**traced, "ended": time.time_ns()}
            return json(result, status=status)

        turn_door.install(taken, self._token)
        return routes

    def _is_ours(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, b"Bearer " + self._token)


def _begin_trace(parent: str) -> dict[str, Any]:
    """The span of this turn for whoever traces it: the worker sends it on, for there is no OpenTelemetry here."""
    if not parent:
        return {}
    return {"span": f"{random.getrandbits(64) or 1:016x}", "began": time.time_ns()}


async def take_turn(
    body: dict[str, Any], handle: Callable[[UserMessage], Awaitable[Any]], domain: Any
) -> dict[str, Any]:
    """One turn. `body`: turn, conversation, text, parse_data, state, metadata, all JSON.

    Returns status, replies, effects, state, actions, failed_actions. `status`:
    `ok`; `silent` (the rules chose to say nothing); `unhandled` (no rule covers this);
    `action_failed` (an action could not work on this turn); `stuck` (the rules never came to listen).
    Only with `ok` and `silent` is there a state to keep. An exception becomes Sanic's 500.
    """
    turn = Turn(_with_language(seed_events(body["state"]), body["parse_data"]))
    CURRENT.set(turn)
    output = TurnOutput()
    message = UserMessage(
        text=body["text"],
        output_channel=output,
        # Never the conversation's id: a second attempt must not wait for the lock of a hung first one.
        sender_id=uuid.uuid4().hex,
        parse_data={"text": body["text"], **body["parse_data"]},
        input_channel="turn",
        metadata=body["metadata"],
    )
    await handle(message)
    output.finish()
    if not turn.seeded or turn.tracker is None:
        raise RuntimeError("Rasa handled the message without its state or without saving it")
    actions = _actions(turn.tracker)
    status = _status(output, actions)
    return {
        "status": status,
        "replies": output.replies,
        "effects": output.effects,
        "state": state_of(turn.tracker, domain) if status in ("ok", "silent") else {},
        "actions": actions,
        "form": turn.tracker.active_loop_name or "",
        "failed_actions": output.failed_actions,
    }


def _with_language(seed: list[Any], parse_data: dict[str, Any]) -> list[Any]:
    """The language a message is written in counts until the customer has chosen one."""
    chosen = any(
        isinstance(event, SlotSet) and event.key == "language_chosen" and event.value
        for event in seed
    )
    language = parse_data.get("language")
    return seed if chosen or not language else [*seed, SlotSet("language", language)]


def _actions(tracker: DialogueStateTracker) -> list[str]:
    """What was executed since the customer's message, in order, the final listening included."""
    names: list[str] = []
    for event in reversed(tracker.events):
        if event is tracker.latest_message:
            break
        if isinstance(event, ActionExecuted):
            names.append(event.action_name)
    return names[::-1]


def _status(output: TurnOutput, actions: list[str]) -> str:
    if output.failed_actions:
        return "action_failed"
    if ACTION_DEFAULT_FALLBACK_NAME in actions:
        return "unhandled"
    if not actions or actions[-1] != ACTION_LISTEN_NAME:
        return "stuck"
    return "ok" if output.replies or output.effects else "silent"
