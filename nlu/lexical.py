"""Words and pieces of words as sparse TF-IDF features, the same in training and in serving; embeddings do not belong here.

Our own thirty lines instead of scikit-learn's vectorizer, because serving must not import scikit-learn (2.6 s, 100 MB)
and the vocabulary is saved as JSON, not pickled.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from core.letters import joined, may_have_marks

Array = np.ndarray[Any, np.dtype[Any]]

_JOINED = joined(r"[^\W_]")
_WORD = re.compile(rf"{_JOINED}(?:['’]{_JOINED})*|[?!]")
_PLAIN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[?!]")
_DIGIT = re.compile(r"\d")


def words(text: str) -> list[str]:
    """Lower-case words, question and exclamation marks; each digit becomes 0, so that numbers share a shape."""
    lowered = text.lower()
    found = (_WORD if may_have_marks(lowered) else _PLAIN).findall(lowered)
    return [_DIGIT.sub("0", word) for word in found]


def word_terms(text: str) -> list[str]:
    """Words and pairs of neighbours."""
    found = words(text)
    return found + [f"{first} {second}" for first, second in itertools.pairwise(found)]


def piece_terms(text: str, shortest: int = 2, longest: int = 5) -> list[str]:
    """Runs of characters inside words, the edges of a word marked by a space."""
    pieces = []
    for word in words(text):
        padded = f" {word} "
        for size in range(shortest, longest + 1):
            if len(padded) <= size:
                pieces.append(padded)
                break
            pieces += [padded[at : at + size] for at in range(len(padded) - size + 1)]
    return pieces


@dataclass(slots=True)
class Vocabulary:
    """Terms that occurred in enough training documents, with their weight."""

    columns: dict[str, int] = field(default_factory=dict)
    idf: Array = field(default_factory=lambda: np.zeros(0, dtype=np.float32))

    @classmethod
    def learn(cls, documents: Sequence[Iterable[str]], max_share: float = 1.0) -> Vocabulary:
        """From the terms of each training document, without those in more than `max_share` of them."""
        frequency: Counter[str] = Counter()
        for terms in documents:
            frequency.update(set(terms))
        most = max_share * len(documents)
        kept = sorted(term for term, count in frequency.items() if count <= most)
        counts = np.array([frequency[term] for term in kept], dtype=np.float64)
        idf = np.log((1 + len(documents)) / (1 + counts)) + 1
        return cls({term: column for column, term in enumerate(kept)}, idf.astype(np.float32))

    def weigh(self, terms: Iterable[str]) -> tuple[Array, Array]:
        """Columns and values of one document: (1 + log count) x idf, scaled to unit length."""
        counts = Counter(self.columns[term] for term in terms if term in self.columns)
        columns = np.fromiter(counts, dtype=np.int32, count=len(counts))
        values = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(values)) * self.idf[columns]
        length = float(np.sqrt((values * values).sum()))
        return columns, values / length if length else values

    def matrix(self, documents: Sequence[Iterable[str]]) -> sparse.csr_matrix:
        """float32, shape (len(documents), len(columns)), rows of unit length or empty."""
        rows = [self.weigh(terms) for terms in documents]
        offsets = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([row[0] for row in rows]) if rows else np.zeros(0, np.int32)
        values = np.concatenate([row[1] for row in rows]) if rows else np.zeros(0, np.float32)
        shape = (len(documents), len(self.columns))
        return sparse.csr_matrix((values, columns, offsets), shape=shape)
