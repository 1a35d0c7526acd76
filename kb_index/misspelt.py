"""Words of a message that are misspelt, read as they were meant. Finding words that are nearly like a term is `query`'s.

An encoder takes "passwrod" apart into pieces that mean nothing, so that the article on passwords is far from the question; the
words that were spelled right have still found it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable
from itertools import islice

from kb_index import words
from kb_index.generation import Generation
from kb_index.grounds import is_slip
from kb_index.passage import PassageText
from kb_index.places import places_in

MOST = 8
"""Words of one message that are looked at, the first ones: a text of which more are strange is another language, or made to cost time."""
SHORTEST = 4
LONG = 7
"""Letters from which a wrong letter, or one too many, is a slip as well: shorter words are too like one another."""


def meant(
    text: str,
    language: str,
    generation: Generation,
    found: Iterable[PassageText],
    real: Container[str] = (),
) -> str:
    """The text with each word that no article has in place of which the passages found have one that it is a slip of; the
    most frequent, where there are several. The same text where there is nothing to read otherwise.

    `real`: words, in lower case, that are written as they are meant ("tree" beside an article that says "three"), as are names of places.
    """
    strange = (
        token
        for token in dict.fromkeys(words.tokens(text))
        if token.lower() not in real and _is_strange(token, language, generation)
    )
    unknown = list(islice(strange, MOST))
    if not unknown:
        return text
    here = Counter(word.lower() for one in found for word in words.tokens(one.read()))
    for token in unknown:
        near = [word for word in here if _is_meant(token.lower(), word)]
        if near:
            word = max(near, key=lambda one: (here[one], one))
            text = re.sub(rf"\b{re.escape(token)}\b", word, text)
    return text


def _is_strange(token: str, language: str, generation: Generation) -> bool:
    return (
        len(token) >= SHORTEST
        and token.isalpha()
        and not words.is_stop(token, language)
        and not generation.knows(words.term(token, language))
        and not places_in(token)
    )


def _is_meant(token: str, word: str) -> bool:
    if abs(len(token) - len(word)) > 1 or (token[:1] != word[:1] and len(token) < LONG):
        return False
    return is_slip(token, word) or (len(token) >= LONG and _differs_once(token, word))


def _differs_once(one: str, other: str) -> bool:
    """One letter wrong, or one more or fewer."""
    if len(one) > len(other):
        one, other = other, one
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    return one[start + (len(one) == len(other)) :] == other[start + 1 :]
