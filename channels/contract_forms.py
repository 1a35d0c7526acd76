"""Which channels show words with a form. A channel that says nothing of it is given plain words, and that is all there is to do."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from channels.contract import Channel
from channels.traits import Remembering
from core.rich import Look

EVERY_LOOK = frozenset(Look)


@runtime_checkable
class ShowsForm(Protocol, metaclass=Remembering):
    """Makes something of `Outbound.rich`. Nothing of the words may be lost by that, whatever they are, and nothing in
    them may become a sign of the provider's that is no look of theirs."""

    @property
    def shows(self) -> frozenset[Look]:
        """What the provider's apps really show. The rest is said in words."""
        ...


def looks_of(channel: Channel) -> frozenset[Look]:
    """What this channel shows; nothing where it takes plain words alone."""
    return channel.shows if isinstance(channel, ShowsForm) else frozenset()
