"""Inboxes by the names that stand in the addresses which providers call. What is done with what comes is `bot.receive`."""

from __future__ import annotations

from django.db import models

from store.models import Inbox
from store.statements import Given, Select

_NAMED = Select(
    lambda: Inbox.objects.select_related("brand").filter(
        channel=Given("channel", models.CharField()), slug=Given("slug", models.SlugField())
    )
)


def inbox_named(channel: str, slug: str) -> Inbox | None:
    """The inbox of this channel and name, with its brand, used or not; None where there is none."""
    if not f"{channel}{slug}".isprintable():
        return None  # no column keeps such signs, and a database may refuse to look for them
    return _NAMED.first(channel=channel, slug=slug)
