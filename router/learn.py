"""Fits readers and classifiers with scikit-learn and exports them as plain arrays. Serving is `router.classify`.

Each member scores every row while it has not seen it (five folds), the weighing is fitted on those
scores, and thresholds on weighings that had not seen the row either: nothing is judged on what it learned from.
scikit-learn is imported inside the functions, so that nobody pays for it but who trains.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from router.classify import FAINT, Classifier, Committee, Linear, Network, Reader, Slice, softmax
from router.features import TextFeatures, learn_features

Array = np.ndarray[Any, np.dtype[Any]]
Progress = Callable[[str], None]
M = TypeVar("M", Linear, Committee)

_FOLDS = 5
_SEED = 20261123
_CONCEPTS = 300
_NETWORKS = ((200, 1e-4), (300, 1e-3)) * 4
"""Hidden units and weight decay of each. On 33,000 IT tickets four together are 1 % more often right than one."""
_UPDATES = 1600
"""Gradient steps of the network: 12 passes over 33,000 rows in batches of 256."""
_MANY = 5000
"""Rows from which on a set counts as large: stronger regularisation, larger batches, one member more."""
_MOST_TOLD_APART = 30
"""Labels up to which each is told from all others by a margin of its own weighting of the columns: beyond it takes minutes."""
_ABSENT = -2.0
"""A linear member's score for a label that was missing from its fold: surer than a typical no (-1)."""
_NEVER = -10.0
"""The same for a member whose scores are logarithms of probabilities."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Training rows as members see them. `matrix`: scipy CSR; `concepts`: dense; `folds`: shape (rows,)."""

    features: TextFeatures
    matrix: Any
    concepts: Array
    vectors: Array | None
    folds: Array


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What the classifier said of each training row without having seen it. `truth`: label numbers."""

    probabilities: Array
    truth: Array


def learn_reader(
    texts: Sequence[str], vectors: Array | None, progress: Progress
) -> tuple[Reader, Rows]:
    """Vocabularies, concepts and folds, shared by all classifiers of a model."""
    from sklearn.decomposition import TruncatedSVD
    from threadpoolctl import threadpool_limits

    progress(f"reading {len(texts)} texts")
    features = learn_features(texts)
    matrix = features.matrix(texts)
    used = _plain_columns(features)
    size = min(_CONCEPTS, used - 1, len(texts) - 1)
    progress(f"finding {size} concepts in {used} words and pairs")
    with threadpool_limits(1):
        svd = TruncatedSVD(size, n_iter=3, random_state=_SEED).fit(matrix[:, :used])
    projection = svd.components_.T.astype(np.float32)
    concepts = np.asarray(matrix[:, :used] @ projection)
    spread = float(concepts.std(axis=0).mean()) or 1.0
    reader = Reader(
        features, projection / np.float32(spread), 0 if vectors is None else vectors.shape[1]
    )
    return reader, Rows(features, matrix, concepts / spread, vectors, _folds(texts))


def _plain_columns(features: TextFeatures) -> int:
    """How many of the first columns concepts are made of: those of the words."""
    return features.columns_of("words")[1]


def _folds(texts: Sequence[str]) -> Array:
    """A fold for each row; equal texts share theirs, or a copy would be judged by its twin."""
    numbers = np.random.default_rng(_SEED).permutation(len(texts)) % _FOLDS
    first: dict[str, int] = {}
    return np.array([numbers[first.setdefault(text, at)] for at, text in enumerate(texts)])


def learn_classifier(
    rows: Rows, labels: Sequence[str], progress: Progress
) -> tuple[Classifier, HeldOut]:
    """`labels`: one a row, at least two different ones (`ValueError`).

    Deterministic, for which the linear algebra runs on one thread: several would add up in another order
    (and fight over cores for matrices as small as these).
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return _classifier(rows, labels, progress)


