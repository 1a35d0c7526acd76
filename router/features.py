"""What the classifiers see of a ticket: words and pieces of words as weighted columns. Classifying does not belong here.

Training and serving share these functions, and serving must not import scikit-learn (2.6 s, 100 MB), so the
vectorizer is our own and its vocabulary is saved as JSON.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any

import numpy as np

from router.words import words

Array = np.ndarray[Any, np.dtype[Any]]

_PIECES = range(2, 6)
_SPAN = 40
"""Characters of a word that are cut into pieces at once."""
_KEPT = 20
"""Longest word whose pieces are remembered: few are longer, and fewer come again."""
_LEAD = 10
_TELLING = 4
_RARE = float(np.log(7)) + 1
"""The idf of a term of every seventh text."""


def word_terms(text: str) -> list[str]:
    """Words and pairs of neighbours."""
    found = words(text)
    return found + [f"{one} {other}" for one, other in pairwise(found)]


def lead_terms(text: str) -> list[str]:
    """Words and pairs of the first ten words: the subject, or how somebody begins."""
    found = words(text)[:_LEAD]
    return found + [f"{one} {other}" for one, other in pairwise(found)]


def piece_terms(text: str) -> list[str]:
    """Runs of 2 to 5 characters within words, whose edges count as spaces: near to spelling, in any language."""
    spans = chain.from_iterable(map(_spans, words(text)))
    return list(chain.from_iterable(map(_pieces, spans)))


def _spans(word: str) -> tuple[str, ...]:
    """Of a long word in ASCII, which is hardly one, the beginning; whole where words may be written without spaces."""
    if len(word) <= _SPAN or word.isascii():
        return (word[:_SPAN],)
    return tuple(word[at : at + _SPAN] for at in range(0, len(word), _SPAN))


def _pieces(span: str) -> tuple[str, ...]:
    return _remembered(span) if len(span) <= _KEPT else _cut(span)


def _cut(span: str) -> tuple[str, ...]:
    padded = f" {span} "
    return tuple(padded[at : at + size] for size in _PIECES for at in range(len(padded) - size + 1))


_remembered = lru_cache(maxsize=50_000)(_cut)


VIEWS: dict[str, Callable[[str], list[str]]] = {
    "words": word_terms,
    "lead": lead_terms,
    "pieces": piece_terms,
}
"""Ways to read a text, in the order of their columns; the first is the one that explanations quote."""


class View:
    """One way to read a text. `terms`: one a column; `idf`: their weights, shape (columns,), float32."""

    def __init__(self, name: str, terms: Sequence[str], idf: Array) -> None:
        self.name, self.terms, self.idf = name, tuple(terms), idf
        self._columns = {term: at for at, term in enumerate(self.terms)}

    def row(self, terms: Iterable[str]) -> tuple[Array, Array]:
        """Columns (ascending) and values of one text: (1 + log count) x idf, scaled to unit length."""
        column = self._columns.get
        known = sorted(
            (at, n) for term, n in Counter(terms).items() if (at := column(term)) is not None
        )
        columns = np.array([at for at, _ in known], dtype=np.int32)
        counts = np.array([n for _, n in known], dtype=np.float32)
        values = (1 + np.log(counts)) * self.idf[columns]
        length = float(np.sqrt(values @ values))
        return columns, (values / length if length else values).astype(np.float32)


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """All views side by side: the columns of the second follow those of the first."""

    views: tuple[View, ...]

    @property
    def width(self) -> int:
        return sum(len(view.terms) for view in self.views)

    def row(self, text: str) -> tuple[Array, Array]:
        """Columns and values of a text; both empty when nothing in it is known."""
        columns, values, offset = [], [], 0
        for view in self.views:
            found, weights = view.row(VIEWS[view.name](text))
            columns.append(found + np.int32(offset))
            values.append(weights)
            offset += len(view.terms)
        return np.concatenate(columns), np.concatenate(values)

    def matrix(self, texts: Sequence[str]) -> Any:
        """scipy CSR matrix, float32, shape (len(texts), width); for training and measuring alone."""
        from scipy.sparse import csr_matrix

        rows = [self.row(text) for text in texts]
        offsets = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([np.zeros(0, np.int32), *(row[0] for row in rows)])
        values = np.concatenate([np.zeros(0, np.float32), *(row[1] for row in rows)])
        return csr_matrix((values, columns, offsets), shape=(len(texts), self.width))

    def columns_of(self, name: str) -> tuple[int, int]:
        """The first column of a view and the one after its last."""
        first = 0
        for view in self.views:
            if view.name == name:
                return first, first + len(view.terms)
            first += len(view.terms)
        raise KeyError(name)

    def telling_term(self, column: int) -> str:
        """What the customer wrote behind this column; empty for a piece of a word and for what says little alone."""
        for view in self.views:
            if column < len(view.terms):
                term = view.terms[column]
                is_telling = len(term) >= _TELLING and view.idf[column] >= _RARE
                return term if view.name != "pieces" and is_telling else ""
            column -= len(view.terms)
        return ""


SMALL = 2000
"""Texts below which every word that was ever said is kept."""


def learn_features(
    texts: Sequence[str], views: Sequence[str] = tuple(VIEWS), most_columns: int = 120_000
) -> TextFeatures:
    """The views' vocabularies: terms of two texts or more, the most frequent `most_columns` of each view.

    Below `SMALL` texts a term of a single text is kept as well: there is too little to throw any away.
    """
    return TextFeatures(tuple(_learn_view(name, texts, most_columns) for name in views))


def _learn_view(name: str, texts: Sequence[str], most_columns: int) -> View:
    frequency: Counter[str] = Counter()
    for text in texts:
        frequency.update(set(VIEWS[name](text)))
    fewest = 1 if len(texts) < SMALL else 5 if name == "pieces" else 2
    kept = [item for item in frequency.items() if item[1] >= fewest]
    kept.sort(key=lambda item: (-item[1], item[0]))
    kept = sorted(kept[:most_columns])
    counts = np.array([count for _, count in kept], dtype=np.float64)
    idf = np.log((1 + len(texts)) / (1 + counts)) + 1
    return View(name, [term for term, _ in kept], idf.astype(np.float32))
