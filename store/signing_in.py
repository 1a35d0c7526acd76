"""How often sign-in was tried, over all web processes, and codes that were used. Whom a try counts for is `web.account`'s."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from store.models import SignInTries

SWEPT_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Budget:
    """So many tries at most, under a key that says nothing of whom they are for."""

    lookup: bytes
    most: int


def take(budgets: Iterable[Budget], within: timedelta, now: datetime) -> bool:
    """One try from each budget, or none from any where one is used up (False). A try counts for `within`.

    Budgets that others share come first, always in the same order: then two tries never wait for each other.
    """
    moment, taken = now.timestamp(), []
    with transaction.atomic():
        for budget in budgets:
            row, _ = SignInTries.objects.select_for_update().get_or_create(
                lookup=budget.lookup, defaults={"until": now + within}
            )
            row.times = [at for at in row.times if at > moment - within.total_seconds()]
            if len(row.times) >= budget.most:
                return False
            taken.append(row)
        for row in taken:
            row.times.append(moment)
            row.until = now + within
            row.save(update_fields=["times", "until"])
    return True


def give_back(budgets: Iterable[Budget], at: datetime) -> None:
    """The try of that moment was none: it succeeded."""
    with transaction.atomic():
        for budget in budgets:
            row = SignInTries.objects.select_for_update().filter(lookup=budget.lookup).first()
            if row is not None and at.timestamp() in row.times:
                row.times.remove(at.timestamp())
                row.save(update_fields=["times"])


def sweep(now: datetime) -> None:
    """Forgets rows whose last try counts no more; those that somebody holds just now are left for the next time."""
    with transaction.atomic():
        old = SignInTries.objects.select_for_update(skip_locked=True).filter(until__lt=now)
        ids = list(old.values_list("id", flat=True)[:SWEPT_AT_ONCE])
        if ids:
            SignInTries.objects.filter(id__in=ids).delete()
