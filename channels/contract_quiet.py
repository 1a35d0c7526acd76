"""Which channels leave people in peace at night. A channel that says nothing of it is written to at any hour."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from channels.traits import Remembering
from core.message import Sender


@runtime_checkable
class KeepsQuiet(Protocol, metaclass=Remembering):
    """Its messages ring in people's pockets."""

    def quiet_until(self, to: Sender, at: datetime) -> datetime | None:
        """Pure: when something may be sent there that nobody is waiting for, on the clock of that place (its `tzinfo`);
        None where it may at `at`."""
        ...

    @property
    def lets_replies_through(self) -> bool:
        """Whether a colleague may send an urgent reply of their own in those hours all the same."""
        ...
