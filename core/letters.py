"""Letters of all scripts with the marks that belong to them, as patterns name them. Which words a reader needs is its own business."""

from __future__ import annotations

import unicodedata
from itertools import chain


def _marks() -> str:
    r"""The marks of all scripts, as they stand in a set of a pattern: `\w` knows none, and would end a Hindi or Thai
    word at each vowel sign. Which picture an emoji has (U+FE00 to U+FE0F) says nothing of a word."""
    told = map(chr, chain(range(0x0300, 0x3000), range(0x3100, 0xFE00), range(0xFE10, 0x1F000)))
    return "".join(one for one in told if unicodedata.category(one) in {"Mn", "Mc"})


MARKS = _marks()
_FIRST = "\u0300"


def may_have_marks(text: str) -> bool:
    """Quickly told of most texts, for the pattern of `joined` takes several times as long as one without marks."""
    return not text.isascii() and max(text) >= _FIRST


def joined(letter: str) -> str:
    """The pattern of letters and what belongs to them; after a mark also a joiner, with which Indic scripts write what they
    bind. `letter`: the pattern of one."""
    return rf"{letter}++(?:[{MARKS}]++[\u200c\u200d]?+{letter}*+)*+"
