"""Finds the passages that may answer, by meaning and by words; deciding whether they do is `answer`'s."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.knowledge import Question
from kb_index.features import Candidates, Words, measure, words_of
from kb_index.generation import Filters, Generation
from kb_index.passage import Array
from kb_index.query import Query, View
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


def find(query: Query, generation: Generation, filters: Filters) -> Candidates:
    """The candidates of all parts with their features, in no order; filters hold inside the search."""
    own = words_of(query.own, generation)
    whole = own if query.whole is query.own else words_of(query.whole, generation)
    found = []
    for number, part in enumerate(generation.parts):
        rows: list[Array] = []
        for view, words in ((query.own, own), (query.whole, whole)):
            if view is query.own and rows:
                break
            if view.vector is not None:
                rows.append(part.finder.near(part, view.vector, BY_MEANING, filters))
            ids = _ids(view, words, part.segment.vocabulary)
            rows.append(part.finder.matching(part, ids, BY_WORDS, filters))
        found.append((number, np.unique(np.concatenate(rows))))
    return measure(query, generation, found, (own, whole))


def _ids(view: View, words: Words, vocabulary: Mapping[str, int]) -> dict[int, float]:
    """Term ids with the weight of their view (the index itself holds their idf)."""
    ids = {}
    for term, spellings in words.spellings.items():
        importance = round(view.terms[term], 2)
        for word in spellings:
            place = vocabulary.get(word)
            if place is not None:
                ids[place] = importance
    return ids
