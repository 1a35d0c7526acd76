"""Which channels there are. A new one is a line here; nothing about how it works belongs here."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from channels.contract import Channel
from core.assignment import WorkKind
from core.errors import NotFound

_CLASSES = {
    "email": "channels.email:Email",
    "graph": "channels.graph:Graph",
    "slack": "channels.slack:Slack",
    "sms": "channels.sms:Sms",
    "teams": "channels.teams:Teams",
    "telegram": "channels.telegram:Telegram",
    "voice": "channels.voice:Voice",
    "webchat": "channels.webchat:Webchat",
    "webhook": "channels.webhook:Webhook",
}
_WORK = {"email": WorkKind.MAIL, "webhook": WorkKind.MAIL, "voice": WorkKind.VOICE}


def names() -> tuple[str, ...]:
    """Every channel's name, sorted."""
    return tuple(sorted(_CLASSES))


def channel_class(name: str) -> type[Channel]:
    """The class of a channel; its provider's libraries are imported only now. Raises `NotFound`."""
    if name not in _CLASSES:
        raise NotFound(f"There is no channel {name!r}.")
    module, _, attribute = _CLASSES[name].partition(":")
    return cast("type[Channel]", getattr(import_module(module), attribute))


def work_kinds() -> dict[str, WorkKind]:
    """How talking on each channel takes a colleague's time; what is neither a letter nor a call is a chat."""
    return {name: _WORK.get(name, WorkKind.CHAT) for name in _CLASSES}
