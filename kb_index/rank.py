"""Weighs measurements with learned coefficients: which article answers, and whether it does. Learning them is `train`'s, their file `weights`'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kb_index.features import NAMES, VIEW_FEATURES, Candidates
from kb_index.passage import Array
from kb_index.query import Query


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of named values, standardised."""

    names: tuple[str, ...]
    mean: Array
    scale: Array
    weight: Array
    bias: float = 0.0

    def score(self, values: Array) -> Array:
        """values (n, len(names)) -> (n,)."""
        result: Array = (values - self.mean) / self.scale @ self.weight + self.bias
        return result

    @staticmethod
    def of(described: Mapping[str, Any], names: Sequence[str]) -> Linear:
        """Reads it back. Raises ValueError when it was learned on other features."""
        terms = described["terms"]
        if list(terms) != list(names):
            raise ValueError("The weights were learned on other features: run kb_index.train.")
        table = np.array([terms[name] for name in names], dtype=np.float32).reshape(-1, 3)
        return Linear(tuple(names), table[:, 0], table[:, 1], table[:, 2], described["bias"])

    def described(self) -> dict[str, Any]:
        """For `weights.json`: name -> [mean, scale, weight]."""
        rows = zip(self.names, self.mean, self.scale, self.weight, strict=True)
        terms = {name: [round(float(v), 5) for v in values] for name, *values in rows}
        return {"bias": round(self.bias, 5), "terms": terms}


RANK_NAMES = (*NAMES, *(f"leaning_{name}" for name in VIEW_FEATURES))


def rank_values(query: Query, candidates: Candidates) -> Array:
    """What the ranking weighs: the features, and what the conversation adds where the message leans on it."""
    width = len(VIEW_FEATURES)
    values = candidates.values
    added = query.leaning * (values[:, width : 2 * width] - values[:, :width])
    return np.hstack([values, added])


def sigmoid(value: float) -> float:
    """Log odds to probability."""
    return float(1.0 / (1.0 + np.exp(-min(max(value, -30.0), 30.0))))


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates in order. `rows`: positions in the candidates, best first; `scores` in the same order.

    `articles`: numbers of articles, best first, each with its best passage's position and its share of belief
    (a softmax over articles, temperature learned: 1.0 = no doubt among what was found).
    """

    rows: Array
    scores: Array
    articles: tuple[tuple[int, int, float], ...]


def rank(
    query: Query, candidates: Candidates, weights: Linear, favour: Array | None = None
) -> Ranked:
    """Orders candidates by the learned score; an article stands where its best passage stands. `favour`: log odds by article."""
    scores = weights.score(rank_values(query, candidates))
    if favour is not None:
        scores = scores + favour[candidates.article]
    rows = np.argsort(-scores, kind="stable")
    best: dict[int, int] = {}
    for article, row in zip(candidates.article[rows].tolist(), rows.tolist(), strict=True):
        best.setdefault(article, row)
    tops = scores[list(best.values())]
    beliefs = np.exp(tops - tops.max()) if len(tops) else tops
    beliefs = beliefs / beliefs.sum() if len(tops) else tops
    articles = tuple(
        (article, row, belief)
        for (article, row), belief in zip(best.items(), beliefs.tolist(), strict=True)
    )
    return Ranked(rows, scores[rows], articles)
