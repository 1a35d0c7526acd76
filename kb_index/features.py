"""What is measured of a passage for a question; weighing the measurements is `rank`'s.

Similarities by meaning come from the stored vectors, by words from the stored term ids, so that no text is
read and nothing is encoded while candidates are compared. Every feature is 0 when nothing speaks for the passage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kb_index.generation import Generation, Part
from kb_index.passage import Array
from kb_index.query import Query, View, nearest_terms

VIEW_FEATURES = (
    "passage_cosine",
    "context_cosine",
    "window_cosine",
    "bm25",
    "coverage",
    "head_coverage",
    "head_match",
    "best_term",
    "dense_rank",
    "lexical_rank",
    "telling_context",
    "telling_coverage",
    "telling_match",
)
NAMES = (
    *(f"own_{name}" for name in VIEW_FEATURES),
    *(f"whole_{name}" for name in VIEW_FEATURES),
    "article_cosine",
    "article_bm25",
    "other_language",
)

_K1, _B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows of the parts of a generation that may answer, and the features of each.

    `part`, `row`: int arrays (n,). `values`: float32 (n, len(NAMES)). `article`: int (n,), numbers of `articles`.
    """

    part: Array
    row: Array
    article: Array
    articles: tuple[str, ...]
    values: Array


@dataclass(frozen=True, slots=True)
class Words:
    """The terms of one view as weights: a known term or its nearest spellings, by idf."""

    spellings: Mapping[str, Sequence[str]]
    weight: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.weight.values()) or 1.0


def words_of(view: View, generation: Generation) -> Words:
    """Looks each term up; one that stands nowhere is replaced by known spellings one edit away."""
    spellings: dict[str, Sequence[str]] = {}
    weight: dict[str, float] = {}
    for term, importance in view.terms.items():
        near: tuple[str, ...] = (term,)
        if not generation.knows(term) and len(term) > 3 and not term.isdigit():
            near = tuple(nearest_terms(term, generation.knows)) or (term,)
        spellings[term] = near
        weight[term] = importance * min(generation.idf(word) for word in near)
    return Words(spellings, weight)


def measure(
    query: Query,
    generation: Generation,
    found: Sequence[tuple[int, Array]],
    words: tuple[Words, Words],
) -> Candidates:
    """Features of the candidate rows, given per part of the generation."""
    blocks = []
    for number, rows in found:
        if len(rows):
            part = generation.parts[number]
            own = _view(query.own, words[0], generation, part, rows)
            whole = own
            if query.whole is not query.own:
                whole = _view(query.whole, words[1], generation, part, rows)
            blocks.append(np.hstack([own, whole]))
    values = np.vstack(blocks) if blocks else np.empty((0, 2 * len(VIEW_FEATURES)), np.float32)
    parts = np.concatenate([np.full(len(rows), n) for n, rows in found] or [np.empty(0, int)])
    rows = np.concatenate([rows for _, rows in found] or [np.empty(0, int)]).astype(np.int64)
    articles, names = _articles(generation, parts, rows)
    _add_ranks(values)
    per_article = _article_features(values, articles, len(names))
    foreign = _other_language(query.language, generation, parts, rows)
    table = np.hstack([values, per_article, foreign[:, None]]).astype(np.float32)
    return Candidates(parts, rows, articles, names, table)


def _view(view: View, words: Words, generation: Generation, part: Part, rows: Array) -> Array:
    table = np.zeros((len(rows), len(VIEW_FEATURES)), dtype=np.float32)
    if view.vector is not None:
        table[:, :3] = _similarities(view.vector, part, rows)
    table[:, 3:8] = _overlaps(words, generation, part, rows)
    # A title that says much (a question, a task) is worth more than one that names a subject.
    table[:, 10:13] = table[:, [1, 5, 6]] * _telling(part, rows)[:, None]
    return table


def _telling(part: Part, rows: Array) -> Array:
    """0 for a context of two terms or fewer, 1 from five terms on."""
    terms = part.segment.head.start[rows + 1] - part.segment.head.start[rows]
    clipped: Array = np.clip((terms - 2) / 3, 0.0, 1.0).astype(np.float32)
    return clipped


