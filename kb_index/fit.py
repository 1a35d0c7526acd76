"""Fits the three weighted sums that search serves with; which examples they learn from is `train`'s.

Needs scipy; nothing that serves customers imports this module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    lists: Sequence[Listed],
    names: Sequence[str],
    free: frozenset[str] = frozenset(),
    decay: float = 0.001,
    rounds: int = 4,
) -> Linear:
    """Minimises the log loss of a softmax over articles, each standing where its best passage stands.

    Which passage is an article's best depends on the weights, so it is settled anew in each of `rounds`; within one,
    the problem is convex. All weights but those of `free` names are kept non-negative: a higher similarity
    never speaks against a passage, which keeps correlated features from cancelling each other on other data.
    """
    everything = np.vstack([item.values for item in lists])
    mean, scale = everything.mean(0), np.maximum(everything.std(0), 0.01)
    rows = (everything - mean) / scale
    weight = np.full(len(names), 0.1)
    bounds = [(None, None) if name in free else (0.0, None) for name in names]
    for _ in range(rounds):
        loss = _loss_over_articles(lists, rows, rows @ weight, decay)
        weight = minimize(loss, weight, jac=True, method="L-BFGS-B", bounds=bounds).x
    return Linear(tuple(names), mean, scale, weight)


def _loss_over_articles(
    lists: Sequence[Listed], rows: Array, scores: Array, decay: float
) -> Callable[[Array], tuple[float, Array]]:
    """The loss and gradient for a given choice of each article's best passage."""
    chosen, starts, right, share = [], [], [], []
    at = taken = 0
    for item in lists:
        own = scores[at : at + len(item.article)]
        order = np.lexsort((-own, item.article))
        first = order[np.r_[True, np.diff(item.article[order]) != 0]]
        chosen.append(first + at)
        right.append(np.isin(item.article[first], list(item.gold)))
        share.append(item.weight)
        starts.append(taken)
        taken += len(first)
        at += len(own)
    tops, correct = rows[np.concatenate(chosen)], np.concatenate(right)
    begins, sizes = np.array(starts), np.array([len(part) for part in chosen])
    weights = np.array(share) / sum(share)

    def loss(weight: Array) -> tuple[float, Array]:
        odds = tops @ weight
        odds = np.exp(odds - np.repeat(np.maximum.reduceat(odds, begins), sizes))
        chance = odds / np.repeat(np.add.reduceat(odds, begins), sizes)
        mass = np.maximum(1e-9, np.add.reduceat(chance * correct, begins))
        pull = chance - correct * chance / np.repeat(mass, sizes)
        gradient = (pull * np.repeat(weights, sizes)) @ tops + 2 * decay * weight
        return float(decay * weight @ weight - weights @ np.log(mass)), gradient

    return loss


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows of one set: questions `with_answer` and `without`. `weight`: how much telling them apart counts beside other sets."""

    with_answer: Array
    without: Array
    weight: float


def fit_chance(
    values: Array,
    labels: Array,
    weights: Array,
    names: Sequence[str],
    decay: float = 0.003,
    pairs: Sequence[Pairs] = (),
    share: float = 0.0,
) -> Linear:
    """Logistic regression with a squared penalty: calibrated log odds on data like the weighted examples.

    `share`: of the loss that is that of telling the questions of each of the `pairs` apart; what differs between sets teaches
    nothing there, and the log odds are no longer calibrated (`fit_place`).
    """
    mean, scale = values.mean(0), np.maximum(values.std(0), 0.01)
    rows = (values - mean) / scale
    share = share if pairs else 0.0
    part = weights / weights.sum() * (1 - share)
    total = sum(pair.weight for pair in pairs)

    def loss(parameters: Array) -> tuple[float, Array]:
        weight, bias = parameters[:-1], parameters[-1]
        odds = rows @ weight + bias
        value = float(part @ (np.logaddexp(0, odds) - labels * odds) + decay * weight @ weight)
        error = part * (1 / (1 + np.exp(-odds)) - labels)
        of_bias = error.sum()
        for pair in pairs:
            ahead = odds[pair.with_answer][:, None] - odds[pair.without]
            each = share * pair.weight / total / ahead.size
            value += each * float(np.logaddexp(0, -ahead).sum())
            wrong = each / (1 + np.exp(ahead))
            error[pair.with_answer] -= wrong.sum(axis=1)
            error[pair.without] += wrong.sum(axis=0)
        gradient: Array = np.r_[rows.T @ error + 2 * decay * weight, of_bias]
        return value, gradient

    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B")
    return Linear(tuple(names), mean, scale, found.x[:-1], float(found.x[-1]))


def fit_place(
    scores: Array, titled: Array, labels: Array, weights: Array, decay: float = 0.003
) -> tuple[float, float, float]:
    """Scale, bias, and weight of `titled`, that make log odds of scores which these examples were not learned from."""
    share = weights / weights.sum()
    rows = np.stack([scores, np.ones(len(scores)), titled], axis=1)

    def loss(found: Array) -> tuple[float, Array]:
        odds = rows @ found
        error = share * (1 / (1 + np.exp(-odds)) - labels)
        value = float(share @ (np.logaddexp(0, odds) - labels * odds) + decay * found[2] ** 2)
        gradient: Array = error @ rows + [0, 0, 2 * decay * found[2]]
        return value, gradient

    scale, bias, weight = minimize(loss, [1.0, 0.0, 0.0], jac=True, method="L-BFGS-B").x
    return float(scale), float(bias), float(weight)
