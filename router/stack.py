"""Weighs members against each other by what each said of rows that it had not seen (stacking). The members are `router.learn`'s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from router.classify import FAINT, Committee, Linear, softmax

Array = np.ndarray[Any, np.dtype[Any]]
M = TypeVar("M", Linear, Committee)

FOLDS = 5
MANY = 5000
"""Rows from which on a set counts as large: stronger regularisation, larger batches, one member more."""
_NEVER = -10.0
"""A score for a label that was missing from the rows, of a member whose scores are logarithms of probabilities."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """The weighings without and with the embedding, and what the widest said of rows that it had not seen."""

    plain: Linear
    full: Linear | None
    held_out: Array


def weighings(
    scores: Array, vector_scores: Array | None, truth: Array, folds: Array, size: int
) -> Weighed:
    plain, held_out = _weigh(scores, truth, folds, size)
    if vector_scores is None:
        return Weighed(plain, None, held_out)
    full, held_out = _weigh(np.hstack([scores, vector_scores]), truth, folds, size)
    return Weighed(plain, full, held_out)


def _weigh(scores: Array, truth: Array, folds: Array, size: int) -> tuple[Linear, Array]:
    """The best of the ways to weigh members by the likelihood of unseen rows; and its probabilities.

    Freely, every score for every label; or, where labels are many and rows few, one weight a member
    and one bias a label; of large sets also the geometric mean of both, whose logarithms are linear too.
    """
    found = [_weighed(way, scores, truth, folds, size) for way in (_weigh_freely, _weigh_members)]
    if len(truth) >= MANY:
        (one, first), (other, second) = found
        mean = Linear((one.weights + other.weights) / 2, (one.bias + other.bias) / 2)
        found.append((mean, softmax((np.log(first + FAINT) + np.log(second + FAINT)) / 2)))
    likelihoods = [np.log(held[np.arange(len(truth)), truth] + FAINT).mean() for _, held in found]
    return found[int(np.argmax(likelihoods))]


def _weighed(
    way: Callable[[Array, Array, int], Linear], scores: Array, truth: Array, folds: Array, size: int
) -> tuple[Linear, Array]:
    held_out, final = crossed(
        folds,
        lambda train: way(scores[train], truth[train], size),
        lambda model, at: softmax(model.dense(scores[at])),
    )
    return final, held_out


def _weigh_freely(scores: Array, truth: Array, size: int) -> Linear:
    centre, spread = scores.mean(axis=0), scores.std(axis=0) + FAINT
    strength = 0.1 if len(truth) >= MANY else 1.0
    found = fit_logistic((scores - centre) / spread, truth, size, strength)
    weights = (found.weights / spread[:, None]).astype(np.float32)
    return Linear(weights, (found.bias - centre @ weights).astype(np.float32))


def _weigh_members(scores: Array, truth: Array, size: int) -> Linear:
    from scipy.optimize import minimize

    members = scores.shape[1] // size
    blocks = scores.reshape(len(scores), members, size).astype(np.float64)
    hits = np.eye(size)[truth]

    def loss(point: Array) -> tuple[float, Array]:
        weights, bias = point[:members], point[members:]
        probabilities = softmax(np.einsum("rms,m->rs", blocks, weights) + bias)
        miss = (probabilities - hits) / len(hits)
        value = -np.log((probabilities * hits).sum(axis=1) + 1e-12).mean() + 1e-4 * bias @ bias
        slope = np.concatenate(
            [np.einsum("rms,rs->m", blocks, miss), miss.sum(axis=0) + 2e-4 * bias]
        )
        return float(value), slope

    start = np.concatenate([np.full(members, 1.0), np.zeros(size)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    weights = np.vstack([weight * np.eye(size) for weight in found[:members]])
    return Linear(weights.astype(np.float32), found[members:].astype(np.float32))


def is_likelier(one: Array, other: Array, truth: Array) -> bool:
    """Whether unseen rows are likelier under `one`, by more than chance: two standard errors of the mean gain a row."""
    at = np.arange(len(truth))
    gains = np.log(one[at, truth] + FAINT) - np.log(other[at, truth] + FAINT)
    return bool(gains.mean() > 2 * gains.std() / np.sqrt(len(gains)))


def crossed(
    folds: Array, fit: Callable[[Array], M], score: Callable[[M, Array], Array]
) -> tuple[Array, M]:
    """Scores of each row by the model that had not seen its fold, and the model that saw all."""
    everything = np.arange(len(folds))
    final = fit(everything)
    scores = score(final, everything).astype(np.float32)
    for fold in range(FOLDS):
        outside, inside = everything[folds != fold], everything[folds == fold]
        if len(inside) and len(outside):
            scores[inside] = score(fit(outside), inside)
    return scores, final


def fit_logistic(rows: Array, truth: Array, size: int, strength: float) -> Linear:
    from sklearn.linear_model import LogisticRegression

    present = np.unique(truth)
    if len(present) < 2:
        return spread_over(np.zeros((0, rows.shape[1])), np.zeros(0), present, size, _NEVER)
    model = LogisticRegression(C=strength, max_iter=300).fit(rows, truth)
    weights, bias = model.coef_, model.intercept_
    if len(present) == 2:
        weights, bias = np.vstack([0 * weights, weights]), np.concatenate([0 * bias, bias])
    return spread_over(weights, bias, present, size, _NEVER)


def spread_over(weights: Array, bias: Array, present: Array, size: int, absent: float) -> Linear:
    """One output for each label of the whole: those that the rows lacked score `absent` always."""
    all_weights = np.zeros((weights.shape[1], size), dtype=np.float32)
    all_bias = np.full(size, absent, dtype=np.float32)
    if len(weights):
        all_weights[:, present] = weights.T
        all_bias[present] = bias
    else:
        all_bias[present] = 1.0
    return Linear(all_weights, all_bias)
