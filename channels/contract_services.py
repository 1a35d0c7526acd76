"""What a channel may tell of itself where people know it by several names."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from channels.traits import Remembering


@runtime_checkable
class NamesService(Protocol, metaclass=Remembering):
    """Carries one of several services that people know by different names."""

    @property
    def service(self) -> str:
        """Pure: which of them this inbox is, in small letters: `messenger`."""
        ...
