"""The words that people use all the time, which may also be somebody's product; what a message names is `entities`' business."""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from nlu import packages

_MOST_USED: Final = 10_000
_FIRST: Final = 1996
"""Where the words begin in the vocabulary of the packaged tokenizer: before it stand letters and signs, from here on
words and pieces of words, the most used ones first ("the" is 1996)."""


@cache
def ordinary_words() -> frozenset[str]:
    """The ten thousand most used words of English, in lower case. Raises ModelUnavailable where the tokenizer's package is missing."""
    path = packages.locate(packages.MINILM_TOKENIZER)
    numbers: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return frozenset(
        word
        for word, number in numbers.items()
        if _FIRST <= number < _FIRST + _MOST_USED and word.isalpha()
    )
