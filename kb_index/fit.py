"""Fits the three weighted sums that search serves with; which examples they learn from is `train`'s.

Needs scipy; nothing that serves customers imports this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from kb_index.passage import Array
from kb_index.rank import Linear


@dataclass(frozen=True, slots=True)
class Listed:
    """The candidates of one question. `values` (n, f); `article` (n,) numbers; `gold`: numbers that are right.

    `weight`: how much the question counts (each set counts the same, however many questions it has).
    """

    values: Array
    article: Array
    gold: frozenset[int]
    weight: float


def fit_ranking(
    lists: Sequence[Listed], names: Sequence[str], free: frozenset[str], decay: float = 0.002
) -> Linear:
    """Minimises the log loss of a softmax over articles, each standing where its best passage stands.

    All weights but those of `free` names are kept non-negative: a higher similarity never speaks against a
    passage, which keeps correlated features from cancelling each other on data unlike the training data.
    """
    everything = np.vstack([item.values for item in lists])
    mean, scale = everything.mean(0), np.maximum(everything.std(0), 0.01)
    standard = [(item.values - mean) / scale for item in lists]
    total = sum(item.weight for item in lists)

    def loss(weight: Array) -> tuple[float, Array]:
        value, gradient = decay * float(weight @ weight), 2 * decay * weight
        for item, rows in zip(lists, standard, strict=True):
            scores = rows @ weight
            order = np.lexsort((-scores, item.article))
            first = order[np.r_[True, np.diff(item.article[order]) != 0]]
            tops = scores[first]
            chance = np.exp(tops - tops.max())
            chance /= chance.sum()
            right = np.isin(item.article[first], list(item.gold))
            mass = max(1e-9, float(chance[right].sum()))
            value -= item.weight / total * np.log(mass)
            pull = chance - right * chance / mass
            gradient = gradient + item.weight / total * (pull @ rows[first])
        return value, gradient

    bounds = [(None, None) if name in free else (0.0, None) for name in names]
    start = np.full(len(names), 0.05)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return Linear(tuple(names), mean, scale, found.x)


def fit_chance(
    values: Array, labels: Array, weights: Array, names: Sequence[str], decay: float = 0.003
) -> Linear:
    """Logistic regression with a squared penalty: calibrated log odds on data like the weighted examples."""
    mean, scale = values.mean(0), np.maximum(values.std(0), 0.01)
    rows = (values - mean) / scale
    share = weights / weights.sum()

    def loss(parameters: Array) -> tuple[float, Array]:
        weight, bias = parameters[:-1], parameters[-1]
        odds = rows @ weight + bias
        value = float(share @ (np.logaddexp(0, odds) - labels * odds)) + decay * weight @ weight
        error = share * (1 / (1 + np.exp(-odds)) - labels)
        return value, np.r_[rows.T @ error + 2 * decay * weight, error.sum()]

    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B")
    return Linear(tuple(names), mean, scale, found.x[:-1], float(found.x[-1]))
