"""A trained router on disk: plain arrays, JSON and a manifest with their hashes; nothing is unpickled. Training is `router.train`."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ModelUnavailable
from router.circumstances import Circumstances
from router.classify import Classifier, Committee, Linear, Network, Reader, Slice
from router.features import TextFeatures, View
from router.neighbours import Examples, restored, stored
from router.skills import QUESTION, Ground, Source

Array = np.ndarray[Any, np.dtype[Any]]

SCHEMAS = (2, 3)
"""2: words and embeddings; 3: circumstances weigh too, so that a program that knows only 2 must not serve it."""

_MANIFEST, _ARRAYS, _TERMS = "manifest.json", "arrays.npz", "terms.json"
_EXAMPLES, _LIKE = "examples.json", "examples.npz"


@dataclass(frozen=True, slots=True)
class Model:
    """A router's learned part. `classifiers`: by question (`category`, `priority`, `team`, and where rows said so
    `urgency` and `sentiment`), and one for each of `skills`. `examples`: to explain by, if any are kept.

    `version`: sha256 over files and settings. `languages`: those it saw examples of. `encoder`: name of
    the encoder whose embeddings it knows, or empty.
    """

    reader: Reader
    classifiers: Mapping[str, Classifier]
    version: str = ""
    languages: tuple[str, ...] = ()
    encoder: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    examples: Examples | None = None
    skills: Mapping[str, Ground] = field(default_factory=dict)


def save_model(folder: Path, model: Model, described: Mapping[str, Any]) -> dict[str, Any]:
    """Writes the model, the manifest last; returns the manifest: `described` plus version, files and settings."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Array] = {"projection": model.reader.projection}
    views = []
    for view in model.reader.features.views:
        arrays[f"idf/{view.name}"] = view.idf
        views.append({"name": view.name, "terms": view.terms})
    for question, classifier in model.classifiers.items():
        for name, part in _parts(classifier).items():
            arrays[f"{question}/{name}/weights"] = part.weights
            arrays[f"{question}/{name}/bias"] = part.bias
        firsts = [text.first for text in classifier.texts]
        arrays[f"{question}/firsts"] = np.array(firsts, dtype=np.int64)
    np.savez(folder / _ARRAYS, **arrays)  # type: ignore[arg-type]
    (folder / _TERMS).write_text(json.dumps(views, ensure_ascii=False), encoding="utf-8")
    _save_examples(folder, model)
    present = [name for name in (_ARRAYS, _TERMS, _EXAMPLES, _LIKE) if (folder / name).is_file()]
    files = {name: _digest(folder / name) for name in present}
    values = model.reader.circumstances.values
    settings = {
        "schema": SCHEMAS[bool(values)],
        "labels": {name: list(one.labels) for name, one in model.classifiers.items()},
        "languages": list(model.languages),
        "encoder": model.encoder,
        "dimension": model.reader.dimension,
        **({"circumstances": [list(item) for item in values]} if values else {}),
        **({"skills": _grounds(model)} if model.skills else {}),
    }
    essence = json.dumps({"files": files, "settings": settings}, sort_keys=True)
    version = hashlib.sha256(essence.encode()).hexdigest()
    manifest = {**described, "version": version, "files": files, "settings": settings}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    return manifest


def _grounds(model: Model) -> dict[str, Any]:
    return {name: {"source": one.source, "base": one.base} for name, one in model.skills.items()}


def _save_examples(folder: Path, model: Model) -> None:
    if model.examples is not None:
        arrays, about = stored(model.examples)
        np.savez_compressed(folder / _LIKE, **arrays)  # type: ignore[arg-type]
        (folder / _EXAMPLES).write_text(about, encoding="utf-8")


