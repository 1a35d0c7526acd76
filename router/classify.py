"""Scores to calibrated probabilities, in plain numpy, and which words weighed how much. Training is `router.learn`.

A classifier asks several small members and weighs their scores against each other (stacking: Wolpert
1992), by a linear model fitted on scores of rows that the members had not seen; its softmax is the
probability. Members: linear ones over columns of the text, networks over its concepts (latent
semantic analysis), and a linear one over the message's embedding. Where no embedding came with the
ticket, a second weighing without that member takes its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.understanding import Scored
from router.circumstances import Circumstances, Known
from router.features import TextFeatures

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Linear:
    """`x @ weights + bias`. `weights`: float32, shape (inputs, outputs); `bias`: shape (outputs,)."""

    weights: Array
    bias: Array

    def sparse(self, columns: Array, values: Array) -> Array:
        """Scores of one row given by its non-zero columns, shape (outputs,)."""
        return np.asarray(values @ self.weights[columns] + self.bias)

    def dense(self, rows: Array) -> Array:
        """Scores of one full row or of many; last axis outputs."""
        return np.asarray(rows @ self.weights + self.bias)


@dataclass(frozen=True, slots=True)
class Slice:
    """A linear member that sees the text's columns from `first` on, as many as it has weights for."""

    first: int
    linear: Linear

    def scores(self, seen: Seen) -> Array:
        """Shape (outputs,)."""
        columns, values = self.part(seen)
        return self.linear.sparse(columns, values)

    def part(self, seen: Seen) -> tuple[Array, Array]:
        """The ticket's columns in this slice, counted from its first, and their values."""
        ends = (self.first, self.first + len(self.linear.weights))
        low, high = np.searchsorted(seen.columns, ends)
        return seen.columns[low:high] - self.first, seen.values[low:high]


@dataclass(frozen=True, slots=True)
class Network:
    """One hidden layer of rectified units; gives log-probabilities."""

    hidden: Linear
    out: Linear

    def dense(self, rows: Array) -> Array:
        scores = self.out.dense(np.maximum(self.hidden.dense(rows), 0.0))
        return np.log(softmax(scores) + FAINT).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Committee:
    """Networks that began from different random weights: their mean errs less than each of them."""

    networks: tuple[Network, ...]

    def dense(self, rows: Array) -> Array:
        """Mean log-probabilities of one row or of many; last axis outputs."""
        return np.asarray(np.mean([network.dense(rows) for network in self.networks], axis=0))


