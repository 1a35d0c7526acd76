"""What people press, type as commands and send off as forms in Slack: as messages, as answers on the spot, as what to show next.

Everything here is pure; `slack` makes the calls. Messages that are simply written are `slack_events`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from pydantic import ValidationError
from pydantic_core import from_json

from channels.payload import Payload
from channels.slack_blocks import (
    CHOICES,
    FORM,
    HOME,
    LINK_FORM,
    QUESTION,
    form,
    note,
    without_choices,
)
from channels.slack_events import Id, Reading, Ts, moment, slack_sender
from channels.slack_places import Place, message_key, person_key, thread_key
from channels.slack_settings import Words
from channels.slack_text import plain
from core.errors import MalformedPayload
from core.ids import ExternalId
from core.message import Inbound

_FIELDS = 100
_TEXT = 40_000


class _Named(Payload):
    id: str


class _User(Payload):
    id: Id
    team_id: str | None = None
    username: str = ""


class _Words(Payload):
    text: str = ""


class _Container(Payload):
    type: str = ""
    message_ts: Ts | None = None
    channel_id: Id | None = None
    thread_ts: Ts | None = None


class _Message(Payload):
    text: str = ""
    ts: Ts | None = None
    thread_ts: Ts | None = None
    blocks: list[dict[str, Any]] = []


class _Press(Payload):
    block_id: str = ""
    value: str = ""
    text: _Words | None = None
    action_ts: Ts


class _Value(Payload):
    value: str | None = None


class _State(Payload):
    values: dict[str, dict[str, _Value]] = {}


class _View(Payload):
    id: str
    callback_id: str = ""
    private_metadata: str = ""
    state: _State = _State()


class Interaction(Payload):
    """A pressed button, a chosen shortcut or a form that was sent off."""

    type: str
    user: _User
    team: _Named | None = None
    enterprise: _Named | None = None
    trigger_id: str = ""
    container: _Container | None = None
    channel: _Named | None = None
    message: _Message | None = None
    actions: list[_Press] = []
    view: _View | None = None


class Command(Payload):
    """A slash command."""

    command: str
    user_id: Id
    team_id: str
    enterprise_id: str = ""
    user_name: str = ""
    text: str = ""
    trigger_id: str = ""


@dataclass(frozen=True, slots=True)
class Showing:
    """A call that shows something at once. `arguments` are those of the method in Slack's Web API; `asker`: who is told
    if it cannot be shown."""

    method: str
    arguments: Mapping[str, Any]
    asker: str = ""


def fields_of(body: bytes) -> dict[str, Any]:
    """What a form body carries: the fields of a command, or the payload of everything else.

    Raises `MalformedPayload`.
    """
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS)
        fields = {name: values[0] for name, values in found.items()}
        # Unlike the standard library's reader this one refuses half a surrogate, which nobody could store.
        payload = from_json(fields["payload"]) if "payload" in fields else fields
    except ValueError as error:
        raise MalformedPayload("this is no form of Slack's") from error
    if not isinstance(payload, dict):
        raise MalformedPayload("this is no form of Slack's")
    return payload


def read_action(
    payload: Mapping[str, Any], received_at: datetime, raw: bytes, reading: Reading
) -> list[Inbound]:
    """The message in it: the choice that was pressed, what stands behind the command or in the form.

    [] where nothing was said yet. Raises `MalformedPayload`.
    """
    found = understood(payload)
    if isinstance(found, Command):
        return _commanded(found, received_at, raw, reading)
    if found is not None and found.type == "block_actions":
        return _pressed(found, raw, reading)
    if found is not None and found.type == "view_submission":
        return _sent_off(found, received_at, raw, reading)
    return []


def understood(payload: Mapping[str, Any]) -> Interaction | Command | None:
    """None for kinds of calls that we do not know."""
    kinds = ("block_actions", "view_submission", "message_action", "shortcut")
    try:
        if "command" in payload:
            return Command.model_validate(payload)
        if payload.get("type") in kinds:
            return Interaction.model_validate(payload)
    except ValidationError as error:
        raise MalformedPayload("this is no action of Slack's") from error
    return None


def _pressed(found: Interaction, raw: bytes, reading: Reading) -> list[Inbound]:
    """The value of one of our buttons. Its message belongs to a conversation, or directly to whoever presses; in a
    channel where neither it nor its thread is known the press is nobody's."""
    place, ts = place_of(found)
    press = next((item for item in found.actions if item.block_id == CHOICES), None)
    if press is None or place is None or not press.value:
        return []
    more = person_key(reading.team, found.user.id) if place.is_direct else None
    if place.thread:
        more = thread_key(reading.team, place.channel, place.thread)
    return [
        Inbound(
            external_id=ExternalId(f"press:{place.channel}:{ts}:{press.action_ts}"),
            sender=slack_sender(home_of(found), found.user.id, found.user.username),
            text=press.value,
            at=moment(press.action_ts),
            thread_keys=(message_key(reading.team, place, ts), *((more,) if more else ())),
            own_keys=(message_key(reading.team, place, press.action_ts),),
            claims_conversation=True,
            opens=place.is_direct,
            extra={"choice": press.text.text if press.text else "", "channel": place.channel},
            raw=raw,
        )
    ]


