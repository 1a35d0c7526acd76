"""Where the knowledge base is read from, and how the last reading went. Reading is `bot.ingest`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from store.models import Article, Source, User


def ask_for(brand: str, address: str, by: User, now: datetime) -> Source:
    """Notes that this source is to be read, again if it is known."""
    row, _ = Source.objects.update_or_create(
        brand_id=_brand_id(brand),
        address=address,
        defaults={"by": by, "state": Source.State.WAITING, "asked_at": now, "told": {}},
    )
    return row


def reading(address: str) -> None:
    """It is being read now."""
    Source.objects.filter(address=address).update(state=Source.State.READING)


def was_read(address: str, told: dict[str, Any], now: datetime) -> None:
    """It was read; `told`: counts, and what could not be."""
    Source.objects.filter(address=address).update(state=Source.State.READ, told=told, read_at=now)


def failed(address: str, problem: str, now: datetime) -> None:
    """It could not be read."""
    told = {"problem": problem[:300]}
    Source.objects.filter(address=address).update(state=Source.State.FAILED, told=told, read_at=now)


def sources_of(brand: str) -> list[Source]:
    """All, the latest first."""
    return list(Source.objects.filter(brand__slug=brand).order_by("-asked_at"))


def has_articles(brand: str) -> bool:
    """True once customers can be answered from something."""
    return Article.objects.filter(brand__slug=brand, live_revision__isnull=False).exists()


def _brand_id(slug: str) -> Any:
    from store.models import Brand

    return Brand.objects.values_list("id", flat=True).get(slug=slug)
