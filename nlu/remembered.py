"""An encoder that remembers what it encoded lately: one message is read by several parts, and again in later turns.

Keys are digests, so no words of customers stay in memory. Encoding itself does not belong here.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.ports import Encodes

Array = np.ndarray[Any, np.dtype[Any]]

KEPT = 4096
"""Vectors kept: 6 MB at 384 numbers."""
BULK = 64
"""So many texts at once are an index being built, not a conversation; they pass through."""


class Remembered:
    """Satisfies `core.ports.Encodes` over another encoder; safe to call from several threads."""

    def __init__(self, encoder: Encodes, *, kept: int = KEPT) -> None:
        """`kept`: vectors remembered, the least lately used ones forgotten first."""
        self._encoder = encoder
        self._kept = kept
        self._known: OrderedDict[bytes, Array] = OrderedDict()
        self._lock = threading.Lock()
        self.name = encoder.name
        self.dimension = encoder.dimension

    def encode(self, texts: Sequence[str]) -> Array:
        """float32, shape (len(texts), dimension), rows of unit length, in the order of `texts`."""
        if len(texts) >= BULK:
            passed: Array = self._encoder.encode(texts)
            return passed
        keys = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
        found = self._recall(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            fresh = self._encoder.encode(list(missing.values()))
            new = dict(zip(missing, fresh, strict=True))
            self._keep(new)
            found |= new
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, key in enumerate(keys):
            rows[row] = found[key]
        return rows

    def _recall(self, keys: Sequence[bytes]) -> dict[bytes, Array]:
        found = {}
        with self._lock:
            for key in keys:
                if key in self._known:
                    self._known.move_to_end(key)
                    found[key] = self._known[key]
        return found

    def _keep(self, new: dict[bytes, Array]) -> None:
        with self._lock:
            for key, vector in new.items():
                self._known[key] = vector.copy()  # a row would keep its whole batch alive
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
