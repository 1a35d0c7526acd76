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
from router.features import SMALL, TextFeatures, learn_features
from router.stack import FOLDS, MANY, crossed, fit_logistic, is_likelier, spread_over, weighings

Array = np.ndarray[Any, np.dtype[Any]]
Progress = Callable[[str], None]

_SEED = 20261123
_CONCEPTS = 300
_NETWORKS = ((200, 1e-4), (300, 1e-3)) * 4
"""Hidden units and weight decay of each. On 33,000 IT tickets four together are 1 % more often right than one."""
_WIDE = ((200, 1e-3),) * 2
"""The same of the networks that see concepts and embedding side by side, of large sets."""
_STRETCH = np.float32(16)
"""By how much an embedding is longer for them: then each of its numbers is about as large as a concept's."""
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
    with no columns where no circumstance tells rows apart, which `circumstances` names. `apart`: of small sets the same rows
    as readers see them that have not read a fold, one a fold."""

    features: TextFeatures
    matrix: Any
    concepts: Array
    vectors: Array | None
    folds: Array
    around: Array
    circumstances: Circumstances
    apart: tuple[Rows, ...] = ()

    def without(self, fold: int | None) -> Rows:
        """The rows as they are read where nothing is known of this fold."""
        return self if fold is None or not self.apart else self.apart[fold]

    def columns(self, view: str) -> tuple[int, int]:
        """The first column of a view and the one after its last; of all views where none is named."""
        return self.features.columns_of(view) if view else (0, self.features.width)

    def view(self, name: str) -> Any:
        """Its columns alone, scipy CSR."""
        first, end = self.columns(name)
        return self.matrix[:, first:end].tocsr()

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
            apart=tuple(one.part(chosen) for one in self.apart),
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
    around = learn_circumstances(known)
    columns = np.zeros((len(texts), len(around.values)), dtype=np.float32)
    for at, one in enumerate(known):
        columns[at] = around.row(one)
    folds = _folds(texts)
    features, matrix, projection = _read(texts, np.arange(len(texts)), progress)
    dimension = 0 if vectors is None else vectors.shape[1]
    reader = Reader(features, projection, dimension, around)
    concepts = np.asarray(matrix[:, : len(projection)] @ projection)
    rows = Rows(features, matrix, concepts, vectors, folds, columns, around)
    return reader, replace(rows, apart=_apart(rows, texts))


def _apart(rows: Rows, texts: Sequence[str]) -> tuple[Rows, ...]:
    """For each fold the rows as they are read where nothing is known of it; none of a large set, whose vocabulary leaves out
    what a single text says.

    Else a row that is held back has words that no served ticket can have: known, and said by nobody else. They take up
    length, so that what else it says seems to say little, and the weighing learns to make much of it.
    """
    if len(texts) >= SMALL or len(np.unique(rows.folds)) < FOLDS:
        return ()
    found = []
    for fold in range(FOLDS):
        others = np.flatnonzero(rows.folds != fold)
        features, matrix, projection = _read(texts, others, lambda line: None)
        concepts = np.asarray(matrix[:, : len(projection)] @ projection)
        found.append(replace(rows, features=features, matrix=matrix, concepts=concepts))
    return tuple(found)


def _read(
    texts: Sequence[str], known: Array, progress: Progress
) -> tuple[TextFeatures, Any, Array]:
    """What is learned from the texts of these numbers: views, all texts as these see them, and the way to concepts."""
    features = learn_features([texts[at] for at in known])
    matrix = features.matrix(texts)
    plain = matrix[:, : _plain_columns(features)]
    projection = _projection(plain[known], progress)
    spread = float(np.asarray(plain[known] @ projection).std(axis=0).mean()) or 1.0
    return features, matrix, projection / np.float32(spread)


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
        rows.without,
        lambda seen, train: _fit_committee(seen.concepts[train], truth[train], size),
        lambda model, seen, at: model.dense(seen.concepts[at]),
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


def _vector(rows: Rows, truth: Array, size: int) -> tuple[Array | None, Linear | Committee | None]:
    vectors = rows.vectors
    if vectors is None:
        return None, None
    if len(truth) >= MANY:
        return _wide(np.hstack([rows.concepts, vectors * _STRETCH]), rows, truth, size)
    return crossed(
        rows.folds,
        lambda fold: vectors,
        lambda seen, train: fit_logistic(seen[train], truth[train], size, 10.0),
        lambda model, seen, at: np.log(softmax(model.dense(seen[at])) + FAINT),
    )


def _wide(sides: Array, rows: Rows, truth: Array, size: int) -> tuple[Array, Committee]:
    """Networks over `sides`; the ones that are kept take the embedding as it is."""
    scores, found = crossed(
        rows.folds,
        lambda fold: sides,
        lambda seen, train: _fit_networks(seen[train], truth[train], size, _WIDE),
        lambda model, seen, at: model.dense(seen[at]),
    )
    stretched = np.ones((sides.shape[1], 1), dtype=np.float32)
    stretched[rows.concepts.shape[1] :] = _STRETCH
    kept = (
        replace(one, hidden=Linear(one.hidden.weights * stretched, one.hidden.bias))
        for one in found.networks
    )
    return scores, Committee(tuple(kept))


def _around(rows: Rows, truth: Array, size: int) -> tuple[Array, Linear]:
    def fit(around: Array, train: Array) -> Linear:
        seen = around[train]
        found = fit_logistic(seen, truth[train], size, 1.0)
        weights = rows.circumstances.centred(found.weights, seen)
        return Linear(weights, np.zeros(size, dtype=np.float32))

    return crossed(
        rows.folds, lambda fold: rows.around, fit, lambda model, seen, at: model.dense(seen[at])
    )


def _texts(rows: Rows, truth: Array, size: int) -> tuple[list[Array], tuple[Slice, ...]]:
    """Held-back scores and members: a margin over all columns, one over the lead, naive Bayes over words, and where rows
    are many and labels few a margin over columns that naive Bayes has weighted."""
    members = [("", _fit_margin), ("lead", _fit_margin), ("words", _fit_bayes)]
    if size <= _MOST_TOLD_APART and len(truth) >= MANY:
        members.append(("", _fit_ratios))
    scores, found = [], []
    for view, fit in members:
        held_out, member = _text_member(rows, view, truth, size, fit)
        scores.append(held_out)
        found.append(Slice(rows.columns(view)[0], member))
    return scores, tuple(found)


def _text_member(
    rows: Rows, view: str, truth: Array, size: int, fit: Callable[[Any, Array, int], Linear]
) -> tuple[Array, Linear]:
    return crossed(
        rows.folds,
        lambda fold: rows.without(fold).view(view),
        lambda part, train: fit(part[train], truth[train], size),
        lambda model, part, at: np.asarray(part[at] @ model.weights + model.bias),
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
    kinds = _NETWORKS if len(truth) >= MANY else _NETWORKS[:2]
    return _fit_networks(concepts, truth, size, kinds)


def _fit_networks(
    rows: Array, truth: Array, size: int, kinds: Sequence[tuple[int, float]]
) -> Committee:
    found = (_fit_network(rows, truth, size, *kind) for kind in enumerate(kinds))
    return Committee(tuple(found))


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
