"""For which workspace a call of Slack's is, and the news that the app is gone from it. Messages are `slack_events`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from channels.contract import Arrival
from channels.payload import Payload
from channels.slack_arrivals import action_in, event_in
from channels.slack_settings import SlackSettings
from core.errors import MalformedPayload

_LATEST = 2**33


class _Tokens(Payload):
    bot: list[str] = []


class _Gone(Payload):
    """`app_uninstalled`, or `tokens_revoked` with the users whose tokens are taken back."""

    type: str = ""
    tokens: _Tokens = _Tokens()


class _News(Payload):
    type: str = ""
    event_time: int = 0
    event: _Gone = _Gone()


def accounts_in(arrival: Arrival) -> tuple[str, ...]:
    """Ids of workspaces and organisations, the likeliest first: where the app is installed, where it happened, then
    the home of whoever acted. In channels that companies share these differ. Raises `MalformedPayload`."""
    action = action_in(arrival)
    named = _of_action(action) if action is not None else _of_event(event_in(arrival))
    return tuple(dict.fromkeys(one for one in named if isinstance(one, str) and one))


def removal_in(arrival: Arrival, settings: SlackSettings) -> datetime | None:
    """When the app was taken out of this workspace, or its bot's token taken back; None in all other arrivals, and in
    news from before the token that we hold was given. Raises `MalformedPayload`."""
    if action_in(arrival) is not None:
        return None
    try:
        news = _News.model_validate_json(event_in(arrival))
    except ValidationError as error:
        raise MalformedPayload("this is not an event of Slack's") from error
    gone = news.event
    is_ours = not settings.bot_user or settings.bot_user in gone.tokens.bot
    is_revoked = gone.type == "tokens_revoked" and bool(gone.tokens.bot) and is_ours
    if news.type != "event_callback" or not (gone.type == "app_uninstalled" or is_revoked):
        return None
    if settings.team not in accounts_in(arrival) or not 0 < news.event_time < _LATEST:
        return None
    if news.event_time < settings.installed_at:
        return None  # it is told again, late: the app was added anew since
    return datetime.fromtimestamp(news.event_time, UTC)


def _of_action(action: Mapping[str, Any]) -> Iterator[Any]:
    if "command" in action:
        yield from (action.get("team_id"), action.get("enterprise_id"))
        return
    view, message = _part(action, "view"), _part(action, "message")
    yield from (view.get("app_installed_team_id"), view.get("team_id"))
    yield from (_part(message, "bot_profile").get("team_id"), message.get("team"))
    yield from (_part(action, "team").get("id"), _part(action, "enterprise").get("id"))
    yield _part(action, "user").get("team_id")


def _of_event(body: bytes) -> Iterator[Any]:
    try:
        envelope = from_json(body)
    except ValueError as error:
        raise MalformedPayload("this is not an event of Slack's") from error
    if not isinstance(envelope, dict):
        return
    listed = envelope.get("authorizations")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict):
            yield from (item.get("team_id"), item.get("enterprise_id"))
    yield from (envelope.get(name) for name in ("context_team_id", "team_id", "enterprise_id"))


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}
