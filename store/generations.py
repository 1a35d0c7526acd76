"""Which index served when, going back to one, and which past answers a changed article makes doubtful. Building is `bot.ingest`.

Each activation is a row of its own, so the rows are the history: an index that served twice stands there twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.errors import NotFound
from store.audit import record
from store.knowledge import activate_generation
from store.models import Article, Event, Generation, Revision
from store.vault import Vault


def generations(brand: str) -> list[Generation]:
    """Every activation, oldest first."""
    return list(Generation.objects.filter(brand__slug=brand).order_by("created_at", "id"))


def generation_at(brand: str, at: datetime) -> Generation:
    """The one that served at that time. Raises `NotFound`."""
    rows = Generation.objects.filter(brand__slug=brand, created_at__lte=at)
    found = rows.order_by("created_at", "id").last()
    if found is None:
        raise NotFound("Nothing had been indexed by then.")
    return found


def generation_before(brand: str) -> Generation:
    """The one to go back to: going back twice goes back two. Raises `NotFound`."""
    served: list[Generation] = []
    for row in generations(brand):
        places = [place for place, one in enumerate(served) if one.folder == row.folder]
        if places:  # gone back to: what came between is not returned to
            del served[places[0] :]
        served.append(row)
    if len(served) < 2:
        raise NotFound("No other index has served before.")
    return served[-2]


def go_back(
    vault: Vault,
    brand: str,
    row: Generation,
    revisions: Mapping[str, str],
    now: datetime,
    actor: str,
) -> dict[str, int]:
    """Makes an index serve again together with the texts it holds (`revisions`: slug to digest); one audit entry.

    Returns how many articles have another text now and how many are gone.
    """
    with transaction.atomic():
        articles = {one.slug: one for one in Article.objects.filter(brand__slug=brand)}
        found = Revision.objects.filter(
            article__brand__slug=brand, digest__in=set(revisions.values())
        ).values_list("article__slug", "digest", "id")
        ids = {(slug, digest): id_ for slug, digest, id_ in found}
        restored = removed = 0
        for slug, article in articles.items():
            wanted = ids.get((slug, revisions.get(slug, "")))
            if article.live_revision_id == wanted:
                continue
            article.live_revision_id = wanted
            article.removed_at = None if wanted else now
            article.save(update_fields=["live_revision", "removed_at"])
            restored, removed = restored + bool(wanted), removed + (wanted is None)
        activate_generation(brand, row.folder, row.encoder, row.passages, now)
        record(
            vault,
            at=now,
            actor=actor,
            action="index.rollback",
            subject=f"index:{brand}",
            details={"folder": row.folder},
        )
    return {"restored": restored, "removed": removed}


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A past answer whose source says something else now. `changed`: the slugs of those sources."""

    conversation: UUID
    message: UUID
    at: datetime
    changed: tuple[str, ...]


def slugs_of_revisions(brand: str) -> dict[str, str]:
    """Digest of every text there was to the slug of its article."""
    rows = Revision.objects.filter(article__brand__slug=brand)
    return dict(rows.values_list("digest", "article__slug"))


def doubtful_answers(
    brand: str, articles: Sequence[str] = (), since: datetime | None = None
) -> list[Doubtful]:
    """Answers that cite a text which is no longer live, newest first. `articles`: only these slugs; empty: any."""
    live = dict(
        Article.objects.filter(brand__slug=brand, removed_at=None).values_list(
            "slug", "live_revision__digest"
        )
    )
    rows = Event.objects.filter(brand__slug=brand, kind="message", data__has_key="cites")
    if since is not None:
        rows = rows.filter(at__gte=since)
    found = []
    wanted, slug_of = set(articles), slugs_of_revisions(brand)
    fields = rows.order_by("-id").values_list("conversation_id", "message_id", "at", "data")
    for conversation, message, at, data in fields.iterator(chunk_size=500):
        changed = tuple(
            slug
            for digest in data["cites"]
            if (slug := slug_of.get(digest))
            and live.get(slug) != digest
            and (not wanted or slug in wanted)
        )
        if changed:
            found.append(Doubtful(conversation, message, at, changed))
    return found
