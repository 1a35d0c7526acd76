"""Intents with calibrated probabilities, and whether a message belongs to any of them. Training is `nlu.intents_train`.

A message is compared with the training rows by one weighted sum of cosines (main encoder, multilingual encoder, words, pieces of
words); kernel ridge regression over it scores each intent, one temperature turns scores into probabilities, and a
logistic regression over several signals says whether the message is in scope. A fine-tuned encoder, where there is one,
helps to tell the intents apart and has no say in the scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import sparse

from core.ports import Encodes
from nlu.acts import softmax
from nlu.lexical import Vocabulary, piece_terms, word_terms

Array = np.ndarray[Any, np.dtype[Any]]

Mix = tuple[float, float, float, float]
"""Weights of the cosines of: main encoder, multilingual encoder, words, pieces of words."""

SIGNALS: Final = ("best", "main", "multilingual")
"""The best score, and how near the nearest rows are by each embedding. Margin, entropy, energy and wording were tried too:
they fitted the simulated out-of-scope rows better and the real ones worse (docs/measured.md)."""

_NEIGHBOURS: Final = 5
_FLOOR: Final = 0.03
"""Ridge scores are near the probabilities themselves, but may be negative."""

_TUNED_WEIGHT: Final = 2.0
"""Of the tuned cosine, as much as the main encoder's has."""

_PIECE: Final = 512


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts as vectors whose dot products add up to the weighted sum of cosines; the last is sparse."""

    main: Array
    multilingual: Array
    wording: sparse.csr_matrix

    def __len__(self) -> int:
        return len(self.main)

    def take(self, chosen: Array) -> Rows:
        return Rows(self.main[chosen], self.multilingual[chosen], self.wording[chosen])


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns texts into `Rows`: the encoders and what the training texts taught about words."""

    encoder: Encodes
    multilingual: Encodes
    words: Vocabulary
    pieces: Vocabulary
    mix: Mix

    @classmethod
    def learn(
        cls, texts: Sequence[str], encoder: Encodes, multilingual: Encodes, mix: Mix
    ) -> Reader:
        """Terms that stand in a tenth of many texts tell no intent from another, and cost the most time."""
        share = 0.1 if len(texts) > 1000 else 1.0
        words = Vocabulary.learn([word_terms(text) for text in texts], max_share=share)
        pieces = Vocabulary.learn([piece_terms(text) for text in texts], max_share=share)
        return cls(encoder, multilingual, words, pieces, mix)

    def read(self, texts: Sequence[str]) -> Rows:
        return self.weigh(texts, self.encoder.encode(texts), self.multilingual.encode(texts))

    def weigh(self, texts: Sequence[str], main: Array, multilingual: Array) -> Rows:
        """From embeddings that are there already, a row a text."""
        roots = [np.float32(weight**0.5) for weight in self.mix]
        words = self.words.matrix([word_terms(text) for text in texts])
        pieces = self.pieces.matrix([piece_terms(text) for text in texts])
        wording = sparse.hstack([roots[2] * words, roots[3] * pieces]).tocsr()
        return Rows(roots[0] * main, roots[1] * multilingual, wording)


@dataclass(frozen=True, slots=True)
class Known:
    """Rows to compare with. `terms`: their wording turned round, so that one message costs only its own terms."""

    rows: Rows
    terms: sparse.csr_matrix

    @classmethod
    def of(cls, rows: Rows) -> Known:
        return cls(rows, rows.wording.T.tocsr())


@dataclass(frozen=True, slots=True)
class Compared:
    """Messages compared with known rows. `kernel`: float32, shape (messages, rows), 1 where all cosines are 1.

    `nearness`: shape (2, messages), the mean of the nearest few rows by the main and the multilingual embedding.
    """

    kernel: Array
    nearness: Array


@dataclass(frozen=True, slots=True)
class Scope:
    """Logistic regression over standardised `SIGNALS`; in scope from `threshold` on."""

    means: Array
    scales: Array
    weights: Array
    bias: float
    threshold: float

    def probability(self, signals: Array) -> Array:
        """Shape (rows,): calibrated probability of being in scope."""
        logits = (signals - self.means) / self.scales @ self.weights + self.bias
        result: Array = 1 / (1 + np.exp(-logits))
        return result


