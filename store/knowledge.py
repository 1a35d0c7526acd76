"""Articles, their revisions and passages as rows, and which index and models are active. Building them is `bot.ingest`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from store.models import Article, Brand, Generation, ModelVersion, Passage, Revision


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its embeddings (`vector`: bytes of the room that made them)."""

    key: str
    ordinal: int
    data: dict[str, Any] = field(repr=False)
    vector: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article to store, with all passages of its text. `body`: JSON of its blocks."""

    slug: str
    digest: str
    title: str
    body: str = field(repr=False)
    language: str
    section: str
    visibility: str
    tags: tuple[str, ...]
    updated_on: date | None
    passages: tuple[StoredPassage, ...] = field(repr=False)


def is_brand(brand: str) -> bool:
    """Whether there is one of that name."""
    return Brand.objects.filter(slug=brand).exists()


def live_digests(brand: str, source: str) -> dict[str, str]:
    """Slug to digest of the live revision, for every present article that came from this source."""
    rows = Article.objects.filter(brand__slug=brand, source=source, removed_at=None)
    return dict(rows.values_list("slug", "live_revision__digest"))


def live_keys(brand: str, source: str) -> dict[str, set[str]]:
    """Slug to the keys of its passages, for every present article that came from this source."""
    rows = Passage.objects.filter(
        revision__article__brand__slug=brand,
        revision__article__source=source,
        revision__article__removed_at=None,
        revision__article__live_revision_id=F("revision_id"),
    )
    found: dict[str, set[str]] = {}
    for slug, key in rows.values_list("revision__article__slug", "key").iterator(chunk_size=5000):
        found.setdefault(slug, set()).add(key)
    return found


def known_vectors(keys: Sequence[str], encoder: str) -> dict[str, bytes]:
    """Embeddings that were computed before, by passage key."""
    rows = Passage.objects.filter(key__in=list(keys), encoder=encoder)
    return {key: bytes(vector) for key, vector in rows.values_list("key", "vector")}


def store_articles(
    brand: str,
    source: str,
    articles: Sequence[StoredArticle],
    removed: Sequence[str],
    encoder: str,
    now: datetime,
) -> None:
    """Makes each article's new text its live revision and takes removed ones out, in one transaction."""
    with transaction.atomic():
        owner = Brand.objects.get(slug=brand)
        for article in articles:
            _store_article(owner, source, article, encoder, now)
        Article.objects.filter(brand=owner, source=source, slug__in=list(removed)).update(
            removed_at=now, live_revision=None
        )


def _store_article(
    brand: Brand, source: str, article: StoredArticle, encoder: str, now: datetime
) -> None:
    row, _ = Article.objects.update_or_create(
        brand=brand,
        slug=article.slug,
        defaults={
            "language": article.language,
            "section": article.section,
            "visibility": article.visibility,
            "tags": list(article.tags),
            "source": source,
            "removed_at": None,
        },
    )
    revision, _ = Revision.objects.get_or_create(
        article=row,
        digest=article.digest,
        defaults={
            "title": article.title,
            "body": article.body,
            "media_type": "application/json",
            "updated_on": article.updated_on,
            "created_at": now,
        },
    )
    _store_passages(revision, article.passages, encoder)
    row.live_revision = revision
    row.save(update_fields=["live_revision"])


def _store_passages(revision: Revision, passages: Sequence[StoredPassage], encoder: str) -> None:
    keys = [passage.key for passage in passages]
    Passage.objects.filter(revision=revision).exclude(key__in=keys).delete()
    own = Passage.objects.filter(key__in=keys, revision__article=revision.article_id)
    own.exclude(encoder=encoder, revision=revision).delete()
    Passage.objects.bulk_create(
        (
            Passage(
                key=passage.key,
                revision=revision,
                ordinal=passage.ordinal,
                data=passage.data,
                encoder=encoder,
                vector=passage.vector,
            )
            for passage in passages
        ),
        ignore_conflicts=True,
    )


def _live(brand: str, encoder: str) -> QuerySet[Passage]:
    return Passage.objects.filter(
        encoder=encoder,
        revision__article__brand__slug=brand,
        revision__article__removed_at=None,
        revision__article__live_revision_id=F("revision_id"),
    ).order_by("revision__article__slug", "ordinal")


def live_passages(brand: str, encoder: str) -> Iterator[StoredPassage]:
    """Every passage of every live revision, in a stable order: what an index is built from."""
    rows = _live(brand, encoder).values_list("key", "ordinal", "data", "vector")
    for key, ordinal, data, vector in rows.iterator(chunk_size=500):
        yield StoredPassage(key, ordinal, data, bytes(vector))


def live_count(brand: str, encoder: str) -> int:
    """How many passages `live_passages` gives."""
    return _live(brand, encoder).count()


def live_stamp(brand: str, encoder: str) -> str:
    """A name for exactly these passages in this encoder's vectors: a hash over their keys, which change with the texts."""
    digest = hashlib.sha256(encoder.encode())
    for key, visibility in (
        _live(brand, encoder)
        .values_list("key", "revision__article__visibility")
        .iterator(chunk_size=5000)
    ):
        digest.update(f"\0{key}\0{visibility}".encode())
    return digest.hexdigest()[:32]


def foreign_passages(brand: str, encoder: str) -> dict[str, dict[str, Any]]:
    """Key to data of every passage of a live revision whose vectors another encoder made."""
    rows = Passage.objects.filter(
        revision__article__brand__slug=brand,
        revision__article__removed_at=None,
        revision__article__live_revision_id=F("revision_id"),
    ).exclude(encoder=encoder)
    return dict(rows.values_list("key", "data"))


def encode_anew(vectors: Mapping[str, bytes], encoder: str) -> None:
    """Replaces the embeddings of these passages, by key."""
    with transaction.atomic():
        for key, vector in vectors.items():
            Passage.objects.filter(key=key).update(vector=vector, encoder=encoder)


def activate_generation(
    brand: str, folder: str, encoder: str, passages: int, now: datetime
) -> UUID:
    """From now on this index answers; every brain switches within a second."""
    with transaction.atomic():
        owner = Brand.objects.get(slug=brand)
        Generation.objects.filter(brand=owner, is_active=True).update(is_active=False)
        return Generation.objects.create(
            brand=owner,
            folder=folder,
            encoder=encoder,
            passages=passages,
            created_at=now,
            is_active=True,
        ).id


def active_generation(brand: str) -> Generation | None:
    """The index that answers now."""
    return Generation.objects.filter(brand__slug=brand, is_active=True).first()


def active_models() -> dict[str, ModelVersion]:
    """Kind to its serving artefact."""
    return {row.kind: row for row in ModelVersion.objects.filter(is_active=True)}


def live_titles(brand: str, most: int) -> list[tuple[str, str, str]]:
    """(title, language, slug) of public live articles, by slug."""
    rows = Article.objects.filter(
        brand__slug=brand, removed_at=None, visibility="public", live_revision__isnull=False
    )
    named = rows.order_by("slug").values_list("live_revision__title", "language", "slug")
    return list(named[:most])
