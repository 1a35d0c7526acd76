"""The sentences of a long message that may be its question, each read with what was said before it; which of them is answered is `answer`'s."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from core.knowledge import Question, Said
from kb_index import words
from kb_index.places import places_in
from kb_index.spans import asks

MOST = 8
"""Sentences of one message that are read by themselves: those that ask, or, where none does, of all; of more, those of whose words the
articles have the largest share."""
TERMS = 2
"""Terms of its own with which a sentence may be a question by itself."""
LONG = 30
"""Words from which that is done of a message after others as well: a shorter one is read with them (`query`)."""
LONGEST = 4000
"""Letters of a message that is taken apart."""
BEFORE = 200
"""Letters of what stands before such a sentence that are read with it, as what the customer said earlier."""
_END = re.compile(
    r"(?<=[.!?؟…])\s+|\n+"
    r"|(?P<gap>\s+)(?=(?:I|I['’](?:m|ve|d|ll)|My|We|Our|By the way|Also|Please|Thanks|Thank you|Hello|Can you|Could you|Do you"
    r"|[Hh]ow (?:do|can|to|much|many|long)|[Ww]here (?:is|are|can|do)|[Ww]hat (?:is|are|does|do)|[Cc]an (?:i|I|we)"
    r"|Is there|Are there|[Ww]hy (?:is|are|does|do))\b)"
)
"""The end of a sentence, and where another one begins without a sign before it."""
_SHORTENED = re.compile(r"(?:\b[^\W\d_]\.)+$")
"""No end of a sentence ("the u.s. navy")."""
_WISHES = re.compile(r"\W*have an? ", re.IGNORECASE)
"""No question ("Have a nice week")."""
_WORDS = """
a an the and or but nor so that this which who what where when why how if whether until till because as before after since while than
once unless though although do does did can could should would may might must will shall am is are was were be been have has had
not never to of on in at by for from with about into my your our his her their me us you we it know see tell say said ask asked explain
understand wonder wondering sure think hope guess also just
"""
_GOES_ON = frozenset(_WORDS.split())
"""After one of these words no other sentence begins."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    text: str
    terms: tuple[str, ...]


def questions_in(question: Question, knows: Callable[[str], bool]) -> list[Question]:
    """Each sentence as a question of its own after what precedes it. None where the message is one sentence, and no sentence that lacks a
    place that the message names: what is said of one place need not hold at another. `knows`: whether the articles have a term."""
    text = question.text
    if len(text) > LONGEST or (question.history and len(text.split()) < LONG):
        return []
    ends = [0, *(end.end() for end in _END.finditer(text) if _ends(text, end)), len(text)]
    spans = [(start, end) for start, end in pairwise(ends) if text[start:end].strip()]
    if len(spans) < 2:
        return []
    named = places_in(text)
    language = question.language
    telling = [
        _Sentence(start, text[start:end].strip(), tuple(terms))
        for start, end in spans
        if len(terms := set(words.terms(text[start:end], language))) >= TERMS
    ]
    asking = [one for one in telling if asks(one.text, language) and not _WISHES.match(one.text)]
    may_be = [one for one in asking or telling if places_in(one.text) == named]
    known = sorted(may_be, key=lambda one: sum(map(knows, one.terms)) / len(one.terms))[-MOST:]
    found = []
    for one in sorted(known, key=lambda one: one.start):
        before = text[: one.start].strip()[-BEFORE:]
        said = (Said("customer", before),) if before else ()
        found.append(replace(question, text=one.text, history=(*question.history, *said)))
    return found


def _ends(text: str, end: re.Match[str]) -> bool:
    if end["gap"] is None:
        return not _SHORTENED.search(text, max(0, end.start() - 20), end.start())
    before = text[max(0, end.start() - 20) : end.start()].split()
    return bool(before) and before[-1][-1].isalnum() and before[-1].lower() not in _GOES_ON
