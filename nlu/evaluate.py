"""Measures intents and scope on anybody's rows: what `threadline eval intents` prints. It trains what it measures.

Everything that is chosen (settings, temperature, scope, threshold) is chosen on the training rows; the test rows are read
once, at the end.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.errors import MalformedPayload
from core.ports import Encodes
from nlu.calibration import calibration_error
from nlu.corpus import OUT_OF_SCOPE_LABELS, Example, read_csv, read_texts, texts_of
from nlu.encoder import load_encoder
from nlu.intents import IntentModel, Prediction
from nlu.intents_train import SEED, Tunes, fit_intents
from nlu.manifest import Progress, silent

Array = np.ndarray[Any, np.dtype[Any]]

OUT: Final = "oos"
"""The one class of everything out of scope."""

_TIMED_MESSAGES: Final = 200
_AT_ONCE: Final = 2048


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the model said of the test rows. `known`: truly in scope; `kept`: taken for in scope."""

    truth: Array
    said: Array
    confidence: Array
    in_scope: Array
    known: Array
    kept: Array


def evaluate_intents(
    train: Path,
    test: Path,
    oos_train: Path | None = None,
    oos_test: Path | None = None,
    encoder: str = "default",
    tune: bool | None = None,
    text_column: str = "text",
    label_column: str = "intent",
    progress: Progress = silent,
) -> dict[str, Any]:
    """Trains on `train`, measures on `test`; shares are 0..1, None where the rows cannot tell.

    `tune`: fine-tune an encoder beside the frozen ones (needs the `train` extra); None does what `threadline train`
    serves, which are the frozen ones. `left_out`: rows of all files that `read_csv` could not use. Raises MalformedPayload for
    files that lack a column or hold too little, ModelUnavailable for an absent encoder.
    """
    left_out: list[str] = []
    rows = read_csv(train, text_column, label_column, left_out)
    told = [row.text for row in rows if row.label in OUT_OF_SCOPE_LABELS]
    told += read_texts(oos_train, text_column, left_out) if oos_train else []
    examples = [row for row in rows if row.label not in OUT_OF_SCOPE_LABELS]
    asked = read_csv(test, text_column, label_column, left_out)
    if oos_test:
        asked += [Example(text, OUT) for text in read_texts(oos_test, text_column, left_out)]
    if left_out:
        progress(f"{len(left_out)} rows left out, first {left_out[0]}", 0.0)
    if not asked:
        raise MalformedPayload("There are no test rows.")
    started = time.perf_counter()
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        model = fit_intents(
            examples,
            load_encoder(encoder, threads=cores),
            load_encoder("multilingual", threads=cores),
            out_of_scope=told,
            tune=_tuner(Path(folder) / "encoder", cores, progress) if tune else None,
            progress=lambda step, share: progress(step, 0.9 * share),
        ).model
        train_seconds = time.perf_counter() - started
        progress("measuring", 0.9)
        outcome = _outcome(model, asked)
        latency = _latency(model, load_encoder(encoder), texts_of(asked))
    progress("done", 1.0)
    return {**_report(outcome, train_seconds, latency), "left_out": len(left_out)}


def _tuner(folder: Path, threads: int, progress: Progress) -> Tunes:
    from nlu.tune import tuner

    return tuner(folder, SEED, threads=threads, progress=progress)


def _outcome(model: IntentModel, asked: Sequence[Example]) -> Outcome:
    prediction = predicted(model, texts_of(asked))
    truth = np.array([OUT if row.label in OUT_OF_SCOPE_LABELS else row.label for row in asked])
    assert model.scope is not None
    return Outcome(
        truth=truth,
        said=np.array(model.labels)[prediction.probabilities.argmax(axis=1)],
        confidence=prediction.probabilities.max(axis=1),
        in_scope=prediction.in_scope,
        known=truth != OUT,
        kept=prediction.in_scope >= model.scope.threshold,
    )


def predicted(model: IntentModel, texts: Sequence[str]) -> Prediction:
    """In pieces: compared with all training rows at once, a hundred thousand messages would need gigabytes."""
    pieces = [model.predict(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)]
    return Prediction(
        np.concatenate([piece.probabilities for piece in pieces]),
        np.concatenate([piece.in_scope for piece in pieces]),
    )


def _latency(model: IntentModel, encoder: Encodes, texts: Sequence[str]) -> float:
    """Milliseconds from a text to its prediction, median, encoders on one thread."""
    from dataclasses import replace

    alone = replace(
        model,
        reader=replace(model.reader, encoder=encoder, multilingual=load_encoder("multilingual")),
    )
    taken = []
    for text in texts[:_TIMED_MESSAGES]:
        started = time.perf_counter()
        alone.predict([text])
        taken.append(time.perf_counter() - started)
    return float(np.median(taken) * 1000)


def _report(outcome: Outcome, train_seconds: float, latency: float) -> dict[str, Any]:
    from sklearn.metrics import matthews_corrcoef, roc_auc_score

    known, kept = outcome.known, outcome.kept
    right = outcome.said == outcome.truth
    final = np.where(kept, outcome.said, OUT)
    has_both = bool(known.any() and (~known).any())
    has_several = len({*outcome.truth, *final}) > 1
    return {
        "accuracy": _share(right[known]),
        "macro_f1": _macro_f1(outcome) if known.any() else None,
        "in_scope_accuracy": _share((right & kept)[known]),
        "oos_recall": _share(~kept[~known]),
        "accuracy_with_oos": _share(final == outcome.truth),
        "mcc": _rounded(matthews_corrcoef(outcome.truth, final)) if has_several else None,
        "oos_auroc": _rounded(roc_auc_score(known, outcome.in_scope)) if has_both else None,
        "fpr95": _false_alarms(outcome) if has_both else None,
        "ece": _rounded(calibration_error(outcome.confidence[known], right[known]))
        if known.any()
        else None,
        "train_seconds": round(train_seconds, 1),
        "ms_per_message_p50": round(latency, 2),
        "rows": len(outcome.truth),
    }


def _macro_f1(outcome: Outcome) -> float:
    """Over the labels of the rows in scope."""
    from sklearn.metrics import f1_score

    truth, said = outcome.truth[outcome.known], outcome.said[outcome.known]
    labels = sorted(set(truth))
    return _rounded(f1_score(truth, said, labels=labels, average="macro", zero_division=0))


def _false_alarms(outcome: Outcome) -> float:
    """Share of out-of-scope rows taken for in scope where 95 % of the in-scope rows are."""
    limit = np.quantile(outcome.in_scope[outcome.known], 0.05)
    return _rounded((outcome.in_scope[~outcome.known] >= limit).mean())


def _share(claims: Array) -> float | None:
    return _rounded(claims.mean()) if len(claims) else None


def _rounded(value: Any) -> float:
    return round(float(value), 4)