def place_of(found: Interaction) -> tuple[Place | None, str]:
    """Where the pressed message stands, and its time stamp."""
    container, message = found.container, found.message
    if container is None or container.type != "message" or not container.message_ts:
        return None, ""
    thread = container.thread_ts or (message.thread_ts if message else None) or ""
    channel = container.channel_id or ""
    is_reply = thread != container.message_ts
    return Place(channel, thread if is_reply else "") if channel else None, container.message_ts


def _commanded(
    found: Command, received_at: datetime, raw: bytes, reading: Reading
) -> list[Inbound]:
    if reading.team not in (found.team_id, found.enterprise_id):
        return []
    name = ExternalId(f"command:{found.trigger_id}")
    sender = _User(id=found.user_id, team_id=found.team_id, username=found.user_name)
    return _asked(name, sender, found.team_id, plain(found.text), received_at, raw, reading)


def _sent_off(
    found: Interaction, received_at: datetime, raw: bytes, reading: Reading
) -> list[Inbound]:
    view = found.view
    ids = {item.id for item in (found.team, found.enterprise) if item}
    if view is None or view.callback_id != FORM or reading.team not in ids:
        return []
    name = ExternalId(f"form:{view.id}")
    return _asked(name, found.user, home_of(found), _typed(view), received_at, raw, reading)


def _typed(view: _View) -> str:
    answers = view.state.values.get(QUESTION, {})
    return next((item.value for item in answers.values() if item.value), "").strip()


def _asked(
    name: ExternalId,
    user: _User,
    home: str,
    text: str,
    at: datetime,
    raw: bytes,
    reading: Reading,
) -> list[Inbound]:
    """What a person wants people to see. It goes on in their direct messages with us."""
    if not text:
        return []
    return [
        Inbound(
            external_id=name,
            sender=slack_sender(user.team_id or home, user.id, user.username),
            text=text[:_TEXT],
            at=at,
            thread_keys=(person_key(reading.team, user.id),),
            claims_conversation=True,
            wants_person=True,
            says_matter=True,
            raw=raw,
        )
    ]


def home_of(found: Interaction) -> str:
    """The workspace of whoever did it."""
    return found.user.team_id or (found.team.id if found.team else "")


# ---- what the person sees at once ---------------------------------------------------------------


def answer_to(payload: Mapping[str, Any], words: Words) -> dict[str, Any] | None:
    """The body of the response: that it was taken, or what is missing; None for an empty response."""
    try:
        found = understood(payload)
    except MalformedPayload:
        return None
    if isinstance(found, Command):
        is_asked = bool(plain(found.text))
        return {"response_type": "ephemeral", "text": words.taken} if is_asked else None
    view = found.view if found is not None and found.type == "view_submission" else None
    if view is None or view.callback_id == LINK_FORM:
        return None
    if view.callback_id == FORM and not _typed(view):
        return {"response_action": "errors", "errors": {QUESTION: words.form_question}}
    return {"response_action": "update", "view": note(words)}


def showing_for(payload: Mapping[str, Any], words: Words) -> Showing | None:
    """What to show next: the form where somebody wants to ask, the choice in place of the buttons.

    None where there is nothing. Raises `MalformedPayload`.
    """
    found = understood(payload)
    if isinstance(found, Command):
        return None if plain(found.text) else _form(found.trigger_id, found.user_id, words)
    if found is None:
        return None
    text = plain(found.message.text) if found.message and found.type == "message_action" else ""
    is_home = any(press.block_id == HOME for press in found.actions)
    if is_home or found.type in ("shortcut", "message_action"):
        return _form(found.trigger_id, found.user.id, words, text)
    return _chosen(found) if found.type == "block_actions" else None


def _form(trigger: str, user: str, words: Words, text: str = "") -> Showing:
    return Showing("views.open", {"trigger_id": trigger, "view": form(words, text)}, user)


def _chosen(found: Interaction) -> Showing | None:
    """Pressed buttons go, so that nobody answers twice; what was chosen stays to be read."""
    place, ts = place_of(found)
    press = next((item for item in found.actions if item.block_id == CHOICES), None)
    if press is None or place is None or found.message is None or press.text is None:
        return None
    blocks = without_choices(found.message.blocks, press.text.text, found.user.id)
    arguments = {"channel": place.channel, "ts": ts, "text": found.message.text, "blocks": blocks}
    return Showing("chat.update", arguments)
