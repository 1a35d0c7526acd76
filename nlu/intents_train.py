"""Fits intents from labelled rows, everything chosen on these rows alone; fine-tuning the encoder is `nlu.tune`.

Without out-of-scope examples they are simulated: the model is fitted anew without some intents, and the rows of these are
what it does not know. With a fine-tuned encoder every seventh row is kept from it, and these say whether it helps and how sure
it may be.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.errors import MalformedPayload
from core.ports import Encodes
from nlu import kernel
from nlu.calibration import fit_temperature
from nlu.corpus import Example, labels_of, texts_of
from nlu.intents import (
    Compared,
    IntentModel,
    Known,
    Mix,
    Reader,
    Refined,
    Rows,
    Scope,
    compare,
    log_scores,
    refine,
    scope_signals,
)
from nlu.manifest import Progress, silent

Array = np.ndarray[Any, np.dtype[Any]]

SEED: Final = 20260923
MIX: Final[Mix] = (2.0, 0.5, 0.2, 0.2)
_PENALTIES: Final = (0.3, 0.1, 0.03, 0.01)
_FEW_ROWS: Final = 3000
"""Up to here every penalty is tried, and leave-one-out decides; above, the first is taken."""

_HIDDEN_FOLDS: Final = 4
_ENOUGH_TOLD: Final = 30
"""Real out-of-scope examples from which none are simulated."""

_ASSUMED_SHARE: Final = 0.10
"""Of messages out of scope, when the threshold weighs a refused question against a wrong intent."""

_FEW_PER_INTENT: Final = 20
"""Rows of the usual intent below which its name is worth a row of its own."""

_KEPT_FROM_TUNING: Final = 7
"""One row in so many."""

_TUNED_PENALTY: Final = 0.1

Tunes = Callable[[Sequence[Example]], tuple[Encodes, Path]]
"""Fine-tunes an encoder on these rows; the folder is where it was written."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model and what it says of its own training rows when they are left out.

    `left_out`: scores, shape (rows, labels); `truth`: label numbers; `compared`: the rows with each other. `judged`: scores
    and label numbers of rows that nothing of the whole model has seen, not even its tuned encoder.
    """

    model: IntentModel
    left_out: Array
    truth: Array
    compared: Compared
    penalty: float
    judged: tuple[Array, Array]


def with_names(examples: Sequence[Example]) -> list[Example]:
    """With few rows, each intent's own name as one more: names written by people say what is meant."""
    counts = Counter(labels_of(examples))
    if np.median(list(counts.values())) >= _FEW_PER_INTENT:
        return list(examples)
    spoken = [
        Example(re.sub(r"[_\W]+", " ", name).strip().lower(), name) for name in sorted(counts)
    ]
    return [*examples, *(example for example in spoken if example.text)]


def sampled(examples: Sequence[Example], most: int) -> list[Example]:
    """So many of them in their order, at random, but of each intent the first few chosen in any case: one of few rows must not be
    lost among others of thousands."""
    order = np.random.default_rng(SEED).permutation(len(examples))
    seen: Counter[str] = Counter()
    few: list[int] = []
    others: list[int] = []
    for row in order.tolist():
        label = examples[row].label
        seen[label] += 1
        (few if seen[label] <= _FEW_PER_INTENT else others).append(row)
    return [examples[row] for row in sorted([*few, *others][:most])]


def fit_intents(
    examples: Sequence[Example],
    encoder: Encodes,
    multilingual: Encodes,
    *,
    out_of_scope: Sequence[str] = (),
    tune: Tunes | None = None,
    progress: Progress = silent,
) -> Fitted:
    """MalformedPayload: fewer than two intents. At most `kernel.MOST_ROWS` rows are used (`sampled`), which is told.

    `tune`: what it gives is used only if rows that it has not seen are named rightly more often with it, by more than chance explains.
    """
    if len(set(labels_of(examples))) < 2:
        raise MalformedPayload("Training intents needs at least two of them.")
    examples = with_names(examples)
    if len(examples) > kernel.MOST_ROWS:
        progress(f"{len(examples)} rows, of which {kernel.MOST_ROWS} are learned from", 0.0)
        examples = sampled(examples, kernel.MOST_ROWS)
    progress("encoding", 0.0)
    texts = texts_of(examples)
    reader = Reader.learn(texts, encoder, multilingual, MIX)
    rows = reader.read(texts)
    progress("fitting", 0.4)
    fitted = _fit(examples, reader, rows)
    progress("learning the scope", 0.7)
    scope = _fit_scope(fitted, out_of_scope)
    fitted = replace(fitted, model=fitted.model.with_scope(scope))
    if tune is not None:
        fitted = _refined(fitted, examples, tune)
    progress("done", 1.0)
    return fitted


