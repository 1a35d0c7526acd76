"""Training models and building indexes: the only verbs that reach into the rooms that know things. Serving is `bot.brain`."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from bot.bootstrap import encoder_of
from bot.house import House
from bot.versions import admit
from core.errors import NotFound
from core.ports import Encodes
from store.knowledge import (
    StoredArticle,
    StoredPassage,
    activate_generation,
    active_generation,
    active_models,
    known_vectors,
    live_digests,
    live_passages,
    store_articles,
)
from store.versions import versions

ROOT = Path(__file__).resolve().parent.parent
Progress = Callable[[str], None]


def _encoder(house: House) -> Encodes:
    """The encoder with a thread for each core: whoever trains or indexes waits for it."""
    brain = house.settings.brain.model_copy(update={"threads": os.cpu_count() or 1})
    return encoder_of(house.settings.model_copy(update={"brain": brain}))


def quiet(line: str) -> None:
    """No progress shown."""


@dataclass(slots=True)
class Ingested:
    """What an ingest did. `unreadable`: what could not be read and why."""

    articles: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    passages: int = 0
    generation: str = ""
    unreadable: list[dict[str, str]] = field(default_factory=list)


def ingest(
    house: House, source: str | Path, brand: str = "default", progress: Progress = quiet
) -> Ingested:
    """Brings the knowledge base to what a folder, a file or a web address says now, and switches the index at once.

    Only what changed is encoded. Articles of this source that are no longer in it are removed; those that could
    only not be fetched just now stay. Raises `NotFound` when there is no such path, and as `fetch_site`.
    """
    from kb_index.website import Crawl, fetch_site, is_address

    if not is_address(str(source)):
        if not Path(source).exists():
            raise NotFound(f"There is nothing at {source}.")
        return _ingest(house, Path(source), Path(source).resolve().name, Crawl(), brand, progress)
    with TemporaryDirectory() as folder:
        crawl = fetch_site(str(source), Path(folder), progress=progress)
        name = str(urlsplit(str(source)).hostname)
        return _ingest(house, Path(folder), name, crawl, brand, progress)


def _ingest(
    house: House, path: Path, source: str, crawl: Any, brand: str, progress: Progress
) -> Ingested:
    """`source`: its name; `crawl`: what fetching it has said already."""
    from kb_index.generation import open_generation
    from kb_index.ingest import compare, read_source
    from kb_index.passage import Document, Unreadable

    encoder = _encoder(house)
    report = Ingested(unreadable=[asdict(item) for item in crawl.unreadable])
    documents: list[Document] = []
    for item in read_source(path):
        if isinstance(item, Unreadable):
            report.unreadable.append(asdict(item))
        else:
            documents.append(item)
    known = live_digests(brand, source)
    changes = compare({slug: known[slug] for slug in known if slug not in crawl.kept}, documents)
    report.articles = len(documents)
    report.added, report.changed = len(changes.added), len(changes.changed)
    report.removed, report.unchanged = len(changes.removed), changes.unchanged
    progress(f"{report.articles} articles read, {report.added + report.changed} to encode")
    articles = [
        _stored(document, encoder, place, report.added + report.changed, progress)
        for place, document in enumerate((*changes.added, *changes.changed), 1)
    ]
    store_articles(brand, source, articles, changes.removed, encoder.name, house.clock())
    active = active_generation(brand)
    is_current = active is not None and active.encoder == encoder.name
    if articles or changes.removed or not is_current:
        report.generation = reindex(house, brand, progress)
    else:
        assert active is not None
        report.generation = str(active.id)
        open_generation(house.settings.state / active.folder).close()
    active = active_generation(brand)
    report.passages = active.passages if active else 0
    return report


def _stored(document: Any, encoder: Any, place: int, of: int, progress: Progress) -> StoredArticle:
    from kb_index.chunk import passages_of
    from kb_index.generation import encode_passages

    passages = list(passages_of(document))
    known = known_vectors([passage.id for passage in passages], encoder.name)
    fresh = [passage for passage in passages if passage.id not in known]
    vectors = known | {
        record.passage.id: record.to_bytes() for record in encode_passages(fresh, encoder)
    }
    if place % 10 == 0 or place == of:
        progress(f"encoded {place} of {of} articles")
    return StoredArticle(
        slug=document.slug,
        digest=document.revision,
        title=document.title,
        body=json.dumps([asdict(block) for block in document.blocks], ensure_ascii=False),
        language=document.language,
        section=document.section,
        visibility=document.visibility,
        tags=document.tags,
        updated_on=date.fromisoformat(document.updated) if document.updated else None,
        passages=tuple(
            StoredPassage(passage.id, ordinal, asdict(passage), vectors[passage.id])
            for ordinal, passage in enumerate(passages)
        ),
    )


def reindex(house: House, brand: str = "default", progress: Progress = quiet) -> str:
    """Builds a new generation from the rows and activates it; returns its id."""
    from kb_index.generation import build_generation
    from kb_index.passage import PassageRecord

    encoder = _encoder(house)
    folder = f"index/{uuid4().hex}"
    count = 0

    def records() -> Any:
        nonlocal count
        for stored in live_passages(brand, encoder.name):
            count += 1
            passage = passage_of(stored.data)
            yield PassageRecord.from_bytes(passage, stored.vector, encoder.dimension)

    target = house.settings.state / folder
    target.parent.mkdir(parents=True, exist_ok=True)
    build_generation(target, records(), encoder=encoder.name).close()
    progress(f"index of {count} passages built")
    return str(activate_generation(brand, folder, encoder.name, count, house.clock()))


def passage_of(data: dict[str, Any]) -> Any:
    """The passage that `asdict` wrote."""
    from kb_index.passage import Kind, PassageText, Span

    spans = tuple(
        Span(item["start"], item["end"], Kind(item["kind"]), item["group"])
        for item in data["spans"]
    )
    lists = {name: tuple(data[name]) for name in ("headings", "tags")}
    return PassageText(**{**data, **lists, "spans": spans})


def train(house: House, progress: Progress = quiet) -> dict[str, dict[str, Any]]:
    """Trains what serves from the shipped examples, unless it was trained from the same; kind to manifest.

    Raises `CanaryFailed` for a model that is worse than it may be; what served goes on serving.
    """
    return {
        "acts": _train_one(house, "acts", ROOT / "nlu" / "data", progress),
        "router": _train_one(house, "router", ROOT / "router" / "data", progress),
    }


def _train_one(house: House, kind: str, data: Path, progress: Progress) -> dict[str, Any]:
    encoder = _encoder(house)
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

        manifest = dict(_plain(train_router(data / "tickets.csv", encoder, out, progress=progress)))
    manifest["trained_from"] = stamp
    checked = admit(house, kind, folder, manifest)
    progress(f"{kind}: {checked.accuracy:.1%} right on its canary set, serving")
    return manifest


def _stays(kind: str, manifest: dict[str, Any], stamp: str) -> bool:
    """What serves is left alone when it was trained from a company's own data, and when there is a version of the
    present examples already: if another serves, somebody wanted that."""
    return bool(manifest.get("own")) or any(
        row.manifest.get("trained_from") == stamp for row in versions(kind)
    )


def _plain(manifest: Any) -> dict[str, Any]:
    return manifest if isinstance(manifest, dict) else asdict(manifest)


def _digest(folder: Path) -> str:
    """Hash of a room's code and examples: what a model trained there depends on."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.suffix in {".py", ".yml", ".csv", ".json"}:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
