"""The words of a ticket, as rules and classifiers read them. Weighing them is `router.features`; rules alone need no numpy."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain

LONGEST = 12_000
"""Characters of a text that are read: its first three quarters and its last quarter of this."""

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Kana and Han: written without spaces, so that each character counts as a word and neighbours as pairs."""


def _marks() -> str:
    r"""The marks of all scripts, as they stand in a set of a pattern: `\w` knows none, and would end a Hindi or Thai
    word at each vowel sign. Which picture an emoji has (U+FE00 to U+FE0F) says nothing of a word."""
    told = map(chr, chain(range(0x0300, 0x3000), range(0x3100, 0xFE00), range(0xFE10, 0x1F000)))
    return "".join(one for one in told if unicodedata.category(one) in {"Mn", "Mc"})


_LETTER = rf"[^\W_{_UNSPACED}]"
_JOINED = rf"{_LETTER}++(?:[{_marks()}]++[\u200c\u200d]?+{_LETTER}*+)*+"
"""Letters and what belongs to them; after a mark also a joiner, with which Indic scripts write what they bind."""
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
