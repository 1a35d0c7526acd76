"""One encoder for many threads: what they ask for while it is busy is encoded together. Encoding itself does not belong here.

Short texts cost an encoder little more together than one by one, so the busier it is the less each costs.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np

from core.ports import Encodes

Array = np.ndarray[Any, np.dtype[Any]]

LARGEST = 32
"""Texts encoded together; whoever brings more than that is served alone."""


class Batched:
    """Satisfies `core.ports.Encodes` over another encoder; made to be called from several threads.

    There is no thread of its own: whoever finds the encoder free encodes for all who wait.
    """

    def __init__(self, encoder: Encodes) -> None:
        self._encoder = encoder
        self._encoding = threading.Lock()
        self._queue = threading.Lock()
        self._waiting: list[tuple[Sequence[str], Future[Array]]] = []
        self.name = encoder.name
        self.dimension = encoder.dimension

    def encode(self, texts: Sequence[str]) -> Array:
        """float32, shape (len(texts), dimension), rows of unit length, in the order of `texts`."""
        if len(texts) > LARGEST:
            alone: Array = self._encoder.encode(texts)
            return alone
        mine: Future[Array] = Future()
        with self._queue:
            self._waiting.append((texts, mine))
        with self._encoding:
            while not mine.done():
                self._serve()
        return mine.result()

    def _serve(self) -> None:
        """Encodes what waits, oldest first, as far as one batch reaches."""
        with self._queue:
            taken, count = [], 0
            while self._waiting and count + len(self._waiting[0][0]) <= LARGEST:
                item = self._waiting.pop(0)
                taken.append(item)
                count += len(item[0])
        try:
            vectors = self._encoder.encode([text for texts, _ in taken for text in texts])
        except Exception as problem:  # noqa: BLE001  it is raised again by each who asked
            for _, future in taken:
                future.set_exception(problem)
            return
        start = 0
        for texts, future in taken:
            future.set_result(vectors[start : start + len(texts)])
            start += len(texts)
