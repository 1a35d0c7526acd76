"""What a channel is that also sees what is written in public: beside `contract`, which is for what is written to us."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from channels.contract import Arrival
from channels.traits import Remembering
from core.post import Looked, Posted


@runtime_checkable
class SeesPosts(Protocol, metaclass=Remembering):
    """Is told of comments and mentions. What is sent to an address of kind `public` stands where everybody reads."""

    def posts(self, arrival: Arrival) -> list[Posted]:
        """Pure. [] for arrivals about nothing public, and for our own words. Such an arrival parses to []. Raises
        `MalformedPayload` and nothing else."""
        ...

    async def look_up(self, reference: str) -> Looked:
        """What is missing of a post, by its `Posted.look_up`. Raises `TemporaryFailure`; `PermanentFailure` where
        it never comes: gone, or nothing that the provider shows."""
        ...
