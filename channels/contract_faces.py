"""What a channel is whose inbox has several addresses, and may answer from the one that the customer wrote to."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from channels.traits import Remembering


@runtime_checkable
class HasAliases(Protocol, metaclass=Remembering):
    """Its inbound messages say in `extra["written_to"]` which of its addresses they were written to; what goes out may say
    the same."""

    @property
    def answers_from(self) -> frozenset[str]:
        """Pure: the addresses besides its own from which it may send, in small letters."""
        ...
