"""What is measured of a passage for a question; weighing the measurements is `rank`'s.

Similarities by meaning come from the stored vectors, by words from the stored term ids, so that no text is
read and nothing is encoded while candidates are compared. Every feature is 0 when nothing speaks for the passage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kb_index.generation import Generation, Part
from kb_index.passage import Array
from kb_index.query import Query, View

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


Stands = tuple[int, int, float, float]
"""Where a term stands in a part's vocabulary, its number in the view, its weight, and its importance: the weight without its idf."""


@dataclass(frozen=True, slots=True)
class Words:
    """The terms of one view as weights: a known term or its nearest spellings, by idf. `places`: of all spellings, by part."""

    spellings: Mapping[str, Sequence[str]]
    weight: Mapping[str, float]
    places: Mapping[int, Sequence[Stands]] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(self.weight.values()) or 1.0


def words_of(view: View, generation: Generation) -> Words:
    """Looks each term up; one that stands nowhere is replaced by known spellings one edit away."""
    spellings: dict[str, Sequence[str]] = {}
    weight: dict[str, float] = {}
    places: dict[int, list[Stands]] = {number: [] for number in range(len(generation.parts))}
    spelled = generation.spelled
    for number, (term, importance) in enumerate(view.terms.items()):
        near, idf, stands = spelled(term)
        spellings[term] = near
        weight[term] = weighs = importance * idf
        for part, place in stands:
            places[part].append((place, number, weighs, importance))
    return Words(spellings, weight, places)


def measure(
    query: Query,
    generation: Generation,
    found: Sequence[tuple[int, Array]],
    words: tuple[Words, Words],
) -> Candidates:
    """Features of the candidate rows, given per part of the generation."""
    is_one = query.whole is query.own
    views = ((query.own, words[0]),) if is_one else ((query.own, words[0]), (query.whole, words[1]))
    blocks = []
    for number, rows in found:
        if len(rows):
            block = _views(views, generation, number, rows)
            blocks.append(np.hstack([block, block]) if is_one else block)
    values = np.vstack(blocks) if blocks else np.empty((0, 2 * len(VIEW_FEATURES)), np.float32)
    parts = np.concatenate([np.full(len(rows), n) for n, rows in found] or [np.empty(0, int)])
    rows = np.concatenate([rows for _, rows in found] or [np.empty(0, int)]).astype(np.int64)
    articles, names = _articles(generation, found)
    _add_ranks(values, is_one=is_one)
    per_article = _article_features(values, articles, len(names))
    foreign = _other_language(query.language, generation, found)
    table = np.hstack([values, per_article, foreign[:, None]]).astype(np.float32)
    return Candidates(parts, rows, articles, names, table)


def _views(
    views: Sequence[tuple[View, Words]], generation: Generation, number: int, rows: Array
) -> Array:
    """The features of each view side by side; what is read of the passages is read once. `number`: of the part."""
    part = generation.parts[number]
    width = len(VIEW_FEATURES)
    table = np.zeros((len(rows), width * len(views)), dtype=np.float32)
    nearby = _Nearby(part, rows)
    held = _Held(generation, part, rows)
    # A title that says much (a question, a task) is worth more than one that names a subject.
    telling = _telling(part, rows)[:, None]
    for at, (view, words) in enumerate(views):
        columns = table[:, at * width : (at + 1) * width]
        if view.vector is not None:
            nearby.similarities(view.vector, columns)
        held.overlaps(words, words.places.get(number, ()), columns[:, 3:])
        columns[:, 10:13] = columns[:, [1, 5, 6]] * telling
    return table


def _telling(part: Part, rows: Array) -> Array:
    """0 for a context of two terms or fewer, 1 from five terms on."""
    terms = part.segment.head.start[rows + 1] - part.segment.head.start[rows]
    clipped: Array = np.clip((terms - 2) / 3, 0.0, 1.0).astype(np.float32)
    return clipped


class _Nearby:
    """The vectors of some passages of a part."""

    def __init__(self, part: Part, rows: Array) -> None:
        segment = part.segment
        self._passages = _floats(segment.vectors[rows])
        self._contexts = _floats(segment.contexts[segment.context_of[rows]])
        begins = segment.span_start[rows]
        sizes = segment.span_start[rows + 1] - begins
        self._first = np.cumsum(sizes) - sizes
        self._has = sizes > 0
        places = np.arange(sizes.sum()) + np.repeat(begins - self._first, sizes)
        self._windows = _floats(segment.spans[places]) if len(places) else None

    def similarities(self, vector: Array, into: Array) -> None:
        """Cosines with each passage, its context, and its best window, written into the first three columns."""
        passages = self._passages @ vector
        into[:, 0] = passages
        into[:, 1] = self._contexts @ vector
        if self._windows is not None:
            cosines = self._windows @ vector
            passages[self._has] = np.maximum.reduceat(cosines, self._first[self._has])
        into[:, 2] = passages