def _classifier(
    rows: Rows, labels: Sequence[str], progress: Progress
) -> tuple[Classifier, HeldOut]:
    names, truth = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    if len(names) < 2:
        raise ValueError("there is nothing to tell apart: all rows have the same label")
    size = len(names)
    progress(f"weighing words for {size} labels")
    text_scores, texts = _texts(rows, truth, size)
    progress(f"training networks for {size} labels")
    concept_scores, committee = _crossed(
        rows.folds,
        lambda train: _fit_committee(rows.concepts[train], truth[train], size),
        lambda model, at: model.dense(rows.concepts[at]),
    )
    scores = np.hstack([*text_scores, concept_scores])
    plain, held_out = _weigh(scores, truth, rows.folds, size)
    vector = full = None
    if rows.vectors is not None:
        vectors = rows.vectors
        vector_scores, vector = _crossed(
            rows.folds,
            lambda train: _fit_logistic(vectors[train], truth[train], size, 10.0),
            lambda model, at: np.log(softmax(model.dense(vectors[at])) + FAINT),
        )
        full, held_out = _weigh(np.hstack([scores, vector_scores]), truth, rows.folds, size)
    found = tuple(str(name) for name in names)
    return Classifier(found, texts, committee, plain, vector, full), HeldOut(held_out, truth)


def _crossed(
    folds: Array, fit: Callable[[Array], M], score: Callable[[M, Array], Array]
) -> tuple[Array, M]:
    """Scores of each row by the model that had not seen its fold, and the model that saw all."""
    everything = np.arange(len(folds))
    final = fit(everything)
    scores = score(final, everything).astype(np.float32)
    for fold in range(_FOLDS):
        outside, inside = everything[folds != fold], everything[folds == fold]
        if len(inside) and len(outside):
            scores[inside] = score(fit(outside), inside)
    return scores, final


def _texts(rows: Rows, truth: Array, size: int) -> tuple[list[Array], tuple[Slice, ...]]:
    """Held-back scores and members: a margin over all columns, one over the lead, naive Bayes over words, and where rows
    are many and labels few a margin over columns that naive Bayes has weighted."""
    ends = rows.features.columns_of
    everything = (0, rows.features.width)
    members = [(everything, _fit_margin), (ends("lead"), _fit_margin), (ends("words"), _fit_bayes)]
    if size <= _MOST_TOLD_APART and len(truth) >= _MANY:
        members.append((everything, _fit_ratios))
    scores, found = [], []
    for (first, end), fit in members:
        part = rows.matrix[:, first:end].tocsr()
        held_out, member = _text_member(part, truth, size, rows.folds, fit)
        scores.append(held_out)
        found.append(Slice(first, member))
    return scores, tuple(found)


def _text_member(
    part: Any, truth: Array, size: int, folds: Array, fit: Callable[[Any, Array, int], Linear]
) -> tuple[Array, Linear]:
    return _crossed(
        folds,
        lambda train: fit(part[train], truth[train], size),
        lambda model, at: np.asarray(part[at] @ model.weights + model.bias),
    )


def _fit_margin(matrix: Any, truth: Array, size: int) -> Linear:
    from sklearn.svm import LinearSVC

    present = np.unique(truth)
    if len(present) < 2:
        return _spread(np.zeros((0, matrix.shape[1])), np.zeros(0), present, size, _ABSENT)
    strength = 0.25 if len(truth) >= _MANY else 1.0
    svc = LinearSVC(C=strength, random_state=_SEED).fit(matrix, truth)
    weights, bias = svc.coef_, svc.intercept_
    if len(present) == 2:
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return _spread(weights, bias, present, size, _ABSENT)


def _fit_bayes(matrix: Any, truth: Array, size: int) -> Linear:
    """Complement naive Bayes (Rennie et al. 2003), which is linear in the columns."""
    from sklearn.naive_bayes import ComplementNB

    present = np.unique(truth)
    weights = ComplementNB(alpha=0.3).fit(matrix, truth).feature_log_prob_
    lowest = float((matrix @ weights.T).min())
    return _spread(weights, np.zeros(len(present)), present, size, lowest)


def _fit_ratios(matrix: Any, truth: Array, size: int) -> Linear:
    """For each label a margin against all others over columns weighted by how much more often they come with it
    (NB-SVM: Wang and Manning 2012), which is linear in the columns again."""
    from sklearn.svm import LinearSVC

    weights = np.zeros((matrix.shape[1], size), dtype=np.float32)
    bias = np.full(size, _ABSENT, dtype=np.float32)
    everywhere = np.asarray(matrix.sum(axis=0)).ravel()
    present = np.unique(truth)
    for label in present if len(present) > 1 else ():
        mine = truth == label
        here = np.asarray(matrix[mine].sum(axis=0)).ravel()
        inside, outside = here + 1, everywhere - here + 1
        ratios = abs(np.log((inside / inside.sum()) / (outside / outside.sum()))).astype(np.float32)
        weighted = matrix.copy()
        weighted.data = weighted.data * ratios[weighted.indices]
        svc = LinearSVC(C=0.1, random_state=_SEED).fit(weighted, mine)
        weights[:, label], bias[label] = svc.coef_[0] * ratios, svc.intercept_[0]
    return Linear(weights, bias)