@dataclass(frozen=True, slots=True)
class Refined:
    """What a fine-tuned encoder adds. `folder`: where it was written; `known`: the training rows by it, unit length.

    It has seen which rows belong together, so how near it finds them says nothing of what it has not seen: scope is
    decided without it.
    """

    encoder: Encodes
    folder: Path
    known: Array
    coefficients: Array

    def scores(self, kernel: Array, texts: Sequence[str]) -> Array:
        """`kernel`: of these texts with the known rows, as `compare` gives it."""
        result: Array = refine(kernel, self.encoder.encode(texts), self.known) @ self.coefficients
        return result


@dataclass(frozen=True, slots=True)
class Prediction:
    """`probabilities`: shape (messages, labels), given that one of the intents is meant; `in_scope`: (messages,)."""

    probabilities: Array
    in_scope: Array


@dataclass(frozen=True, slots=True)
class IntentModel:
    """A trained classifier. `known`: the training rows that messages are compared with."""

    labels: tuple[str, ...]
    reader: Reader
    known: Known
    coefficients: Array
    temperature: float
    scope: Scope | None = None
    refined: Refined | None = None

    def predict(self, texts: Sequence[str]) -> Prediction:
        """For each text, what it may mean and whether it means any of it (1.0 where scope was not trained)."""
        compared = compare(self.reader.read(texts), self.known, sum(self.reader.mix))
        scores = compared.kernel @ self.coefficients
        signals = scope_signals(scores, compared)
        known = self.scope.probability(signals) if self.scope else np.ones(len(scores))
        if self.refined is not None:
            scores = self.refined.scores(compared.kernel, texts)
        return Prediction(probabilities(scores, self.temperature), known)

    def with_scope(self, scope: Scope) -> IntentModel:
        return replace(self, scope=scope)


def compare(rows: Rows, known: Known, most: float, itself: bool = False) -> Compared:
    """`most`: the sum of the mix. `itself`: rows and known are the same, and none is its own neighbour."""
    kernel = np.empty((len(rows), len(known.rows)), dtype=np.float32)
    nearness = np.empty((2, len(rows)), dtype=np.float32)
    for start in range(0, len(rows), _PIECE):
        piece = slice(start, min(start + _PIECE, len(rows)))
        main = rows.main[piece] @ known.rows.main.T
        multilingual = rows.multilingual[piece] @ known.rows.multilingual.T
        wording = (rows.wording[piece] @ known.terms).toarray()
        kernel[piece] = np.exp(main + multilingual + wording - np.float32(most))
        for number, part in enumerate((main, multilingual)):
            if itself:
                part[np.arange(len(part)), start + np.arange(len(part))] = -1.0
            nearness[number, piece] = _nearest(part)
    return Compared(kernel, nearness)


def refine(kernel: Array, vectors: Array, known: Array) -> Array:
    """The kernel with the tuned cosine as one more, float32, shape as `kernel`, which is not changed."""
    result: Array = vectors @ known.T
    result -= 1
    result *= np.float32(_TUNED_WEIGHT)
    np.exp(result, out=result)
    result *= kernel
    return result


def _nearest(cosines: Array) -> Array:
    count = min(_NEIGHBOURS, cosines.shape[1])
    result: Array = np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1)
    return result


def probabilities(scores: Array, temperature: float) -> Array:
    """Shape as `scores`, rows summing to 1. Powers of the scores: steadier than a softmax of them (measured.md)."""
    return softmax(log_scores(scores) / temperature)


def log_scores(scores: Array) -> Array:
    result: Array = np.log(np.maximum(scores, _FLOOR))
    return result


def scope_signals(scores: Array, compared: Compared) -> Array:
    """float64, shape (rows, len(SIGNALS))."""
    return np.stack([scores.max(axis=1), *compared.nearness], axis=1).astype(np.float64)
