"""How often the house teaches itself, and up to when lessons were collected: numbers in `Counter`. Teaching is `bot.teach`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from store.lessons import collect
from store.models import Brand, Counter
from store.vault import Vault

EVERY = {"never": 0, "day": 1, "week": 7}
"""Names to days."""
OVERLAP = timedelta(hours=1)
"""Looked at again each time: what was stored late is not missed."""
FIRST = timedelta(days=30)
_DAYS, _SINCE, _COLLECTED = "lessons:days", "lessons:since", "lessons:collected"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`since`: when it was last taught, or the rhythm chosen."""

    days: int
    since: datetime

    @property
    def every(self) -> str:
        return next(name for name, days in EVERY.items() if days == self.days)


def rhythm_of() -> Rhythm:
    """As it was chosen; never, where nobody has."""
    known = dict(Counter.objects.filter(name__in=(_DAYS, _SINCE)).values_list("name", "value"))
    return Rhythm(known.get(_DAYS, 0), datetime.fromtimestamp(known.get(_SINCE, 0), UTC))


def set_rhythm(every: str, now: datetime) -> None:
    """`every`: a name of `EVERY`; counted from now on."""
    with transaction.atomic():
        for name, value in ((_DAYS, EVERY[every]), (_SINCE, int(now.timestamp()))):
            Counter.objects.update_or_create(name=name, defaults={"value": value})


def collect_new(vault: Vault, now: datetime) -> int:
    """Lessons of all brands since the last time; returns how many there were."""
    known = Counter.objects.filter(name=_COLLECTED).first()
    before = datetime.fromtimestamp(known.value, UTC) - OVERLAP if known else now - FIRST
    found = sum(collect(vault, brand.slug, before, now) for brand in Brand.objects.all())
    Counter.objects.update_or_create(name=_COLLECTED, defaults={"value": int(now.timestamp())})
    return found
