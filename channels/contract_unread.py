"""What a channel says of what it cannot read: who sent it, beside `contract`, which is for what it can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from channels.contract import Arrival
from channels.traits import Remembering
from core.ids import ThreadKey
from core.message import Sender


@dataclass(frozen=True, slots=True)
class Named:
    """Whom something that cannot be read names as its sender. `keys`: what an answer to it refers to."""

    sender: Sender
    keys: tuple[ThreadKey, ...] = ()


@runtime_checkable
class NamesSender(Protocol, metaclass=Remembering):
    """Can say who sent what it cannot read."""

    def answerable(self, arrival: Arrival) -> Named | None:
        """Pure: whom a machine may tell that this could not be read; None where that is not sure. What stands there has
        broken us: it is looked at with bounds."""
        ...
