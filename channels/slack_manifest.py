"""The Slack app as a manifest: from it Slack makes the app with all that ours needs (docs.slack.dev, reference of app manifests)."""

from __future__ import annotations

from typing import Any

from channels.contract_apps import AppWish

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "im:history",
    "im:write",
    "users:read",
)
ASSISTANT_SCOPE = "assistant:write"
_EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "tokens_revoked",
)
_ASSISTANT_EVENT = "assistant_thread_started"
_NAME = 35


def scopes_for(*, assistant: bool) -> tuple[str, ...]:
    """What the app asks for."""
    return (*SCOPES, ASSISTANT_SCOPE) if assistant else SCOPES


def manifest(wish: AppWish) -> dict[str, Any]:
    """Ready to be pasted at api.slack.com. Over a socket no address of ours is named but the one of consent."""
    name = wish.name.strip()[:_NAME] or "Support"
    hook = {} if wish.socket else {"request_url": wish.hook}
    events = [*_EVENTS, _ASSISTANT_EVENT] if wish.assistant else [*_EVENTS]
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {"name": name, "description": "Answers questions and makes tickets"},
        "features": _features(wish, name),
        "oauth_config": {
            "redirect_urls": [wish.back],
            "scopes": {"bot": list(scopes_for(assistant=wish.assistant))},
        },
        "settings": {
            "event_subscriptions": {**hook, "bot_events": sorted(events)},
            "interactivity": {"is_enabled": True, **hook},
            "org_deploy_enabled": False,
            "socket_mode_enabled": wish.socket,
            "token_rotation_enabled": False,
        },
    }


def _features(wish: AppWish, name: str) -> dict[str, Any]:
    command: dict[str, Any] = {
        "command": "/support",
        "description": "Ask our people",
        "usage_hint": "what it is about",
        "should_escape": True,
    }
    asks = {"name": "Ask our people"}
    found: dict[str, Any] = {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": name, "always_online": True},
        "shortcuts": [
            {
                **asks,
                "type": "message",
                "callback_id": "open_ticket",
                "description": "Makes a request of this message",
            },
            {
                **asks,
                "type": "global",
                "callback_id": "open_form",
                "description": "Opens the form",
            },
        ],
        "slash_commands": [command if wish.socket else {**command, "url": wish.hook}],
    }
    if wish.assistant:
        found["assistant_view"] = {"assistant_description": "Answers questions and makes tickets"}
    return found
