"""Bringing the knowledge base to what its sources say, and which version of its index answers. Searching is `kb_index`'s.

A small change is added to the index that serves, in milliseconds; a large one, or many small ones, build it anew from the
rows. Every activation is a row, so that any day's answers can be derived again and going back is one command.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from bot.bootstrap import encoder_of
from bot.engine import publish
from bot.glossary import FILE, read_glossary, use_glossary
from bot.house import House
from core.errors import Conflict, IndexStale, MalformedPayload, ModelUnavailable, NotFound
from core.ports import Encodes
from store import generations as history
from store import knowledge
from store.knowledge import StoredArticle, StoredPassage

Progress = Callable[[str], None]
READ_AT_ONCE = 256
"""Passages of another encoder read between two looks at the database: what a death costs."""
MOST_PARTS = 8
"""Additions to one index before it is built anew: each costs every search a little."""
MOST_CHANGED = 0.2
"""Share of the passages up to which a change is added instead."""
ACTOR = "system:command"


def quiet(line: str) -> None:
    """No progress shown."""


@dataclass(slots=True)
class Ingested:
    """What an ingest did. `cut_anew`: of the unchanged articles, those that are cut into other passages than they were by an
    earlier release. `unreadable`: what could not be read and why. `doubtful`: past answers that cite what changed."""

    articles: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    cut_anew: int = 0
    passages: int = 0
    doubtful: int = 0
    generation: str = ""
    unreadable: list[dict[str, str]] = field(default_factory=list)


def indexing_encoder(house: House) -> Encodes:
    """The encoder with a thread for each core: whoever trains or indexes waits for it."""
    brain = house.settings.brain.model_copy(update={"threads": os.cpu_count() or 1})
    return encoder_of(house.settings.model_copy(update={"brain": brain}))


def ingest(
    house: House, source: str | Path, brand: str = "default", progress: Progress = quiet
) -> Ingested:
    """Brings the knowledge base to what a folder, a file or a web address says now, and switches the index at once.

    Only what changed is encoded. Articles of this source that are no longer in it are removed; those that could
    only not be fetched just now stay. Raises `NotFound` when there is no such path or brand, and as `fetch_site`.
    """
    from kb_index.website import Crawl, fetch_site, is_address

    if not knowledge.is_brand(brand):
        known = "`threadline setup` makes the first one." if brand == "default" else ""
        raise NotFound(f"There is no brand {brand}. {known}".strip())
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
    from kb_index.crosslinks import slug_of
    from kb_index.document import linked
    from kb_index.ingest import compare, read_source
    from kb_index.passage import Document, Unreadable

    encoder = indexing_encoder(house)
    report = Ingested(unreadable=[asdict(item) for item in crawl.unreadable])
    documents: list[Document] = []
    for item in read_source(path):
        if isinstance(item, Unreadable):
            address = crawl.found.get(item.path, "")
            if address:  # what the page said before is not gone because it cannot be read now
                crawl.kept.add(slug_of(address))
            report.unreadable.append(asdict(replace(item, path=address or item.path)))
        else:
            documents.append(item)
    documents = list(linked(documents))
    _use_words(house, path, brand, source, report)
    known = knowledge.live_digests(brand, source)
    found = {document.slug for document in documents}
    compared = known.keys() - crawl.kept if crawl.is_whole else known.keys() & found
    changes = compare({slug: known[slug] for slug in compared}, documents)
    report.added, report.changed = len(changes.added), len(changes.changed)
    report.removed, report.unchanged = len(changes.removed), changes.unchanged
    again = _cut_otherwise(documents, known, knowledge.live_keys(brand, source))
    report.articles, report.cut_anew = len(documents), len(again)
    fresh = (*changes.added, *changes.changed, *again)
    progress(f"{report.articles} articles read, {len(fresh)} to encode")
    articles = []
    for document in fresh:
        articles.append(stored_article(document, encoder))
        if len(articles) % 10 == 0:
            progress(f"encoded {len(articles)} of {len(fresh)} articles")
    knowledge.store_articles(brand, source, articles, changes.removed, encoder.name, house.clock())
    report.generation = renew(house, brand, articles, changes.removed, encoder, progress)
    active = knowledge.active_generation(brand)
    report.passages = active.passages if active else 0
    touched = [document.slug for document in changes.changed] + list(changes.removed)
    report.doubtful = len(history.doubtful_answers(brand, touched)) if touched else 0
    return report


def _cut_otherwise(
    documents: Sequence[Any], known: Mapping[str, str], keys: Mapping[str, set[str]]
) -> list[Any]:
    """Articles whose text is what it was and whose passages are not: an earlier release cut them."""
    from kb_index.chunk import passages_of

    same = (document for document in documents if known.get(document.slug) == document.revision)
    return [
        document
        for document in same
        if {passage.id for passage in passages_of(document)} != keys.get(document.slug)
    ]


def _use_words(house: House, path: Path, brand: str, source: str, report: Ingested) -> None:
    """The glossary of the source, or none any more; one that cannot be read is reported, and the old one goes on."""
    try:
        words = read_glossary(path)
        use_glossary(house, brand, source, words or {})
    except (Conflict, MalformedPayload, ModelUnavailable) as problem:
        report.unreadable.append({"path": FILE, "reason": str(problem)})


def stored_article(document: Any, encoder: Encodes) -> StoredArticle:
    """A document with its passages and their vectors, as the rows take it; only what is new is encoded."""
    from kb_index.chunk import passages_of
    from kb_index.generation import encode_passages

    passages = list(passages_of(document))
    known = knowledge.known_vectors([passage.id for passage in passages], encoder.name)
    fresh = [passage for passage in passages if passage.id not in known]
    vectors = known | {
        record.passage.id: record.to_bytes() for record in encode_passages(fresh, encoder)
    }
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


def renew(
    house: House,
    brand: str,
    articles: Sequence[StoredArticle],
    removed: Sequence[str],
    encoder: Encodes,
    progress: Progress = quiet,
) -> str:
    """The index with these articles new and those (slugs) gone, serving; returns its id.

    The rows say so already. An index that does not fit them, for whatever reason, is built anew.
    """
    from kb_index.generation import change_generation, open_named

    active = knowledge.active_generation(brand)
    if active is None or active.encoder != encoder.name:
        return reindex(house, brand, progress)
    try:
        serving = open_named(house.settings.state / active.folder)
    except IndexStale:
        return reindex(house, brand, progress)
    count = knowledge.live_count(brand, encoder.name)
    fresh = sum(len(article.passages) for article in articles)
    if not articles and not removed and serving.size == count:
        return str(active.id)
    is_small = fresh <= MOST_CHANGED * serving.size and len(serving.parts) < MOST_PARTS
    if not is_small:
        return reindex(house, brand, progress)
    added = [record_of(item, encoder) for article in articles for item in article.passages]
    changed = change_generation(
        serving.folder, added=added, removed=removed, version=serving.version
    )
    if changed.size != count:
        return reindex(house, brand, progress)
    publish(house.settings, changed, brand)
    progress(f"index of {count} passages changed")
    folder = f"index/{changed.folder.name}@{changed.version}"
    return str(knowledge.activate_generation(brand, folder, encoder.name, count, house.clock()))


def reindex(house: House, brand: str = "default", progress: Progress = quiet) -> str:
    """Builds a new generation from the rows and activates it; returns its id. Killed, it goes on the next time.

    Passages that another encoder read are read anew first: vectors of two encoders cannot be compared.
    """
    from kb_index.generation import build_generation, open_generation

    encoder = indexing_encoder(house)
    _read_anew(brand, encoder, progress)
    stamp = knowledge.live_stamp(brand, encoder.name)
    target = house.settings.state / "index" / stamp
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():  # the very same texts were indexed before
        built = open_generation(target, 1)
    else:
        records = (
            record_of(item, encoder) for item in knowledge.live_passages(brand, encoder.name)
        )
        built = build_generation(
            target, records, encoder=encoder.name, progress=progress, stamp=stamp
        )
    publish(house.settings, built, brand)
    progress(f"index of {built.size} passages built")
    folder = f"index/{stamp}@1"
    return str(
        knowledge.activate_generation(brand, folder, encoder.name, built.size, house.clock())
    )


def _read_anew(brand: str, encoder: Encodes, progress: Progress) -> None:
    from kb_index.generation import encode_passages

    foreign = knowledge.foreign_passages(brand, encoder.name)
    keys = list(foreign)
    for start in range(0, len(keys), READ_AT_ONCE):
        batch = [passage_of(foreign[key]) for key in keys[start : start + READ_AT_ONCE]]
        records = encode_passages(batch, encoder)
        vectors = {record.passage.id: record.to_bytes() for record in records}
        knowledge.encode_anew(vectors, encoder.name)
        progress(f"encoded {start + len(batch)} of {len(keys)} passages for {encoder.name}")


def record_of(stored: StoredPassage, encoder: Encodes) -> Any:
    """A stored passage with its vectors, as an index takes it."""
    from kb_index.passage import PassageRecord

    return PassageRecord.from_bytes(passage_of(stored.data), stored.vector, encoder.dimension)


def passage_of(data: dict[str, Any]) -> Any:
    """The passage that `asdict` wrote."""
    from kb_index.passage import Kind, PassageText, Place, Span

    spans = tuple(
        Span(item["start"], item["end"], Kind(item["kind"]), item["group"])
        for item in data["spans"]
    )
    places = tuple(
        Place(item["first"], tuple(item["headings"]), item["anchor"])
        for item in data.get("places", ())
    )
    lists = {name: tuple(data[name]) for name in ("headings", "tags")}
    return PassageText(**{**data, **lists, "spans": spans, "places": places})


def index_versions(brand: str = "default") -> list[dict[str, Any]]:
    """Every activation, newest first."""
    return [
        {
            "generation": row.folder.removeprefix("index/"),
            "activated_at": row.created_at.isoformat(),
            "passages": row.passages,
            "encoder": row.encoder,
            "is_active": row.is_active,
        }
        for row in reversed(history.generations(brand))
    ]


def rollback_index(house: House, brand: str = "default") -> dict[str, Any]:
    """Back to the index that served before, with the texts that it holds; again: one further back.

    The next ingest of a source brings its present texts again. Raises `NotFound` when no other has served.
    """
    from kb_index.generation import open_named

    before = history.generation_before(brand)
    generation = open_named(house.settings.state / before.folder)
    publish(house.settings, generation, brand)
    changed = history.go_back(
        house.vault, brand, before, generation.revisions(), house.clock(), ACTOR
    )
    return {
        "generation": before.folder.removeprefix("index/"),
        "passages": before.passages,
        **changed,
    }


def served_on(house: House, at: datetime, brand: str = "default") -> Any:
    """The index that answered at that time, opened. Raises `NotFound`, `IndexStale`."""
    from kb_index.generation import open_named

    row = history.generation_at(brand, at)
    return open_named(house.settings.state / row.folder)
