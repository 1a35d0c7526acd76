"""Intent models on disk, as arrays and JSON without pickle, and training them from a company's own files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import sparse

from core.ports import Encodes
from nlu.calibration import calibration_error
from nlu.corpus import OUT_OF_SCOPE_LABELS, data_hash, read_folder, texts_of
from nlu.encoder import load_encoder
from nlu.intents import IntentModel, Known, Reader, Refined, Rows, Scope, probabilities
from nlu.intents_train import Fitted, fit_intents
from nlu.lexical import Vocabulary
from nlu.manifest import Manifest, Progress, read_manifest, same_encoders, silent, write_manifest

NAME: Final = "intents"
_ARRAYS: Final = "intents.npz"
_TERMS: Final = "vocabulary.json"
_TUNED: Final = "encoder"
_TUNED_ARRAYS: Final = "tuned.npz"


def train_intents(
    data: Path,
    encoder: Encodes,
    out: Path,
    progress: Progress = silent,
    *,
    multilingual: Encodes | None = None,
) -> Manifest:
    """From a folder of Rasa-format .yml and .csv files; rows labelled `oos` teach the scope.

    The manifest's scores are leave-one-out. Raises MalformedPayload for data that cannot be used.
    """
    examples = read_folder(data)
    multilingual = multilingual or load_encoder("multilingual")
    inside = [row for row in examples if row.label not in OUT_OF_SCOPE_LABELS]
    outside = [row for row in examples if row.label in OUT_OF_SCOPE_LABELS]
    fitted = fit_intents(
        inside, encoder, multilingual, out_of_scope=texts_of(outside), progress=progress
    )
    return save_intents(fitted, out, data=data_hash(examples), rows=len(examples))


def save_intents(fitted: Fitted, out: Path, *, data: str, rows: int) -> Manifest:
    """Writes arrays, vocabulary and manifest to `out`."""
    model, scope = fitted.model, fitted.model.scope
    assert scope is not None
    out.mkdir(parents=True, exist_ok=True)
    known = model.known.rows
    np.savez(
        out / _ARRAYS,
        main=known.main,
        multilingual=known.multilingual,
        wording_data=known.wording.data,
        wording_indices=known.wording.indices,
        wording_indptr=known.wording.indptr,
        coefficients=model.coefficients,
        words_idf=model.reader.words.idf,
        pieces_idf=model.reader.pieces.idf,
        scope=np.stack([scope.means, scope.scales, scope.weights]),
    )
    terms = {
        "words": list(model.reader.words.columns),
        "pieces": list(model.reader.pieces.columns),
    }
    (out / _TERMS).write_text(json.dumps(terms, ensure_ascii=False))
    tuned = _save_refined(model.refined, out) if model.refined else []
    return write_manifest(
        out,
        NAME,
        data=data,
        rows=rows,
        files=[_ARRAYS, _TERMS, *tuned],
        scores=_scores(fitted),
        settings={
            "labels": list(model.labels),
            "mix": list(model.reader.mix),
            "temperature": model.temperature,
            "scope_bias": scope.bias,
            "threshold": scope.threshold,
            "encoders": [model.reader.encoder.name, model.reader.multilingual.name],
            "tuned": model.refined.encoder.name if model.refined else "",
        },
    )


def _save_refined(refined: Refined, out: Path) -> list[str]:
    """The tuned encoder itself, so that the artefact stands alone; names of the files written."""
    shutil.copytree(refined.folder, out / _TUNED)
    np.savez(out / _TUNED_ARRAYS, known=refined.known, coefficients=refined.coefficients)
    return [_TUNED_ARRAYS, *(f"{_TUNED}/{file.name}" for file in (out / _TUNED).iterdir())]


def _load_refined(folder: Path) -> Refined:
    with np.load(folder / _TUNED_ARRAYS, allow_pickle=False) as file:
        known, coefficients = file["known"], file["coefficients"]
    encoder = load_encoder(str(folder / _TUNED))
    return Refined(encoder, folder / _TUNED, known, coefficients)


def load_intents(folder: Path, encoder: Encodes, multilingual: Encodes) -> IntentModel:
    """Raises ModelUnavailable when the artefact is absent, altered, or was trained with other encoders."""
    manifest = read_manifest(folder, NAME)
    same_encoders(manifest, encoder.name, multilingual.name)
    settings = manifest.settings
    terms = json.loads((folder / _TERMS).read_text())
    with np.load(folder / _ARRAYS, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    words, pieces = (
        Vocabulary({term: at for at, term in enumerate(terms[name])}, arrays[f"{name}_idf"])
        for name in ("words", "pieces")
    )
    width = len(words.columns) + len(pieces.columns)
    parts = (arrays["wording_data"], arrays["wording_indices"], arrays["wording_indptr"])
    wording = sparse.csr_matrix(parts, shape=(len(arrays["main"]), width))
    means, scales, weights = arrays["scope"]
    return IntentModel(
        labels=tuple(settings["labels"]),
        reader=Reader(encoder, multilingual, words, pieces, tuple(settings["mix"])),
        known=Known.of(Rows(arrays["main"], arrays["multilingual"], wording)),
        coefficients=arrays["coefficients"],
        temperature=settings["temperature"],
        scope=Scope(means, scales, weights, settings["scope_bias"], settings["threshold"]),
        refined=_load_refined(folder) if settings.get("tuned") else None,
    )


def _scores(fitted: Fitted) -> dict[str, Any]:
    scores, truth = fitted.judged
    chances = probabilities(scores, fitted.model.temperature)
    right = chances.argmax(axis=1) == truth
    return {
        "leave_one_out_accuracy": round(float(right.mean()), 4),
        "leave_one_out_ece": round(calibration_error(chances.max(axis=1), right), 4),
    }
