"""How a message looks apart from its words: length, marks, named things, keyboard mash; meanings do not belong here."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from core.understanding import Entity
from nlu.lexical import words

Array = np.ndarray[Any, np.dtype[Any]]

KINDS: Final = (
    "email", "phone", "order_number", "ticket_number", "amount", "date", "serial_number", "url",
    "language",
)  # fmt: skip
DIMENSION: Final = 10 + len(KINDS)

_REPEATED = re.compile(r"^(.{1,3}?)\1{2,}.{0,2}$")
_CONSONANTS = re.compile(r"[b-df-hj-np-tv-xz]{5,}")
_LATIN = re.compile(r"^[a-z]{4,}$")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm")
_NEIGHBOURS = frozenset(
    pair for row in _ROWS for first, second in itertools.pairwise(row) for pair in (first + second, second + first)
)  # fmt: skip


def shape(text: str, entities: Sequence[Entity]) -> Array:
    """float32, shape (DIMENSION,), each number 0 or 1."""
    found = words(text)
    count = sum(word not in "?!" for word in found)
    kinds = {entity.kind for entity in entities}
    marks = [
        count <= 1,
        count <= 2,
        count <= 4,
        count <= 8,
        count > 15,
        "?" in text,
        "!" in text,
        count > 1 and text.isupper(),
        count == 0,
        any(character.isdigit() for character in text),
    ]
    return np.array(marks + [kind in kinds for kind in KINDS], dtype=np.float32)


def is_wordless(text: str) -> bool:
    """Nothing but emoji, marks or space."""
    return not any(character.isalnum() for character in text)


def is_mash(text: str) -> bool:
    """Every word of it was typed by a cat: "asdfgh", "zzzz", "kjhdf ksjdhf"."""
    found = [word for word in words(text) if word not in "?!"]
    return bool(found) and all(_is_mashed(word) for word in found)


def _is_mashed(word: str) -> bool:
    if not _LATIN.match(word):
        return False
    if _REPEATED.match(word):
        return True
    vowels = sum(letter in "aeiouy" for letter in word) / len(word)
    if vowels < 0.2 and _CONSONANTS.search(word):
        return True
    pairs = [first + second for first, second in itertools.pairwise(word)]
    return sum(pair in _NEIGHBOURS for pair in pairs) / len(pairs) >= 0.75
