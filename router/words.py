"""The words of a ticket, as rules and classifiers read them. Weighing them is `router.features`; rules alone need no numpy."""

from __future__ import annotations

import re
import unicodedata

from core.letters import joined

LONGEST = 12_000
"""Characters of a text that are read: its first three quarters and its last quarter of this."""

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Kana and Han: written without spaces, so that each character counts as a word and neighbours as pairs."""
_JOINED = joined(rf"[^\W_{_UNSPACED}]")
_WORD = re.compile(rf"[{_UNSPACED}]|{_JOINED}(?:['’-]{_JOINED})*|[!?]")
_DIGIT = re.compile(r"\d")


def clipped(text: str) -> str:
    """The text, or the beginning and the end of one that is longer than anybody writes."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST * 3 // 4]} {text[-LONGEST // 4 :]}"


def words(text: str) -> list[str]:
    """Lower-case words and the marks ! and ?; each digit is 0, so that numbers share their shape."""
    plain = unicodedata.normalize("NFKC", clipped(text)).casefold()
    return _WORD.findall(_DIGIT.sub("0", plain))
