"""Finds the passages that may answer, by meaning and by words; deciding whether they do is `answer`'s."""

from __future__ import annotations

import numpy as np

from core.knowledge import Question
from kb_index.features import Candidates, Words, measure, words_of
from kb_index.generation import Filters, Generation
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
    is_one = query.whole is query.own
    views, read = ((query.own,), words[:1]) if is_one else ((query.own, query.whole), words)
    vectors = [view.vector for view in views if view.vector is not None]
    found = []
    for number, part in enumerate(generation.parts):
        rows = [
            part.finder.matching(part, ids_of(terms, number), BY_WORDS, filters) for terms in read
        ]
        if vectors:
            rows.append(part.finder.near(part, np.stack(vectors), BY_MEANING, filters))
        found.append((number, np.unique(np.concatenate(rows))))
    return measure(query, generation, found, words)


def ids_of(words: Words, part: int) -> dict[int, float]:
    """Term ids of a part with the weight of their view (the index itself holds their idf)."""
    stands = words.places.get(part, ())
    # A few weights are those of many terms.
    rounded = {one: round(one, 2) for one in {importance for *_, importance in stands}}
    return {place: rounded[importance] for place, _, _, importance in stands}
