"""Trains the dialogue acts from Rasa-format files; intents are `nlu.intents`, and serving needs none of this.

scikit-learn is used here only: what it finds is saved as plain arrays, which `nlu.acts` multiplies by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from core.errors import MalformedPayload
from core.ports import Encodes
from core.understanding import Act
from nlu import acts
from nlu.calibration import calibration_error, fit_temperature
from nlu.corpus import Example, data_hash, labels_of, read_rasa, texts_of
from nlu.encoder import load_encoder
from nlu.entities import EntityFinder
from nlu.manifest import Manifest, Progress, silent, write_manifest

Array = np.ndarray[Any, np.dtype[Any]]

_STRENGTH: Final = 10.0
"""Inverse regularisation of the logistic regression, chosen by cross-validation on the training rows."""

_FOLDS: Final = 5
_SEED: Final = 20260923
_ALIKE: Final = 0.5
"""Cosine distance up to which rows go to the same fold: else a paraphrase next door flatters the calibration."""


def read_acts(data: Path) -> list[Example]:
    """The training rows: one file for each act, named after it."""
    examples = [row for act in Act for row in read_rasa(data / f"{act.value}.yml")]
    known = {act.value for act in Act}
    for row in examples:
        if row.label not in known:
            raise MalformedPayload(f"{row.label!r} is no dialogue act: {row.text!r}.")
    return examples


def train_acts(
    data: Path,
    encoder: Encodes,
    out: Path,
    progress: Progress = silent,
    *,
    multilingual: Encodes | None = None,
) -> Manifest:
    """Writes the classifier to `out` and says how well it does on `heldback.yml`, which it never trains on.

    Takes some 20 s on one core. Raises MalformedPayload for wrong data, ModelUnavailable without the encoders.
    """
    training, held_back = read_acts(data), read_rasa(data / "heldback.yml")
    multilingual = multilingual or load_encoder("multilingual")
    finder = EntityFinder()
    progress("encoding examples", 0.0)
    rows = acts.encode_all(texts_of(training), encoder, multilingual, finder)
    unseen = acts.encode_all(texts_of(held_back), encoder, multilingual, finder)
    names = [act.value for act in Act]
    truth = np.array([names.index(label) for label in labels_of(training)])
    progress("calibrating", 0.4)
    temperature = fit_temperature(_unseen_logits(rows, truth), truth)
    progress("fitting", 0.9)
    weights, bias = _fit(rows, truth)
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / "acts.npz", weights=weights, bias=bias)
    model = acts.ActModel(tuple(Act), weights, bias, temperature, "")
    expected = np.array([names.index(label) for label in labels_of(held_back)])
    manifest = write_manifest(
        out,
        acts.NAME,
        data=data_hash(training),
        rows=len(training),
        files=["acts.npz"],
        scores=_scores(model.probabilities(unseen), expected)
        | score_compound(model, read_compound(data), encoder, multilingual),
        settings={
            "labels": names,
            "temperature": round(temperature, 6),
            "encoders": [encoder.name, multilingual.name],
            "held_back": data_hash(held_back),
        },
    )
    progress("done", 1.0)
    return manifest


def _unseen_logits(rows: Array, truth: Array) -> Array:
    """The logits of each training row by a model that saw neither it nor anything like it."""
    from sklearn.model_selection import StratifiedGroupKFold

    logits = np.zeros((len(rows), truth.max() + 1), dtype=np.float32)
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=_SEED)
    for known, unknown in folds.split(rows, truth, groups=_groups(rows)):
        weights, bias = _fit(rows[known], truth[known])
        logits[unknown] = rows[unknown] @ weights.T + bias
    return logits


def _groups(rows: Array) -> Sequence[int]:
    from sklearn.cluster import AgglomerativeClustering

    clustering = AgglomerativeClustering(
        None, distance_threshold=_ALIKE, metric="cosine", linkage="average"
    )
    groups: Sequence[int] = clustering.fit_predict(rows)
    return groups


def _fit(rows: Array, truth: Array) -> tuple[Array, Array]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_STRENGTH, tol=1e-3, max_iter=300).fit(rows, truth)
    return model.coef_.astype(np.float32), model.intercept_.astype(np.float32)


def _scores(probabilities: Array, expected: Array) -> dict[str, float]:
    chosen = probabilities.argmax(axis=1)
    right = chosen == expected
    recalls = {
        f"recall_{act.value}": round(float(right[expected == number].mean()), 4)
        for number, act in enumerate(Act)
        if (expected == number).any()
    }
    return {
        "accuracy": round(float(right.mean()), 4),
        "macro_recall": round(float(np.mean(list(recalls.values()))), 4),
        "ece": round(calibration_error(probabilities.max(axis=1), right), 4),
        "rows": len(expected),
        **recalls,
    }


def read_compound(data: Path) -> list[tuple[str, frozenset[Act]]]:
    """Messages with several acts, for measuring only: `compound.yml`."""
    rows = yaml.safe_load((data / "compound.yml").read_text(encoding="utf-8"))["compound"]
    return [(str(row["text"]), frozenset(Act(act) for act in row["acts"])) for row in rows]


def score_compound(
    model: acts.ActModel,
    messages: Sequence[tuple[str, frozenset[Act]]],
    encoder: Encodes,
    multilingual: Encodes,
) -> dict[str, float]:
    """Precision and recall of the acts found in messages that hold several; `act` is right if it is one of them."""
    finder = EntityFinder()
    right = claimed = wanted = main = 0
    for text, expected in messages:
        texts = [text, *acts.clauses(text)]
        reading = model.read(acts.encode_all(texts, encoder, multilingual, finder))
        found = {reading.act, *reading.also}
        right += len(found & expected)
        claimed += len(found)
        wanted += len(expected)
        main += reading.act in expected
    return {
        "compound_precision": round(right / claimed, 4),
        "compound_recall": round(right / wanted, 4),
        "compound_main": round(main / len(messages), 4),
        "compound_rows": len(messages),
    }
