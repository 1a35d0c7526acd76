"""Finds the passages that may answer, by meaning and by words; deciding whether they do is `answer`'s."""

from __future__ import annotations

import numpy as np

from core.knowledge import Question
from kb_index.features import Candidates, Words, measure, words_of
from kb_index.generation import Filters, Generation
from kb_index.passage import Array
from kb_index.query import Query
from kb_index.words import fold

BY_MEANING = 40
BY_WORDS = 30
"""Candidates from each side; per view of the question, merged."""


def filters_of(question: Question, hide: frozenset[str] = frozenset()) -> Filters:
    """What this asker may be shown, and wants to; articles of the brand `default` are every brand's, `hide` is nobody's."""
    within = question.within
    return Filters(
        audience=question.audience,
        brands=frozenset({question.brand, "default"}),
        sections=within.sections,
        hidden=hide,
        title=frozenset(fold(within.title).split()),
        since="" if within.since is None else within.since.isoformat(),
    )


def words_in(query: Query, generation: Generation) -> tuple[Words, Words]:
    """The words of both views."""
    own = words_of(query.own, generation)
    return own, own if query.whole is query.own else words_of(query.whole, generation)


def find(
    query: Query, generation: Generation, filters: Filters, words: tuple[Words, Words]
) -> Candidates:
    """The candidates of all parts with their features, in no order; filters hold inside the search. `words`: as `words_in`."""
    own, whole = words
    found = []
    for number, part in enumerate(generation.parts):
        rows: list[Array] = []
        for view, terms in ((query.own, own), (query.whole, whole)):
            if view is query.own and rows:
                break
            if view.vector is not None:
                rows.append(part.finder.near(part, view.vector, BY_MEANING, filters))
            rows.append(part.finder.matching(part, ids_of(terms, number), BY_WORDS, filters))
        found.append((number, np.unique(np.concatenate(rows))))
    return measure(query, generation, found, (own, whole))


def ids_of(words: Words, part: int) -> dict[int, float]:
    """Term ids of a part with the weight of their view (the index itself holds their idf)."""
    stands = words.places.get(part, ())
    return {place: round(importance, 2) for place, _, _, importance in stands}
