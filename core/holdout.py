"""Which of two policies decides a ticket while both are tried out: by a hash, so that anybody can tell again. Deciding is `router`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

MOST = 50
"""Percent of the tickets that another policy may decide before it is adopted."""


class Arm(StrEnum):
    """Whose a ticket is."""

    PRESENT = "present"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Holdout:
    """One trial. `seed`: drawn once, when it began; `share`: percent that `other` decides; `present` and `other`: versions
    of the policy."""

    id: str
    seed: str
    share: int
    present: str
    other: str

    def arm(self, need: str) -> Arm:
        """Of a need, by its id: the conversation's, as a ticket has none before it is decided, and one conversation alone.

        The first 8 bytes of SHA-256 over seed and id, as a fraction of all that they can be, are below the share or not.
        """
        digest = hashlib.sha256(f"{self.seed}:{need}".encode()).digest()
        is_other = int.from_bytes(digest[:8], "big") * 100 < self.share * 2**64
        return Arm.OTHER if is_other else Arm.PRESENT
