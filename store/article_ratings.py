"""What readers of the help pages made of them, and what they missed there. Ratings of answers are `store.learning`'s."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from store.learning import MOST_QUESTIONS, Unanswered
from store.models import Article, ArticleRating, Revision
from store.vault import Vault

MOST_A_DAY = 20
"""Help pages that one visitor rates on one day."""
KEPT = timedelta(days=180)


def rate_article(
    vault: Vault, page: Revision, visitor: bytes, helpful: bool, why: str, now: datetime
) -> bool:
    """The reader's word on this text; the last one of a day counts. False, and nothing is kept, for whoever has rated
    `MOST_A_DAY` pages that day. `why`: what was missing; a press without words takes back none that were said before it."""
    kept: dict[str, Any] = {"digest": page.digest, "helpful": helpful, "at": now}
    if helpful:
        kept["why_cipher"] = b""
    elif why:
        kept["why_cipher"] = vault.seal_own(_place(page.article_id, visitor), why.encode())
    with transaction.atomic():
        ArticleRating.objects.filter(at__lt=now - KEPT).delete()
        own = ArticleRating.objects.filter(visitor=visitor)
        if own.exclude(article=page.article_id).count() >= MOST_A_DAY:
            return False
        own.update_or_create(visitor=visitor, article_id=page.article_id, defaults=kept)
    return True


def why_of(vault: Vault, row: ArticleRating) -> str:
    """What that reader missed, in their words; empty where they wrote none."""
    place = _place(row.article_id, bytes(row.visitor))
    return vault.open_own(place, bytes(row.why_cipher)).decode()


def _place(article: UUID, visitor: bytes) -> str:
    return f"article_rating.why:{article}:{visitor.hex()}"


def missed(vault: Vault, brand: str, since: datetime) -> list[Unanswered]:
    """What readers missed since then, newest first, of each visitor once; `message` and `conversation` are the rating."""
    rows = (
        ArticleRating.objects.filter(helpful=False, at__gte=since, article__brand__slug=brand)
        .exclude(why_cipher=b"")
        .select_related("article")
        .order_by("-at")[:MOST_QUESTIONS]
    )
    found: dict[bytes, Unanswered] = {}
    for row in rows:
        words, language = why_of(vault, row), row.article.language
        asked = Unanswered(row.id, row.id, words, language, row.at, None, None)
        found.setdefault(bytes(row.visitor), asked)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Missed:
    """`title`: of the help page, as it is called now."""

    text: str = field(repr=False)
    language: str
    title: str


def said_by(vault: Vault, ratings: Iterable[str]) -> dict[str, Missed]:
    """By the ratings' ids, what was missed; those that are no more, or say nothing, are left out."""
    rows = ArticleRating.objects.filter(id__in=list(ratings)).exclude(why_cipher=b"")
    return {
        str(row.id): Missed(why_of(vault, row), row.article.language, title_of(row.article))
        for row in rows.select_related("article__live_revision")
    }


def title_of(article: Article) -> str:
    """What it is called now, or its name where it is gone."""
    return article.live_revision.title if article.live_revision else article.slug


def helped(articles: Iterable[Article]) -> dict[Article, tuple[int, int]]:
    """Of each article that was rated: how many it helped, and of how many."""
    known = {one.pk: one for one in articles}
    rows = (
        ArticleRating.objects.filter(article__in=known)
        .values("article")
        .annotate(yes=Count("id", filter=Q(helpful=True)), all=Count("id"))
        .values_list("article", "yes", "all")
    )
    return {known[article]: (yes, total) for article, yes, total in rows}
