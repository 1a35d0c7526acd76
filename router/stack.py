"""Weighs members against each other by what each said of rows that it had not seen (stacking). The members are `router.learn`'s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from router.classify import FAINT, Committee, Linear, softmax

Array = np.ndarray[Any, np.dtype[Any]]
M = TypeVar("M", Linear, Committee)
V = TypeVar("V")

FOLDS = 5
MANY = 5000
"""Rows from which on a set counts as large: stronger regularisation, larger batches, one member more."""
FEW = 200
"""Rows below which members are weighed carefully. Learned from 100 example tickets the team of others is then right .55
instead of .49 of the time, with a log loss of .95 instead of 1.17; from 300 on it makes no difference."""
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

    Freely, every score for every label, where that is not more weights than rows; one weight a member and one bias
    a label; of large sets also the geometric mean of both, whose logarithms are linear too. Small sets have one way.
    """
    ways = [_weigh_carefully] if len(truth) < FEW else [_weigh_members]
    if len(truth) >= max(FEW, scores.shape[1] * size):
        ways.insert(0, _weigh_freely)
    found = [_weighed(way, scores, truth, folds, size) for way in ways]
    if len(truth) >= MANY and len(found) == 2:
        (one, first), (other, second) = found
        mean = Linear((one.weights + other.weights) / 2, (one.bias + other.bias) / 2)
        found.append((mean, softmax((np.log(first + FAINT) + np.log(second + FAINT)) / 2)))
    likelihoods = [np.log(held[np.arange(len(truth)), truth] + FAINT).mean() for _, held in found]
    return found[int(np.argmax(likelihoods))]


def _weighed(
    way: Callable[[Array, Array, int], Linear], scores: Array, truth: Array, folds: Array, size: int
) -> tuple[Linear, Array]:
    """A row whose label no other fold has teaches nothing here: that each member never heard of its label would be
    the surest sign of it."""
    is_known = np.isin(truth, _in_two_folds(truth, folds))

    def fit(scores: Array, train: Array) -> Linear:
        used = train[is_known[train]]
        if not len(used):
            nothing = np.zeros((scores.shape[1], size), np.float32)
            return Linear(nothing, np.zeros(size, np.float32))
        return way(scores[used], truth[used], size)

    def chances(model: Linear, scores: Array, at: Array) -> Array:
        return softmax(model.dense(scores[at]))

    held_out, final = crossed(folds, lambda fold: scores, fit, chances)
    return final, held_out


def _in_two_folds(truth: Array, folds: Array) -> Array:
    labels, counts = np.unique(np.unique(np.stack([truth, folds]), axis=1)[0], return_counts=True)
    return np.asarray(labels[counts > 1])


def _weigh_freely(scores: Array, truth: Array, size: int) -> Linear:
    centre, spread = scores.mean(axis=0), scores.std(axis=0) + FAINT
    strength = 0.1 if len(truth) >= MANY else 1.0
    found = fit_logistic((scores - centre) / spread, truth, size, strength)
    weights = (found.weights / spread[:, None]).astype(np.float32)
    return Linear(weights, (found.bias - centre @ weights).astype(np.float32))


def _weigh_members(scores: Array, truth: Array, size: int) -> Linear:
    return _one_a_member(scores, truth, size, np.zeros(size), 0.0, 2e-4)


def _weigh_carefully(scores: Array, truth: Array, size: int) -> Linear:
    """What few rows can bear: no member speaks against itself, and all lean on how often each label comes.

    A row that is held back makes its own label rarer among the others, so that of few rows members seem to be wrong
    rather than ignorant, and free weights would turn them round. The pull is that of a normal prior of width a half
    over weights of scores of unit spread: it fades as rows come.
    """
    blocks = scores.reshape(len(scores), -1, size)
    inner = blocks - blocks.mean(axis=2, keepdims=True)
    spread = np.sqrt((inner**2).mean(axis=(0, 2))) + FAINT
    scaled = (inner / spread[:, None]).reshape(scores.shape)
    often = np.log((np.bincount(truth, minlength=size) + 1) / (len(truth) + size))
    pull = 4 / len(truth)
    found = _one_a_member(scaled, truth, size, often, pull, pull, lowest=0.0)
    return Linear(found.weights / np.repeat(spread, size)[:, None].astype(np.float32), found.bias)


def _one_a_member(
    scores: Array,
    truth: Array,
    size: int,
    around: Array,
    pull: float,
    bias_pull: float,
    lowest: float | None = None,
) -> Linear:
    """One weight a member, pulled to 0, and one bias a label, pulled to `around`. `lowest`: weight allowed."""
    from scipy.optimize import minimize

    members = scores.shape[1] // size
    blocks = scores.reshape(len(scores), members, size).astype(np.float64)
    hits = np.eye(size)[truth]

    def loss(point: Array) -> tuple[float, Array]:
        weights, bias = point[:members], point[members:] - around
        probabilities = softmax(np.einsum("rms,m->rs", blocks, weights) + point[members:])
        miss = (probabilities - hits) / len(hits)
        value = -np.log((probabilities * hits).sum(axis=1) + 1e-12).mean()
        value += (pull * weights @ weights + bias_pull * bias @ bias) / 2
        slope = [np.einsum("rms,rs->m", blocks, miss) + pull * weights]
        return float(value), np.concatenate([*slope, miss.sum(axis=0) + bias_pull * bias])

    start = np.concatenate([np.full(members, 1.0), around])
    bounds = [(lowest, None)] * members + [(None, None)] * size
    options = {"maxiter": 200}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    weights = np.vstack([weight * np.eye(size) for weight in found[:members]])
    return Linear(weights.astype(np.float32), found[members:].astype(np.float32))


def is_likelier(one: Array, other: Array, truth: Array) -> bool:
    """Whether unseen rows are likelier under `one`, by more than chance: two standard errors of the mean gain a row."""
    at = np.arange(len(truth))
    gains = np.log(one[at, truth] + FAINT) - np.log(other[at, truth] + FAINT)
    return bool(gains.mean() > 2 * gains.std() / np.sqrt(len(gains)))


def crossed(
    folds: Array,
    seen: Callable[[int | None], V],
    fit: Callable[[V, Array], M],
    score: Callable[[M, V, Array], Array],
) -> tuple[Array, M]:
    """Scores of each row by the model that had not seen its fold, and the model that saw all.

    `seen`: all rows as they are read where a fold is held back, or none is; `fit`, `score`: of the rows of these numbers.
    """
    everything = np.arange(len(folds))
    whole = seen(None)
    final = fit(whole, everything)
    scores = score(final, whole, everything).astype(np.float32)
    for fold in range(FOLDS):
        outside, inside = everything[folds != fold], everything[folds == fold]
        if len(inside) and len(outside):
            there = seen(fold)
            scores[inside] = score(fit(there, outside), there, inside)
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
