"""Languages in which customers write and no article is written. Finding an article in another one is the encoder's business."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from store.knowledge import active_generation
from store.models import Article, Brand, Figures

SINCE = timedelta(days=30)
MOST = 2000
"""Conversations that are looked at, the newest."""
FEWEST, SHARE = 5, 0.05
"""Of these in one language, from which on it is many; a single word is easily taken for another language."""
_ENGLISH_ONLY = ("minilm-",)
"""Names of encoders that find no article for a question in another language begin so."""


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A language without an article, and how many of the conversations looked at were in it; 0 of 0 where only the brand names it."""

    language: str
    conversations: int
    of: int


def unwritten_languages(brand: str, now: datetime) -> tuple[Unwritten, ...]:
    """The languages in which many customers of the brand wrote of late, most used first, or which the brand names, and in which no
    public article is. None while nothing is indexed, and none where the index finds articles across languages."""
    generation = active_generation(brand)
    if generation is None or not generation.encoder.startswith(_ENGLISH_ONLY):
        return ()
    opened = Figures.objects.filter(brand__slug=brand, opened_at__gte=now - SINCE)
    spoken = opened.order_by("-opened_at").values_list("language", flat=True)[:MOST]
    counted = Counter(_plain(language) for language in spoken if language)
    of = counted.total()
    many = max(FEWEST, SHARE * of)
    found = [Unwritten(one, n, of) for one, n in counted.most_common() if n >= many]
    named = Brand.objects.values_list("languages", flat=True).get(slug=brand)
    found += [Unwritten(one, 0, 0) for one in map(_plain, named) if counted[one] < many]
    written = _written(brand)
    return tuple(one for one in found if written and one.language not in written)


def _written(brand: str) -> set[str]:
    articles = Article.objects.filter(
        brand__slug=brand, removed_at=None, visibility="public", live_revision__isnull=False
    )
    return {_plain(one) for one in articles.values_list("language", flat=True).distinct()}


def _plain(language: str) -> str:
    """Without its region: `pt-br` is read as `pt` is."""
    return language.lower().partition("-")[0]