def _fit_logistic(rows: Array, truth: Array, size: int, strength: float) -> Linear:
    from sklearn.linear_model import LogisticRegression

    present = np.unique(truth)
    if len(present) < 2:
        return _spread(np.zeros((0, rows.shape[1])), np.zeros(0), present, size, _NEVER)
    model = LogisticRegression(C=strength, max_iter=300).fit(rows, truth)
    weights, bias = model.coef_, model.intercept_
    if len(present) == 2:
        weights, bias = np.vstack([0 * weights, weights]), np.concatenate([0 * bias, bias])
    return _spread(weights, bias, present, size, _NEVER)


def _spread(weights: Array, bias: Array, present: Array, size: int, absent: float) -> Linear:
    """One output for each label of the whole: those that the rows lacked score `absent` always."""
    all_weights = np.zeros((weights.shape[1], size), dtype=np.float32)
    all_bias = np.full(size, absent, dtype=np.float32)
    if len(weights):
        all_weights[:, present] = weights.T
        all_bias[present] = bias
    else:
        all_bias[present] = 1.0
    return Linear(all_weights, all_bias)


def _fit_committee(concepts: Array, truth: Array, size: int) -> Committee:
    kinds = enumerate(_NETWORKS if len(truth) >= _MANY else _NETWORKS[:2])
    return Committee(tuple(_fit_network(concepts, truth, size, *kind) for kind in kinds))


def _fit_network(
    concepts: Array, truth: Array, size: int, seed: int, kind: tuple[int, float]
) -> Network:
    units, decay = kind
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    present = np.unique(truth)
    if len(present) < 2:
        nothing = Linear(np.zeros((concepts.shape[1], 1), np.float32), np.zeros(1, np.float32))
        return Network(nothing, _spread(np.zeros((0, 1)), np.zeros(0), present, size, _NEVER))
    batch = min(256 if len(truth) >= _MANY else 64, len(truth))
    passes = min(60, max(4, round(_UPDATES * batch / len(truth))))
    network = MLPClassifier(
        (units,), alpha=decay, batch_size=batch, max_iter=passes, random_state=_SEED + seed
    )
    with warnings.catch_warnings():
        # The number of passes is the regularisation: that it has not converged is the intention.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(concepts, truth)
    inner, outer = network.coefs_
    weights, bias = outer.T, network.intercepts_[1]
    if len(present) == 2:
        weights, bias = np.vstack([0 * weights, weights]), np.concatenate([0 * bias, bias])
    hidden = Linear(inner.astype(np.float32), network.intercepts_[0].astype(np.float32))
    return Network(hidden, _spread(weights, bias, present, size, _NEVER))


def _weigh(scores: Array, truth: Array, folds: Array, size: int) -> tuple[Linear, Array]:
    """The best of the ways to weigh members by the likelihood of unseen rows; and its probabilities.

    Freely, every score for every label; or, where labels are many and rows few, one weight a member
    and one bias a label; of large sets also the geometric mean of both, whose logarithms are linear too.
    """
    found = [_weighed(way, scores, truth, folds, size) for way in (_weigh_freely, _weigh_members)]
    if len(truth) >= _MANY:
        (one, first), (other, second) = found
        mean = Linear((one.weights + other.weights) / 2, (one.bias + other.bias) / 2)
        found.append((mean, softmax((np.log(first + FAINT) + np.log(second + FAINT)) / 2)))
    likelihoods = [np.log(held[np.arange(len(truth)), truth] + FAINT).mean() for _, held in found]
    return found[int(np.argmax(likelihoods))]


def _weighed(
    way: Callable[[Array, Array, int], Linear], scores: Array, truth: Array, folds: Array, size: int
) -> tuple[Linear, Array]:
    held_out, final = _crossed(
        folds,
        lambda train: way(scores[train], truth[train], size),
        lambda model, at: softmax(model.dense(scores[at])),
    )
    return final, held_out


def _weigh_freely(scores: Array, truth: Array, size: int) -> Linear:
    centre, spread = scores.mean(axis=0), scores.std(axis=0) + FAINT
    strength = 0.1 if len(truth) >= _MANY else 1.0
    found = _fit_logistic((scores - centre) / spread, truth, size, strength)
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
