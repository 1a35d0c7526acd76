"""Words that are words: those that people use all the time, which may also be somebody's product; what a message names is `entities`' business."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Final

from nlu import packages

_MOST_USED: Final = 10_000
_SHORTEST: Final = 4
_FIRST: Final = 1996
"""Where the words begin in the vocabulary of the packaged tokenizer: before it stand letters and signs, from here on
words and pieces of words, the most used ones first ("the" is 1996)."""


@cache
def real_words() -> Mapping[str, int]:
    """The twenty thousand words of four letters or more, most of them English, that the packaged tokenizer knows whole, in lower case: nobody's slip of
    the pen. Each with its number, the most used ones first. Raises ModelUnavailable where its package is missing."""
    return {
        word: number
        for word, number in _numbers().items()
        if len(word) >= _SHORTEST and word.isalpha()
    }


@cache
def ordinary_words() -> frozenset[str]:
    """The ten thousand most used words of English, in lower case. Raises ModelUnavailable where the tokenizer's package is missing."""
    return frozenset(
        word
        for word, number in _numbers().items()
        if _FIRST <= number < _FIRST + _MOST_USED and word.isalpha()
    )


def _numbers() -> dict[str, int]:
    """What the tokenizer knows, with its numbers."""
    path = packages.locate(packages.MINILM_TOKENIZER)
    numbers: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return numbers