def load_model(folder: Path) -> Model:
    """Raises `ModelUnavailable`, with the reason, for anything missing, altered, of another schema or not finite."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        settings = manifest["settings"]
        if settings["schema"] not in SCHEMAS:
            raise ModelUnavailable(f"The router's files have schema {settings['schema']!r}.")
        for name, digest in manifest["files"].items():
            if _digest(folder / name) != digest:
                raise ModelUnavailable(f"{name} is not the file that the manifest describes.")
        return _assembled(folder, manifest, settings)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        zipfile.BadZipFile,
    ) as problem:
        name = type(problem).__name__
        raise ModelUnavailable(f"The router's model cannot be read: {name}.") from problem


def _assembled(folder: Path, manifest: dict[str, Any], settings: dict[str, Any]) -> Model:
    arrays = _arrays(folder / _ARRAYS)
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ModelUnavailable(f"The router's model has a weight that is no number: {name}.")
    views = json.loads((folder / _TERMS).read_text(encoding="utf-8"))
    features = TextFeatures(
        tuple(View(view["name"], view["terms"], arrays[f"idf/{view['name']}"]) for view in views)
    )
    around = Circumstances(tuple((one, value) for one, value in settings.get("circumstances", ())))
    reader = Reader(features, arrays["projection"], int(settings["dimension"]), around)
    classifiers = {
        question: _classifier(arrays, question, tuple(labels))
        for question, labels in settings["labels"].items()
    }
    return Model(
        reader,
        classifiers,
        str(manifest["version"]),
        tuple(settings["languages"]),
        str(settings["encoder"]),
        manifest,
        _examples(folder) if _EXAMPLES in manifest["files"] else None,
        {
            name: Ground(Source(one["source"]), float(one["base"]))
            for name, one in settings.get("skills", {}).items()
            if QUESTION + name in classifiers
        },
    )


def _examples(folder: Path) -> Examples:
    arrays = _arrays(folder / _LIKE)
    about = (folder / _EXAMPLES).read_text(encoding="utf-8")
    return restored(arrays["concepts"], arrays["vectors"], about)


def _arrays(file: Path) -> dict[str, Array]:
    with np.load(file, allow_pickle=False) as opened:
        return {name: opened[name] for name in opened.files}


def _parts(classifier: Classifier) -> dict[str, Linear]:
    texts = {f"text{at}": text.linear for at, text in enumerate(classifier.texts)}
    wide = classifier.vector if isinstance(classifier.vector, Committee) else Committee(())
    parts = {
        **texts,
        **_layers("", classifier.concepts),
        **_layers("wide_", wide),
        "plain": classifier.plain,
        "vector": None if isinstance(classifier.vector, Committee) else classifier.vector,
        "full": classifier.full,
        "around": classifier.around,
    }
    return {name: part for name, part in parts.items() if part is not None}


def _layers(name: str, committee: Committee) -> dict[str, Linear]:
    found: dict[str, Linear] = {}
    for at, network in enumerate(committee.networks):
        found |= {f"{name}hidden{at}": network.hidden, f"{name}out{at}": network.out}
    return found


def _classifier(arrays: dict[str, Array], question: str, labels: tuple[str, ...]) -> Classifier:
    def part(name: str) -> Linear:
        return Linear(arrays[f"{question}/{name}/weights"], arrays[f"{question}/{name}/bias"])

    def committee(name: str) -> Committee:
        many = sum(one.startswith(f"{question}/{name}hidden") for one in arrays) // 2
        pairs = ((part(f"{name}hidden{at}"), part(f"{name}out{at}")) for at in range(many))
        return Committee(tuple(Network(*pair) for pair in pairs))

    vector: Linear | Committee | None = None
    if f"{question}/vector/weights" in arrays:
        vector = part("vector")
    elif f"{question}/full/weights" in arrays:
        vector = committee("wide_")
    return Classifier(
        labels,
        texts=tuple(
            Slice(int(first), part(f"text{at}"))
            for at, first in enumerate(arrays[f"{question}/firsts"])
        ),
        concepts=committee(""),
        plain=part("plain"),
        vector=vector,
        full=None if vector is None else part("full"),
        around=part("around") if f"{question}/around/weights" in arrays else None,
    )


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