FAINT = 1e-6
"""The least probability a member may claim: a logarithm must stay finite."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns a ticket into what members see; one for all classifiers of a model.

    `projection`: float32, shape (columns used, concepts): the first columns of the text to concepts.
    `dimension`: of the embeddings it was trained with; 0 for none. `circumstances`: those it knows, if any.
    """

    features: TextFeatures
    projection: Array
    dimension: int = 0
    circumstances: Circumstances = field(default_factory=Circumstances)

    def read(self, text: str, vector: Array | None = None, known: Known | None = None) -> Seen:
        """An embedding of another dimension, or one that is not finite, is left out."""
        columns, values = self.features.row(text)
        is_usable = (
            vector is not None and vector.shape == (self.dimension,) and np.isfinite(vector).all()
        )
        count = np.searchsorted(columns, len(self.projection))
        concepts = values[:count] @ self.projection[columns[:count]]
        around = self.circumstances.row(known or {})
        return Seen(columns, values, concepts, vector if is_usable else None, around)


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket as members see it. `columns`, `values`: non-zero text features; `concepts`: shape (concepts,);
    `around`: its circumstances, shape (columns of them,)."""

    columns: Array
    values: Array
    concepts: Array
    vector: Array | None
    around: Array

    @property
    def is_blank(self) -> bool:
        """Nothing in the text is known, and there is no embedding: no ground for any opinion."""
        return not len(self.columns) and self.vector is None


@dataclass(frozen=True, slots=True)
class Classifier:
    """One question about a ticket (its category, its priority, its team).

    `labels`: the answers, in the order of all arrays. `plain` weighs the scores of `texts`, then
    `concepts`, then `around` where there is one; `full` those and then `vector`'s, who sees the embedding alone, or as a
    committee the concepts and the embedding side by side.
    """

    labels: tuple[str, ...]
    texts: tuple[Slice, ...]
    concepts: Committee
    plain: Linear
    vector: Linear | Committee | None = None
    full: Linear | None = None
    around: Linear | None = None

    def probabilities(self, seen: Seen) -> Array:
        """Shape (labels,), sums to 1."""
        scores = [text.scores(seen) for text in self.texts]
        scores.append(self.concepts.dense(seen.concepts))
        if self.around is not None:
            scores.append(self.around.dense(seen.around))
        if seen.vector is None or self.vector is None or self.full is None:
            return softmax(self.plain.dense(np.concatenate(scores)))
        if isinstance(self.vector, Committee):
            scores.append(self.vector.dense(np.concatenate([seen.concepts, seen.vector])))
        else:
            scores.append(np.log(softmax(self.vector.dense(seen.vector)) + FAINT))
        return softmax(self.full.dense(np.concatenate(scores)))

    def weighed(self, features: TextFeatures, seen: Seen, label: int) -> tuple[Scored, ...]:
        """The words that spoke most for `label`, strongest first, at most eight.

        The number is the word's exact share of the linear members' part in the label's score, above
        the mean of all labels; what the other members made of the word is not in it. Short words and
        those of every seventh training text or more are not listed: they explain nothing to a reader.
        """
        shares: dict[str, float] = {}
        for at, text in enumerate(self.texts):
            towards = self._towards(seen, label, at)
            columns, values = text.part(seen)
            found = values * (text.linear.weights[columns] @ towards)
            for column, share in zip(columns.tolist(), found.tolist(), strict=True):
                term = features.telling_term(column + text.first)
                shares[term] = shares.get(term, 0.0) + share
        shares.pop("", None)
        return _strongest(shares, 8)

    def circumstances(self, reader: Reader, seen: Seen, label: int) -> tuple[Scored, ...]:
        """The circumstances that spoke most for `label`, as `weighed` says it of words; at most four."""
        if self.around is None:
            return ()
        towards = self._towards(seen, label, len(self.texts) + 1)
        found = seen.around * (self.around.weights @ towards)
        values = reader.circumstances.values
        shares = {f"{values[at][0]}: {values[at][1]}": float(found[at]) for at in range(len(found))}
        return _strongest(shares, 4)

    def _towards(self, seen: Seen, label: int, member: int) -> Array:
        """How much each score of that member adds to the label, above the mean of all labels."""
        mix = self.plain if seen.vector is None or self.full is None else self.full
        size = len(self.labels)
        onto = mix.weights[member * size : (member + 1) * size]
        return np.asarray(onto[:, label] - onto.mean(axis=1))


def _strongest(shares: dict[str, float], most: int) -> tuple[Scored, ...]:
    best = sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:most]
    return tuple(Scored(term, round(share, 4)) for term, share in best if share > 0)


def softmax(scores: Array) -> Array:
    """Over the last axis, in float64."""
    wide = np.asarray(scores, dtype=np.float64)
    powers = np.exp(wide - wide.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def calibration_error(probabilities: Array, truth: Array, bins: int = 15) -> float:
    """Expected calibration error of the first choice, 0..1, over bins of equal width (Guo et al. 2017).

    `probabilities`: shape (rows, labels); `truth`: label numbers, -1 for a label never seen.
    """
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == truth
    numbers = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for number in range(bins):
        inside = numbers == number
        if inside.any():
            gap = abs(confidence[inside].mean() - is_right[inside].mean())
            error += float(gap * inside.mean())
    return error
