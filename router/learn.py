"""Fits readers and classifiers with scikit-learn and exports them as plain arrays. Serving is `router.classify`.

Each member scores every row while it has not seen it (five folds), the weighing is fitted on those
scores, and thresholds on weighings that had not seen the row either: nothing is judged on what it learned from.
scikit-learn is imported inside the functions, so that nobody pays for it but who trains.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from router.circumstances import Circumstances, Known, learn_circumstances
from router.classify import FAINT, Classifier, Committee, Linear, Network, Reader, Slice, softmax
from router.features import TextFeatures, learn_features
from router.stack import FOLDS, MANY, crossed, fit_logistic, is_likelier, spread_over, weighings

Array = np.ndarray[Any, np.dtype[Any]]
Progress = Callable[[str], None]

_SEED = 20261123
_CONCEPTS = 300
_NETWORKS = ((200, 1e-4), (300, 1e-3)) * 4
"""Hidden units and weight decay of each. On 33,000 IT tickets four together are 1 % more often right than one."""
_UPDATES = 1600
"""Gradient steps of the network: 12 passes over 33,000 rows in batches of 256."""
_MOST_TOLD_APART = 30
"""Labels up to which each is told from all others by a margin of its own weighting of the columns: beyond it takes minutes."""
_ABSENT = -2.0
"""A linear member's score for a label that was missing from its fold: surer than a typical no (-1)."""
_NEVER = -10.0
"""The same for a member whose scores are logarithms of probabilities."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Training rows as members see them. `matrix`: scipy CSR; `concepts`: dense; `folds`: shape (rows,); `around`: dense,
    with no columns where no circumstance tells rows apart, which `circumstances` names."""

    features: TextFeatures
    matrix: Any
    concepts: Array
    vectors: Array | None
    folds: Array
    around: Array
    circumstances: Circumstances

    def part(self, chosen: Array) -> Rows:
        """Those rows alone. `chosen`: their numbers."""
        vectors = None if self.vectors is None else self.vectors[chosen]
        return replace(
            self,
            matrix=self.matrix[chosen],
            concepts=self.concepts[chosen],
            vectors=vectors,
            folds=self.folds[chosen],
            around=self.around[chosen],
        )


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What the classifier said of each training row without having seen it. `truth`: label numbers."""

    probabilities: Array
    truth: Array


def learn_reader(
    texts: Sequence[str],
    vectors: Array | None,
    progress: Progress,
    known: Sequence[Known] = (),
) -> tuple[Reader, Rows]:
    """Vocabularies, concepts, circumstances and folds, shared by all classifiers of a model. `known`: one a text, or none."""
    progress(f"reading {len(texts)} texts")
    features = learn_features(texts)
    matrix = features.matrix(texts)
    used = _plain_columns(features)
    projection = _projection(matrix[:, :used], progress)
    concepts = np.asarray(matrix[:, :used] @ projection)
    spread = float(concepts.std(axis=0).mean()) or 1.0
    around = learn_circumstances(known)
    dimension = 0 if vectors is None else vectors.shape[1]
    reader = Reader(features, projection / np.float32(spread), dimension, around)
    columns = np.zeros((len(texts), len(around.values)), dtype=np.float32)
    for at, one in enumerate(known):
        columns[at] = around.row(one)
    folds = _folds(texts)
    return reader, Rows(features, matrix, concepts / spread, vectors, folds, columns, around)


def _projection(columns: Any, progress: Progress) -> Array:
    """Words and pairs to concepts; where all texts say the same word, that one."""
    from sklearn.decomposition import TruncatedSVD
    from threadpoolctl import threadpool_limits

    texts, used = columns.shape
    size = min(_CONCEPTS, used - 1, texts - 1)
    if size < 1:
        return np.ones((used, 1), dtype=np.float32)
    progress(f"finding {size} concepts in {used} words and pairs")
    with threadpool_limits(1):
        svd = TruncatedSVD(size, n_iter=3, random_state=_SEED).fit(columns)
    return np.asarray(svd.components_.T, dtype=np.float32)


def _plain_columns(features: TextFeatures) -> int:
    """How many of the first columns concepts are made of: those of the words."""
    return features.columns_of("words")[1]


def _folds(texts: Sequence[str]) -> Array:
    """A fold for each row; equal texts share theirs, or a copy would be judged by its twin."""
    numbers = np.random.default_rng(_SEED).permutation(len(texts)) % FOLDS
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
    concept_scores, committee = crossed(
        rows.folds,
        lambda train: _fit_committee(rows.concepts[train], truth[train], size),
        lambda model, at: model.dense(rows.concepts[at]),
    )
    scores = np.hstack([*text_scores, concept_scores])
    vector_scores, vector = _vector(rows, truth, size)
    weighed = weighings(scores, vector_scores, truth, rows.folds, size)
    around = None
    if rows.around.shape[1]:
        around_scores, around = _around(rows, truth, size)
        wider = np.hstack([scores, around_scores])
        with_it = weighings(wider, vector_scores, truth, rows.folds, size)
        if is_likelier(with_it.held_out, weighed.held_out, truth):
            weighed = with_it
        else:
            around = None
    found = tuple(str(name) for name in names)
    classifier = Classifier(found, texts, committee, weighed.plain, vector, weighed.full, around)
    return classifier, HeldOut(weighed.held_out, truth)


def _vector(rows: Rows, truth: Array, size: int) -> tuple[Array | None, Linear | None]:
    vectors = rows.vectors
    if vectors is None:
        return None, None
    return crossed(
        rows.folds,
        lambda train: fit_logistic(vectors[train], truth[train], size, 10.0),
        lambda model, at: np.log(softmax(model.dense(vectors[at])) + FAINT),
    )


def _around(rows: Rows, truth: Array, size: int) -> tuple[Array, Linear]:
    def fit(train: Array) -> Linear:
        seen = rows.around[train]
        found = fit_logistic(seen, truth[train], size, 1.0)
        weights = rows.circumstances.centred(found.weights, seen)
        return Linear(weights, np.zeros(size, dtype=np.float32))

    return crossed(rows.folds, fit, lambda model, at: model.dense(rows.around[at]))


def _texts(rows: Rows, truth: Array, size: int) -> tuple[list[Array], tuple[Slice, ...]]:
    """Held-back scores and members: a margin over all columns, one over the lead, naive Bayes over words, and where rows
    are many and labels few a margin over columns that naive Bayes has weighted."""
    ends = rows.features.columns_of
    everything = (0, rows.features.width)
    members = [(everything, _fit_margin), (ends("lead"), _fit_margin), (ends("words"), _fit_bayes)]
    if size <= _MOST_TOLD_APART and len(truth) >= MANY:
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
    return crossed(
        folds,
        lambda train: fit(part[train], truth[train], size),
        lambda model, at: np.asarray(part[at] @ model.weights + model.bias),
    )


def _fit_margin(matrix: Any, truth: Array, size: int) -> Linear:
    from sklearn.svm import LinearSVC

    present = np.unique(truth)
    if len(present) < 2:
        return spread_over(np.zeros((0, matrix.shape[1])), np.zeros(0), present, size, _ABSENT)
    strength = 0.25 if len(truth) >= MANY else 1.0
    svc = LinearSVC(C=strength, random_state=_SEED).fit(matrix, truth)
    weights, bias = svc.coef_, svc.intercept_
    if len(present) == 2:
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return spread_over(weights, bias, present, size, _ABSENT)


def _fit_bayes(matrix: Any, truth: Array, size: int) -> Linear:
    """Complement naive Bayes (Rennie et al. 2003), which is linear in the columns.

    Counted from what a column is worth that no row has: it would say most for the rarest label, and rows that had not
    been seen have such columns while served tickets, whose unknown words are left out, have none. Large sets have next
    to none either: their vocabulary leaves out what a single text says.
    """
    from sklearn.naive_bayes import ComplementNB

    present = np.unique(truth)
    bayes = ComplementNB(alpha=0.3).fit(matrix, truth)
    weights = bayes.feature_log_prob_
    if len(truth) < MANY:
        others = (bayes.feature_all_ + bayes.alpha - bayes.feature_count_).sum(axis=1)
        weights = weights - np.log(others / bayes.alpha)[:, None]
    lowest = float((matrix @ weights.T).min())
    return spread_over(weights, np.zeros(len(present)), present, size, lowest)


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


def _fit_committee(concepts: Array, truth: Array, size: int) -> Committee:
    kinds = enumerate(_NETWORKS if len(truth) >= MANY else _NETWORKS[:2])
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
        return Network(nothing, spread_over(np.zeros((0, 1)), np.zeros(0), present, size, _NEVER))
    batch = min(256 if len(truth) >= MANY else 64, len(truth))
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
    return Network(hidden, spread_over(weights, bias, present, size, _NEVER))
