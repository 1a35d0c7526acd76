"""Where a Teams message stands, and the names under which its conversation is found again. No payloads here.

19:x@thread.v2                            a conversation of Teams: personal, a group's, or one thread of a channel
https://.../ 19:x@thread.v2 1700          one message in it, and the service by which it is reached
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.ids import ThreadKey


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation and the service that takes messages for it."""

    service_url: str
    conversation: str

    @property
    def is_personal(self) -> bool:
        """Between one person and the bot; all others have names that begin with 19."""
        return self.conversation.startswith("a:")


def thread_key(conversation: str) -> ThreadKey:
    """A conversation of Teams. A channel's id names its thread too: `19:x@thread.tacv2;messageid=1700`."""
    return ThreadKey(conversation)


def message_key(place: Place, message: str) -> ThreadKey:
    """One message; the last one known says where to go on."""
    return ThreadKey(f"{place.service_url} {place.conversation} {message}")


def last_place(keys: Iterable[ThreadKey]) -> Place | None:
    """Where the conversation of these keys, oldest first, was last heard; None if it never was in Teams."""
    for key in reversed(list(keys)):
        parts = key.split(" ")
        if len(parts) == 3:
            return Place(parts[0], parts[1])
    return None
