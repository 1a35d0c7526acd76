"""Words of a message that are misspelt, or cut short, read as they were meant. Finding words that are nearly like a term is `query`'s.

An encoder takes "passwrod" apart into pieces that mean nothing, so that the article on passwords is far from the question; the
words that were spelled right have still found it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

from kb_index import words
from kb_index.generation import Generation
from kb_index.grounds import is_slip
from kb_index.passage import PassageText
from kb_index.places import place_names, places_in
from kb_index.query import nearest_terms, question_language
from kb_index.shorthand import written_out

MOST = 8
"""Words of one message that are looked at, the first ones: a text of which more are strange is another language, or made to cost time."""
SHORTEST = 4
MIDDLING = 5
"""Letters from which a wrong letter, or one too many, is a slip as well, where the word begins right: shorter ones are too like one another."""
LONG = 7
"""Letters from which that holds wherever it is, and from which two slips are one word."""
LONGEST = 24
_SENTENCE = re.compile(r"(?:^|[.!?:\n])\W*$")


@dataclass(frozen=True, slots=True)
class _Strange:
    """A word of the message that no article has. `is_name`: it is written large where only names are."""

    token: str
    is_name: bool

    @property
    def low(self) -> str:
        return self.token.lower()


def meant(
    text: str,
    language: str,
    generation: Generation,
    found: Iterable[PassageText],
    real: Mapping[str, int] | None = None,
) -> str:
    """The text with each word that no article has in place of which the passages found have one that it is a slip of; the
    most frequent, where there are several. Where they have none, a place or a word of everyday use that it is a slip of. What is
    cut short ("pls", "u") is written out. The same text where there is nothing to read otherwise.

    `real`: words, in lower case, that are written as they are meant ("tree" beside an article that says "three"), as are names of
    places, each with its place among the most used ones.
    """
    real = real or {}
    text = written_out(text, language, generation)
    unknown = list(islice(_strange(text, language, generation, real), MOST))
    if not unknown:
        return text
    here = Counter(word for one in found for word in words.tokens(one.read()))
    for strange in unknown:
        word = _nearest(strange, here) or _elsewhere(strange, language, generation, real)
        if word:
            word = word.lower() if strange.token.islower() else word
            text = re.sub(rf"\b{re.escape(strange.token)}\b", word, text)
    return text


def _strange(
    text: str, language: str, generation: Generation, real: Mapping[str, int]
) -> Iterator[_Strange]:
    seen = set()
    at = 0
    for token in words.tokens(text):
        at = max(at, text.find(token, at))
        if token in seen:
            continue
        seen.add(token)
        if token.lower() not in real and _is_strange(token, language, generation):
            begins = _SENTENCE.search(text[max(0, at - 8) : at]) is not None
            is_large = token[0].isupper() and not token.isupper() and language != "de"
            yield _Strange(token, is_large and not begins)


def _is_strange(token: str, language: str, generation: Generation) -> bool:
    return (
        SHORTEST <= len(token) <= LONGEST
        and token.isalpha()
        and not words.is_stop(token, language)
        and not generation.knows(words.term(token, language))
        and not places_in(token)
    )


def _nearest(strange: _Strange, here: Mapping[str, int]) -> str:
    """Of the words of the passages, the one that is meant: the likeliest slip first, then the most frequent."""
    best: tuple[int, int, str] | None = None
    for word, times in here.items():
        kind = _kind(strange.low, word.lower())
        if kind and (kind == SLIP or not strange.is_name or word[0].isupper()):
            best = max(best or (0, 0, ""), (kind, times, word))
    return best[2] if best else ""


def _elsewhere(
    strange: _Strange, language: str, generation: Generation, real: Mapping[str, int]
) -> str:
    """A place that is meant, or, for what is no name, a term of the index or a word of everyday use; the most used."""
    if places := _one_off(words.fold(strange.token), place_names()):
        return places[0].title() if len({place_names()[one] for one in places}) == 1 else ""
    if strange.is_name:
        return ""
    code = question_language(language)
    everyday = real if code == "en" else _stop_words(code)
    if near := _one_off(strange.low, everyday):
        return min(near, key=lambda word: (everyday[word], word))
    term = words.term(strange.token, language)
    terms = [one for one in generation.spelled(term).spellings if one != term and _kind(term, one)]
    return max(terms, key=lambda one: (-generation.idf(one), one), default="")


def _one_off(word: str, known: Mapping[str, object]) -> list[str]:
    near = nearest_terms(word, known.__contains__)
    return [one for one in near if len(one) >= SHORTEST and _kind(word, one)]


@cache
def _stop_words(language: str) -> Mapping[str, int]:
    return {word: at for at, word in enumerate(sorted(words.stop_words(language)))}


SLIP, ONCE, TWICE = 3, 2, 1


def _kind(token: str, word: str) -> int:
    """What kind of slip of the word it is; 0 for none."""
    apart = abs(len(token) - len(word))
    if apart > 2 or len(word) < SHORTEST:
        return 0
    begins = token[:1] == word[:1]
    if apart < 2 and (begins or len(token) >= LONG):
        if is_slip(token, word):
            return SLIP
        if len(token) >= MIDDLING and _differs_once(token, word):
            return ONCE
    is_long = len(token) + len(word) >= 2 * LONG - 1
    return TWICE if begins and is_long and _differs_twice(token, word) else 0


def _differs_once(one: str, other: str) -> bool:
    """One letter wrong, or one more or fewer."""
    if len(one) > len(other):
        one, other = other, one
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    return one[start + (len(one) == len(other)) :] == other[start + 1 :]


def _differs_twice(one: str, other: str) -> bool:
    """At most two letters wrong, more, fewer or swapped with the next."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if before and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > 2:
            return False
        before, last = last, row
    return last[-1] <= 2
