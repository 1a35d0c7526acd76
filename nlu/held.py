"""Which words a text holds at all, so that patterns of words that it lacks need not be tried; what patterns find is their own business."""

from __future__ import annotations

import re
from collections.abc import Iterable

Words = frozenset[str] | None

_RUN = re.compile(r"\w+")
_LIKE_PLAIN = {0x130: "i", 0x131: "i", 0x17F: "s", 0x212A: "k"}
"""Letters beyond ASCII that a pattern which ignores case takes for one of ASCII: i with and without its dot, the long s, the sign of kelvin."""


def as_matched(text: str) -> str:
    """In lower case, also of letters that such a pattern takes for others: by this what it has found is looked up."""
    return text.translate(_LIKE_PLAIN).lower()


def words_held(text: str) -> Words:
    """Its words in lower case; None, which may hold any, beyond ASCII, where letters are alike in ways that only a pattern knows."""
    return frozenset(_RUN.findall(text.lower())) if text.isascii() else None


def telling_words(phrases: Iterable[str]) -> Words:
    """One word of each phrase, without which a pattern that ignores case and wants the phrase between the edges of words does not match
    a text of ASCII; None where there is no such word."""
    found = set()
    for phrase in phrases:
        runs = _RUN.findall(phrase.lower())
        if not runs or not _LIKE_PLAIN.keys().isdisjoint(map(ord, phrase)):
            return None
        found.add(runs[-1])
    return frozenset(found)


def may_hold(words: Words, telling: Words) -> bool:
    """False where a text of these words holds none of the phrases that `telling` was made of."""
    return words is None or telling is None or not words.isdisjoint(telling)
