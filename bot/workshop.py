"""Training what serves from the shipped examples. Indexes are `bot.ingest`'s, a company's own data `bot.training`'s; serving is `bot.brain`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.house import House
from bot.ingest import indexing_encoder
from bot.versions import admit
from store.knowledge import active_models
from store.versions import versions

ROOT = Path(__file__).resolve().parent.parent
Progress = Callable[[str], None]


def quiet(line: str) -> None:
    """No progress shown."""


def train(house: House, progress: Progress = quiet) -> dict[str, dict[str, Any]]:
    """Trains what serves from the shipped examples, unless it was trained from the same; kind to manifest.

    Raises `CanaryFailed` for a model that is worse than it may be; what served goes on serving.
    """
    return {
        "acts": _train_one(house, "acts", ROOT / "nlu" / "data", progress),
        "router": _train_one(house, "router", ROOT / "router" / "data", progress),
    }


def _train_one(house: House, kind: str, data: Path, progress: Progress) -> dict[str, Any]:
    encoder = indexing_encoder(house)
    stamp = f"{_digest(data.parent)}:{encoder.name}"
    active = active_models().get(kind)
    if active is not None and _stays(kind, active.manifest, stamp):
        progress(f"{kind}: unchanged")
        return dict(active.manifest)
    progress(f"{kind}: training")
    folder = f"models/{kind}/{uuid4().hex}"
    out = house.settings.state / folder
    out.mkdir(parents=True)
    if kind == "acts":
        from nlu.train import train_acts

        manifest: dict[str, Any] = dict(
            _plain(train_acts(data, encoder, out, lambda step, _: progress(f"acts: {step}")))
        )
    else:
        from router.train import train_router

        tickets = data / "tickets.csv"
        found = train_router(tickets, encoder, out, progress, are_shipped=True)
        manifest = dict(_plain(found))
    manifest["trained_from"] = stamp
    checked = admit(house, kind, folder, manifest)
    progress(f"{kind}: {checked.accuracy:.1%} right on its canary set, serving")
    return manifest


def _stays(kind: str, manifest: dict[str, Any], stamp: str) -> bool:
    """What serves is left alone when it was trained from a company's own data, and when there is a version of the
    present examples already: if another serves, somebody wanted that. It must read the vectors of the encoder that serves."""
    if manifest.get("own"):
        return True
    encoder = stamp.rpartition(":")[2]
    reads_it = str(manifest.get("trained_from", "")).endswith(f":{encoder}")
    return reads_it and any(row.manifest.get("trained_from") == stamp for row in versions(kind))


def _plain(manifest: Any) -> dict[str, Any]:
    return manifest if isinstance(manifest, dict) else asdict(manifest)


def _digest(folder: Path) -> str:
    """Hash of a room's code and examples: what a model trained there depends on."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.suffix in {".py", ".yml", ".csv", ".json"}:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