def window_cosines(
    view: View, generation: Generation, candidates: Candidates, row: int
) -> Array | None:
    """With each window of one candidate, shape (w,); None without an embedding."""
    if view.vector is None:
        return None
    segment = generation.parts[int(candidates.part[row])].segment
    begin, end = (
        segment.span_start[candidates.row[row]],
        segment.span_start[candidates.row[row] + 1],
    )
    cosines: Array = segment.spans[begin:end].astype(np.float32, copy=False) @ view.vector
    return cosines


def _floats(vectors: Array) -> Array:
    return vectors.astype(np.float32, copy=False)


class _Held:
    """The terms that some passages of a part hold."""

    def __init__(self, generation: Generation, part: Part, rows: Array) -> None:
        segment = part.segment
        self._count = len(rows)
        self._known = len(segment.vocabulary) + 1
        self._ids, counts, self._owner = segment.body.of(rows)
        self._head_ids, _, self._head_owner = segment.head.of(rows)
        self._head_size = np.maximum(1, np.bincount(self._head_owner, minlength=len(rows)))
        frequency = counts.astype(np.float32)
        norm = 1 - _B + _B * segment.lengths[rows] / generation.mean_length
        self._saturated = frequency * (_K1 + 1) / (frequency + _K1 * norm[self._owner])

    def overlaps(self, words: Words, stands: Sequence[Stands], into: Array) -> None:
        """BM25 and shares of the question's weight found in the body and the head, and of the head's found in it, and of its heaviest
        term, written into the first five columns. `stands`: where the words stand in this part's vocabulary."""
        weight = np.zeros(self._known, dtype=np.float32)
        term_of = np.full(self._known, -1, dtype=np.int64)
        if stands:
            places, numbers, weights, _ = zip(*stands, strict=True)
            at = np.array(places)
            weight[at] = weights
            term_of[at] = numbers
        terms = max(1, len(words.spellings))
        hit = np.flatnonzero(term_of[self._ids] >= 0)
        ids = self._ids[hit]
        cells = self._owner[hit] * terms + term_of[ids]
        bm25 = self._most(cells, weight[ids] * self._saturated[hit], terms)
        present = self._most(cells, weight[ids], terms)
        inside = term_of[self._head_ids] >= 0
        head_ids = self._head_ids[inside]
        head_cells = self._head_owner[inside] * terms + term_of[head_ids]
        head_hit = self._most(head_cells, weight[head_ids], terms)
        matched = np.bincount(self._head_owner, weights=inside, minlength=self._count)
        total = words.total
        into[:, 0] = bm25.sum(1) / total
        into[:, 1] = present.sum(1) / total
        into[:, 2] = head_hit.sum(1) / total
        into[:, 3] = matched / self._head_size
        into[:, 4] = present.max(axis=1) / max(1e-6, max(words.weight.values(), default=1.0))

    def _most(self, cells: Array, values: Array, terms: int) -> Array:
        """The greatest value of each passage and term, shape (passages, terms)."""
        most = np.zeros(self._count * terms, np.float32)
        np.maximum.at(most, cells, values.astype(np.float32, copy=False))
        return most.reshape(self._count, terms)


def _add_ranks(values: Array, *, is_one: bool) -> None:
    """1 for the best candidate by meaning and by words, 1/2 for the second ..., in both views; `is_one`: they are the same."""
    width = len(VIEW_FEATURES)
    shares = 1.0 / np.arange(1, len(values) + 1)
    for start in (0,) if is_one else (0, width):
        for source, target in ((0, 8), (3, 9)):
            order = (-values[:, start + source]).argsort(kind="stable")
            values[order, start + target] = shares
    if is_one:
        values[:, width + 8 : width + 10] = values[:, 8:10]


def _articles(
    generation: Generation, found: Sequence[tuple[int, Array]]
) -> tuple[Array, tuple[str, ...]]:
    """The article of each row as a number, and the names of these numbers."""
    numbers: dict[str, int] = {}
    of = []
    for number, rows in found:
        segment = generation.parts[number].segment
        codes = segment.codes["article"][rows].tolist()
        names = segment.names["article"]
        known = {code: numbers.setdefault(names[code], len(numbers)) for code in sorted(set(codes))}
        of.append(np.array([known[code] for code in codes], np.int64))
    return np.concatenate(of or [np.empty(0, np.int64)]), tuple(numbers)


def _article_features(values: Array, article: Array, count: int) -> Array:
    """The best cosine and BM25 of the passage's article: what stands around a passage speaks for it."""
    best = np.zeros((count, 2), np.float32)
    for target, source in ((0, 0), (1, 3)):
        np.maximum.at(best[:, target], article, values[:, source])
    return best[article]


def _other_language(
    language: str, generation: Generation, found: Sequence[tuple[int, Array]]
) -> Array:
    foreign = []
    for number, rows in found:
        segment = generation.parts[number].segment
        names = segment.names["language"]
        is_other = np.array([bool(language and n and n != language) for n in names], np.float32)
        foreign.append(is_other[segment.codes["language"][rows]])
    return np.concatenate(foreign or [np.empty(0, np.float32)])
