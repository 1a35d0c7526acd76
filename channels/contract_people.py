"""What a channel is whose messages name nobody, and whose provider tells who they are when it is asked: beside `contract`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from channels.traits import Remembering
from core.message import Sender


@dataclass(frozen=True, slots=True)
class Profile:
    """What a provider tells of a person. `language`: two or three letters; either may be empty."""

    name: str = field(default="", repr=False)
    language: str = ""


@runtime_checkable
class KnowsPeople(Protocol, metaclass=Remembering):
    """Can be asked who wrote, once their message is stored."""

    @property
    def tells_names(self) -> bool:
        """False for an account whose messages bring the names with them."""
        ...

    async def profile(self, sender: Sender) -> Profile:
        """Who that is. Raises `TemporaryFailure`; `PermanentFailure` where it is not told to us: they did not agree, they are
        gone, or the account may not ask."""
        ...
