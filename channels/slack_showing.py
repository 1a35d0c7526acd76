"""Shows at once what belongs to a press, a command or an event, and tells who asked where that fails. What to show is said in `slack_actions`."""

from __future__ import annotations

import contextlib

from channels.slack_actions import Showing
from channels.slack_api import SlackApi
from channels.slack_settings import Words
from core.errors import Failed


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
