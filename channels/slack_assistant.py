"""Slack's assistant view: what is offered when somebody opens it, and the sign that an answer is on its way. Messages in it are `slack_events`."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from channels.payload import Payload
from channels.slack_actions import Showing
from channels.slack_events import Id, Ts
from channels.slack_settings import SlackSettings
from core.errors import MalformedPayload

_PROMPTS = 4
_TITLE = 75


class _Thread(Payload):
    channel_id: Id
    thread_ts: Ts


class _Event(Payload):
    type: str = ""
    subtype: str | None = None
    bot_id: str | None = None
    channel: str | None = None
    channel_type: str | None = None
    thread_ts: str | None = None
    assistant_thread: _Thread | None = None


class _Envelope(Payload):
    type: str = ""
    event: _Event | None = None


WRITING = "assistant.threads.setStatus"
"""What shows that we write."""


def showing_in(body: bytes, settings: SlackSettings) -> Showing | None:
    """What to show in the assistant view after this event, None for nothing. Raises `MalformedPayload`."""
    if not settings.prompts:
        return None
    try:
        envelope = _Envelope.model_validate_json(body)
    except ValidationError as error:
        raise MalformedPayload("this is not an event of Slack's") from error
    event = envelope.event
    if envelope.type != "event_callback" or event is None:
        return None
    if event.type == "assistant_thread_started" and event.assistant_thread is not None:
        return _prompts(event.assistant_thread, settings)
    # In the view each talk is a thread of the direct messages; elsewhere Slack refuses the sign, and nothing is lost.
    is_said = event.type == "message" and event.channel_type == "im" and event.thread_ts
    if is_said and event.subtype in (None, "file_share") and not event.bot_id:
        about = {"channel_id": event.channel, "thread_ts": event.thread_ts}
        return Showing(WRITING, {**about, "status": settings.said.writing})
    return None


def _prompts(thread: _Thread, settings: SlackSettings) -> Showing:
    prompts: list[dict[str, Any]] = [
        {"title": prompt[:_TITLE], "message": prompt} for prompt in settings.prompts[:_PROMPTS]
    ]
    about = {"channel_id": thread.channel_id, "thread_ts": thread.thread_ts, "prompts": prompts}
    return Showing("assistant.threads.setSuggestedPrompts", about)
