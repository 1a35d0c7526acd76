"""Colleagues that a note names. Whether they may see the ticket is asked in `bot.desk`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from store.models import Mention, Message, User
from store.tickets import Change


def named_in(text: str) -> list[User]:
    """The active colleagues whose whole name, or name before the @ of their address, follows an @ here."""
    if "@" not in text:
        return []
    plain = text.casefold()
    return [
        user
        for user in User.objects.filter(is_active=True).order_by("name")
        if any(_names(plain, one) for one in (user.name, user.email.partition("@")[0]))
    ]


def mention(change: Change, message: Message, users: Sequence[User]) -> None:
    """The ticket stands in their view of mentions."""
    Mention.objects.bulk_create(
        Mention(user=user, ticket=change.ticket, message=message, at=change.finish.now)
        for user in users
    )


def _names(text: str, handle: str) -> bool:
    if not handle:
        return False
    return re.search(rf"(?<![\w.]){re.escape('@' + handle.casefold())}(?![\w@])", text) is not None
