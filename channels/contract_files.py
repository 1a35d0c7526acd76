"""Small protocols of channels and files: customers agree to one before it comes, what a provider publishes is kept. The
contract itself is `contract`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from channels.contract import Arrival
from channels.traits import Remembering
from core.message import Attached


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that somebody agreed to take. `link`: the address of ours that it was offered under; `where`: what the
    channel needs to bring it, in its own words; `name`: the same for one agreement however often it is told."""

    name: str
    link: str = field(repr=False)
    where: Mapping[str, str] = field(repr=False)


@runtime_checkable
class HandsOver(Protocol, metaclass=Remembering):
    """Asks its customers before it brings them a file."""

    def wanted(self, arrival: Arrival) -> Wanted | None:
        """Pure: the file that somebody has just agreed to take; None in all other arrivals. Raises `MalformedPayload`."""
        ...

    async def hand_over(self, wanted: Wanted, file: Attached) -> None:
        """Brings it. Raises `TemporaryFailure` where that may be tried again, else `PermanentFailure`."""
        ...


@runtime_checkable
class Remembers(Protocol, metaclass=Remembering):
    """Knows after a restart what its provider publishes for all (keys), and how old that is."""

    def remember_in(self, folder: Path) -> None:
        """Called once, before the first arrival. Nothing of customers and no secret goes there; without the folder, or with
        nonsense in it, all works as if nothing had been known."""
        ...
