"""What people call the way that an inbox is: the channel, or of a channel that carries several services the one. The words are `web.desk.words`."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from channels.contract_services import NamesService
from channels.registry import channel_class, names
from store.models import Inbox
from web.desk import words
from web.house import house


def name_of(inbox: Inbox | None) -> str:
    """Of an inbox that cannot be opened, the name that all of its channel have."""
    if inbox is None:
        return ""
    return words.channel(_service_of(inbox) or inbox.channel)


def name_by_id(inbox: str, channel: str) -> str:
    """The same where only the id of the inbox is known, and its channel."""
    if not _carries_several(channel):
        return words.channel(channel)
    return name_of(Inbox.objects.filter(id=UUID(inbox)).first()) or words.channel(channel)


def _service_of(inbox: Inbox) -> str:
    if not _carries_several(inbox.channel):
        return ""
    adapter = house().channel_of(inbox)
    return adapter.service if isinstance(adapter, NamesService) else ""


@cache
def _carries_several(channel: str) -> bool:
    return channel in names() and hasattr(channel_class(channel), "service")
