"""Shows at once what belongs to a press, a command or an event, and tells who asked where that fails. What there is to show is said in `slack_actions` and `slack_assistant`."""

from __future__ import annotations

import contextlib

from channels.contract import Arrival
from channels.slack_actions import Showing, showing_for
from channels.slack_api import SlackApi
from channels.slack_arrivals import action_in, event_in
from channels.slack_assistant import showing_in
from channels.slack_board import way_to_enter
from channels.slack_settings import SlackSettings, Words
from core.errors import Failed


def what_to_show(arrival: Arrival, settings: SlackSettings) -> Showing | None:
    """None for nothing. Raises `MalformedPayload`."""
    action = action_in(arrival)
    if action is None:
        return showing_in(event_in(arrival), settings)
    return way_to_enter(action) or showing_for(action, settings.said)


async def show(api: SlackApi, showing: Showing, words: Words) -> None:
    """One call. Raises `Failed`, after whoever asked for a form was told that it did not open."""
    method, arguments = showing.method, dict(showing.arguments)
    try:
        await api.call(method, lambda client: client.api_call(method, json=arguments))
    except Failed:
        if showing.asker:
            await _tell(api, showing.asker, words.no_form)
        raise


async def _tell(api: SlackApi, user: str, text: str) -> None:
    """In the direct messages with the app, where the answer is read as any other message."""
    with contextlib.suppress(Failed):
        await api.call(
            "chat.postMessage",
            place=user,
            call=lambda client: client.chat_postMessage(channel=user, text=text),
        )