def _similarities(vector: Array, part: Part, rows: Array) -> Array:
    """Cosines with the passage, its context, and its best window."""
    segment = part.segment
    passages = segment.vectors[rows].astype(np.float32) @ vector
    contexts = segment.contexts[segment.context_of[rows]].astype(np.float32) @ vector
    begins, ends = segment.span_start[rows], segment.span_start[rows + 1]
    best = passages.copy()
    sizes = ends - begins
    if sizes.sum():
        offsets = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        cosines = segment.spans[np.repeat(begins, sizes) + offsets].astype(np.float32) @ vector
        has = sizes > 0
        best[has] = np.maximum.reduceat(cosines, (np.cumsum(sizes) - sizes)[has])
    return np.stack([passages, contexts, best], axis=1)


def _overlaps(words: Words, generation: Generation, part: Part, rows: Array) -> Array:
    """BM25 and shares of the question's weight found in the body and the head, and of the head's found in it."""
    vocabulary = part.segment.vocabulary
    weight = np.zeros(len(vocabulary) + 1, dtype=np.float32)
    term_of = np.full(len(vocabulary) + 1, -1, dtype=np.int64)
    for number, (term, spellings) in enumerate(words.spellings.items()):
        for word in spellings:
            if word in vocabulary:
                weight[vocabulary[word]] = words.weight[term]
                term_of[vocabulary[word]] = number
    n, terms = len(rows), max(1, len(words.spellings))
    ids, counts, owner = part.segment.body.of(rows)
    hit = term_of[ids] >= 0
    ids, counts, owner = ids[hit], counts[hit].astype(np.float32), owner[hit]
    norm = 1 - _B + _B * part.segment.lengths[rows] / generation.mean_length
    saturated = counts * (_K1 + 1) / (counts + _K1 * norm[owner])
    bm25 = np.zeros((n, terms), np.float32)
    np.maximum.at(bm25, (owner, term_of[ids]), weight[ids] * saturated)
    present = np.zeros((n, terms), np.float32)
    np.maximum.at(present, (owner, term_of[ids]), weight[ids])
    head_ids, _, head_owner = part.segment.head.of(rows)
    head_hit = np.zeros((n, terms), np.float32)
    inside = term_of[head_ids] >= 0
    np.maximum.at(
        head_hit, (head_owner[inside], term_of[head_ids[inside]]), weight[head_ids[inside]]
    )
    head_size = np.maximum(1, np.bincount(head_owner, minlength=n))
    head_match = np.bincount(head_owner, weights=inside, minlength=n) / head_size
    total = words.total
    best = present.max(axis=1) / max(1e-6, max(words.weight.values(), default=1.0))
    columns = (
        bm25.sum(1) / total,
        present.sum(1) / total,
        head_hit.sum(1) / total,
        head_match,
        best,
    )
    return np.stack(columns, axis=1)


def _add_ranks(values: Array) -> None:
    """1 for the best candidate by meaning and by words, 1/2 for the second ..., in both views."""
    width = len(VIEW_FEATURES)
    for start in (0, width):
        for source, target in ((0, 8), (3, 9)):
            order = np.argsort(-values[:, start + source], kind="stable")
            values[order, start + target] = 1.0 / np.arange(1, len(order) + 1)


def _articles(generation: Generation, parts: Array, rows: Array) -> tuple[Array, tuple[str, ...]]:
    numbers: dict[str, int] = {}
    of = np.empty(len(rows), dtype=np.int64)
    for place, (number, row) in enumerate(zip(parts, rows, strict=True)):
        segment = generation.parts[number].segment
        name = segment.names["article"][segment.codes["article"][row]]
        of[place] = numbers.setdefault(name, len(numbers))
    return of, tuple(numbers)


def _article_features(values: Array, article: Array, count: int) -> Array:
    """The best cosine and BM25 of the passage's article: what stands around a passage speaks for it."""
    best = np.zeros((count, 2), np.float32)
    for target, source in ((0, 0), (1, 3)):
        np.maximum.at(best[:, target], article, values[:, source])
    return best[article]


def _other_language(language: str, generation: Generation, parts: Array, rows: Array) -> Array:
    foreign = np.zeros(len(rows), dtype=np.float32)
    if not language:
        return foreign
    for number, part in enumerate(generation.parts):
        here = parts == number
        names = np.array([bool(n) and n != language for n in part.segment.names["language"]])
        if len(names):
            foreign[here] = names[part.segment.codes["language"][rows[here]]]
    return foreign
