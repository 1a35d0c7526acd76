"""Words of everyday use that people take for one another: what comes from a shop is an order, a parcel, a package. A company's own
words are its glossary's.

An article that says "package" is near to whoever writes "package", whatever it is about; so the message is also read with the
word that most articles have, and the likelier reading counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from kb_index import words
from kb_index.generation import Generation
from kb_index.query import question_language

_SAME = {
    "en": (("parcel", "package", "shipment"),),
    "es": (("paquete", "envío"),),
    "de": (("Paket", "Sendung"),),
}
"""By language, what names the same thing; each with its plural."""
_ON_THE_WAY = {
    "en": (
        "order",
        r"arriv\w*|came|come|coming|receiv\w*|got|deliver\w*|late|lost|missing|track\w*|follow\w*|where",
    ),
    "es": (
        "pedido",
        r"lleg\w*|recib\w*|entreg\w*|perdid\w*|retras\w*|rastre\w*|segui\w*|d[oó]nde",
    ),
    "de": (
        "Bestellung",
        r"angekommen|ankomm\w*|erhalten|bekommen|geliefert|verloren|verschwunden|verfolg\w*|wo",
    ),
}
"""What is ordered is on its way where one of these words stands beside it."""
_PLURAL = {"en": "s", "es": "s", "de": "e?"}


@dataclass(frozen=True, slots=True)
class Reading:
    """`text`: the message with another word; `lent`: the terms of that word, which its writer did not choose."""

    text: str
    lent: frozenset[str]


def usual_reading(text: str, language: str, generation: Generation) -> Reading | None:
    """The message with the word that the articles use most for a thing, where it has another one for it."""
    code = question_language(language)
    name, way = _ON_THE_WAY.get(code, ("", ""))
    for group in _SAME.get(code, ()):
        terms = {word: words.term(word, language) for word in group}
        usual = min(group, key=lambda word: generation.idf(terms[word]))
        said = next((word for word in group if _named(word, code).search(text)), "")
        if not said and _named(name, code).search(text) and _way(way).search(text):
            said = name
        if said and said != usual and generation.knows(terms[usual]):
            written = _named(said, code).sub(_as(usual), text)
            return Reading(written, frozenset({terms[usual]}))
    return None


def _as(other: str) -> Callable[[re.Match[str]], str]:
    def written(said: re.Match[str]) -> str:
        return other.capitalize() if said[0][:1].isupper() else other.lower()

    return written


@cache
def _named(word: str, code: str) -> re.Pattern[str]:
    return re.compile(rf"\b{word}(?:{_PLURAL[code]})?\b", re.IGNORECASE)


@cache
def _way(words_: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words_})\b", re.IGNORECASE)
