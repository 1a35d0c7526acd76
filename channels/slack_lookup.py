"""Whether a message of ours stands in Slack already: by the key in its metadata, a file by itself. Sending is `slack`'s."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from channels.slack_api import SlackApi
from channels.slack_places import Place
from core.errors import PermanentFailure, TemporaryFailure

Message = dict[str, Any]

_PAGES = 10
_SKEW = timedelta(minutes=2)


async def looked_up(
    api: SlackApi, place: Place, is_it: Callable[[Message], bool], since: datetime | None
) -> str:
    """The time stamp of the message of ours that is meant, empty where there surely is none.

    Raises `TemporaryFailure` when Slack cannot be asked, or the place has become too busy to tell.
    """
    try:
        cursor = ""
        for _ in range(_PAGES):
            page = await _history(api, place, since, cursor)
            for message in page.get("messages") or ():
                if is_it(message):
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return ""
    except PermanentFailure:
        return ""  # there is no such place, so nothing stands in it
    raise TemporaryFailure("too much was written there to tell", certain=False)


async def _history(
    api: SlackApi, place: Place, since: datetime | None, cursor: str
) -> dict[str, Any]:
    about: dict[str, Any] = {
        "channel": place.channel,
        "oldest": f"{(since - _SKEW).timestamp():.6f}" if since else "0",
        "limit": 200,
        "include_all_metadata": True,
        "cursor": cursor or None,
    }
    if place.thread:
        return await api.call(
            "conversations.replies",
            lambda client: client.conversations_replies(ts=place.thread, **about),
        )
    return await api.call(
        "conversations.history", lambda client: client.conversations_history(**about)
    )


async def place_in_histories(api: SlackApi, place: Place, user: str) -> Place:
    """Histories know direct messages by their own id alone. Who is asked beside a ticket may be a channel, whose id is
    that."""
    if place.channel != user or not place.channel.startswith(("U", "W")):
        return place
    answer = await api.call(
        "conversations.open", lambda client: client.conversations_open(users=place.channel)
    )
    return Place(str(answer["channel"]["id"]))