def _fit(examples: Sequence[Example], reader: Reader, rows: Rows) -> Fitted:
    labels = tuple(sorted(set(labels_of(examples))))
    truth = np.array([labels.index(label) for label in labels_of(examples)])
    targets = np.eye(len(labels), dtype=np.float32)[truth]
    known = Known.of(rows)
    compared = compare(rows, known, sum(reader.mix), itself=True)
    penalties = _PENALTIES if len(rows) <= _FEW_ROWS else _PENALTIES[:1]
    ridge, penalty = max(
        (
            (kernel.solve_and_leave_out(compared.kernel, targets, penalty), penalty)
            for penalty in penalties
        ),
        key=lambda one: float((one[0].left_out.argmax(axis=1) == truth).mean()),
    )
    temperature = fit_temperature(log_scores(ridge.left_out), truth)
    model = IntentModel(labels, reader, known, ridge.coefficients, temperature)
    return Fitted(model, ridge.left_out, truth, compared, penalty, (ridge.left_out, truth))


def _refined(fitted: Fitted, examples: Sequence[Example], tune: Tunes) -> Fitted:
    """With the tuned encoder beside the others, or as it was."""
    kept = np.zeros(len(examples), dtype=bool)
    order = np.random.default_rng(SEED).permutation(len(examples))
    kept[order[: len(examples) // _KEPT_FROM_TUNING]] = True
    encoder, folder = tune([row for row, aside in zip(examples, kept, strict=True) if not aside])
    known = encoder.encode(texts_of(examples))
    targets = np.eye(len(fitted.model.labels), dtype=np.float32)[fitted.truth]
    ridge = kernel.solve_and_leave_out(
        refine(fitted.compared.kernel, known, known), targets, _TUNED_PENALTY
    )
    truth, unseen = fitted.truth[kept], ridge.left_out[kept]
    before = fitted.left_out[kept].argmax(axis=1) == truth
    after = unseen.argmax(axis=1) == truth
    gained, lost = int((after & ~before).sum()), int((before & ~after).sum())
    # By more than the standard error of the difference: one row more in a thousand is chance, and cost .002 elsewhere.
    if gained - lost <= (gained + lost) ** 0.5:
        return fitted
    model = replace(
        fitted.model,
        temperature=fit_temperature(log_scores(unseen), truth),
        refined=Refined(encoder, folder, known, ridge.coefficients),
    )
    return replace(fitted, model=model, judged=(unseen, truth))


def _fit_scope(fitted: Fitted, out_of_scope: Sequence[str]) -> Scope:
    from sklearn.linear_model import LogisticRegression

    inside = scope_signals(fitted.left_out, fitted.compared)
    if len(out_of_scope) >= _ENOUGH_TOLD:
        outside = _told(fitted.model, out_of_scope)
    else:
        outside = _hidden_intents(fitted)
    signals = np.vstack([inside, outside])
    known = np.r_[np.ones(len(inside)), np.zeros(len(outside))]
    weights = np.r_[
        np.full(len(inside), (1 - _ASSUMED_SHARE) / len(inside)),
        np.full(len(outside), _ASSUMED_SHARE / len(outside)),
    ]
    means, scales = signals.mean(axis=0), signals.std(axis=0) + 1e-9
    regression = LogisticRegression(C=1.0, max_iter=1000)
    regression.fit((signals - means) / scales, known, sample_weight=weights * len(signals))
    scope = Scope(means, scales, regression.coef_[0], float(regression.intercept_[0]), 0.5)
    right = fitted.left_out.argmax(axis=1) == fitted.truth
    threshold = _threshold(scope.probability(signals), right, weights)
    return Scope(means, scales, scope.weights, scope.bias, threshold)


def _told(model: IntentModel, texts: Sequence[str]) -> Array:
    """Signals of messages known to be out of scope."""
    compared = compare(model.reader.read(texts), model.known, sum(model.reader.mix))
    return scope_signals(compared.kernel @ model.coefficients, compared)


def _hidden_intents(fitted: Fitted) -> Array:
    """Signals of each training row from a model that was fitted without its intent."""
    model, truth = fitted.model, fitted.truth
    order = np.random.default_rng(SEED).permutation(len(model.labels))
    folds = max(2, min(_HIDDEN_FOLDS, len(model.labels) - 1))
    signals = []
    for fold in range(folds):
        hidden = np.isin(truth, order[fold::folds])
        rows, known = np.flatnonzero(hidden), np.flatnonzero(~hidden)
        targets = np.eye(len(model.labels), dtype=np.float32)[truth[known]]
        targets = targets[:, np.sort(np.setdiff1d(np.arange(len(model.labels)), truth[rows]))]
        coefficients = kernel.solve(
            fitted.compared.kernel[np.ix_(known, known)], targets, fitted.penalty
        )
        all_rows = model.known.rows
        near = compare(all_rows.take(rows), Known.of(all_rows.take(known)), sum(model.reader.mix))
        signals.append(scope_signals(near.kernel @ coefficients, near))
    return np.vstack(signals)


def _threshold(probability: Array, right: Array, weights: Array) -> float:
    """Where most messages are handled rightly: known ones answered with their intent, unknown ones refused.

    `right`: of the known messages, which come first in `probability` and `weights`.
    """
    gain = weights.copy()
    gain[: len(right)] = -weights[: len(right)] * right
    order = np.argsort(probability)
    at = int(np.cumsum(gain[order]).argmax())
    return float(probability[order[at]]) + 1e-9
