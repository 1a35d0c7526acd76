"""The learned coefficients that search and answers use: one small reviewable file. Learning them is `train`'s.

Serving needs numpy alone. `weights.json` holds numbers and the hashes of what they were learned from, no texts.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb_index import answerable, spans
from kb_index.rank import RANK_NAMES, Linear

DEFAULT = Path(__file__).with_name("weights.json")


def learned_for(encoder: str) -> Path:
    """The coefficients that were learned with this encoder (its name), or the usual ones: what a cosine is worth differs."""
    own = DEFAULT.with_name(f"weights-{encoder}.json")
    return own if own.exists() else DEFAULT


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything learned. `version` is a digest of the coefficients."""

    version: str
    rank: Linear
    answerable: Linear
    span: Linear

    def described(self) -> dict[str, Any]:
        """What `load_weights` reads, without the account of the data."""
        return {
            "rank": self.rank.described(),
            "answerable": self.answerable.described(),
            "span": self.span.described(),
        }


def load_weights(path: Path = DEFAULT) -> Weights:
    """Reads the coefficients. Raises ValueError when they were learned on other features than are measured now."""
    content = path.read_bytes()
    described = json.loads(content)
    return Weights(
        version=hashlib.sha256(content).hexdigest()[:12],
        rank=Linear.of(described["rank"], RANK_NAMES),
        answerable=Linear.of(described["answerable"], answerable.NAMES),
        span=Linear.of(described["span"], spans.NAMES),
    )
