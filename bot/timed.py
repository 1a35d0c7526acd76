"""An encoder whose every run is timed for `bot.metrics`. What is remembered or batched is decided around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.metrics import ENCODED, timed
from core.ports import Encodes


class Timed:
    """The same encoder, watched."""

    def __init__(self, encoder: Encodes) -> None:
        self._encoder = encoder
        self.name = encoder.name
        self.dimension = encoder.dimension

    def encode(self, texts: Sequence[str]) -> Any:
        """As the encoder does."""
        with timed(ENCODED):
            return self._encoder.encode(texts)
