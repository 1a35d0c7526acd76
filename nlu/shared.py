"""The multilingual encoder of a serving process: one for all that read messages, 120 MB once. Training loads its own."""

from __future__ import annotations

from functools import cache

from core.ports import Encodes
from nlu.batched import Batched
from nlu.encoder import load_encoder
from nlu.remembered import Remembered


@cache
def shared_multilingual() -> Encodes:
    """Loaded at the first call; encodes together what is asked for at once, and a message once. Raises ModelUnavailable."""
    return Remembered(Batched(load_encoder("multilingual")))
