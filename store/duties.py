"""Singleton duties: something exactly one process does, with a fence that grows at each change of holder."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from store.database import database_now
from store.models import Duty, Inbox
from store.tallies import expired_leases

FETCH = "fetch:"
"""Before the slug of the inbox that is fetched."""
KNOWN = frozenset(
    ("boards", "figures", "lessons", "offer", "renew", "search", "sweep", "watch", "webhooks")
)
"""What exactly one worker does, beside fetching. Rows of other names are left of another version: nobody misses them."""


@dataclass(frozen=True, slots=True)
class Held:
    """A duty in our hands. Everything done under it carries `fence`."""

    name: str
    holder: str
    fence: int


def take(name: str, holder: str, lease: timedelta, *, alive: bool = True) -> Held | None:
    """The duty, if nobody else holds it; None otherwise. `alive`: this is a sign of life, too."""
    with contextlib.suppress(IntegrityError):
        Duty.objects.get_or_create(name=name)
    with transaction.atomic():
        moment = database_now()
        row = (
            Duty.objects.select_for_update(skip_locked=True)
            .filter(Q(lease_until=None) | Q(lease_until__lt=moment), name=name)
            .first()
        )
        if row is None:
            return None
        expired_leases["duty"] += row.lease_until is not None
        row.holder, row.fence = holder, row.fence + 1
        row.lease_until = moment + lease
        row.beat_at = moment if alive else row.beat_at
        row.save()
        return Held(name, holder, row.fence)


def keep(held: Held, lease: timedelta, *, alive: bool = True) -> bool:
    """Extends the lease and, while `alive`, records the heartbeat; False when somebody else has taken the duty, or we
    have given it back meanwhile: a beat that was on its way must not take it again."""
    moment = database_now()
    beat = {"beat_at": moment} if alive else {}
    ours = Duty.objects.filter(name=held.name, fence=held.fence, lease_until__isnull=False)
    return bool(ours.update(lease_until=moment + lease, **beat))


def give_back(held: Held) -> None:
    """Ends our lease at once, so that another process need not wait for it."""
    Duty.objects.filter(name=held.name, fence=held.fence).update(lease_until=None)


def release_duties(holder: str) -> int:
    """Ends the leases of a process that is known to be dead."""
    return Duty.objects.filter(holder=holder, lease_until__isnull=False).update(lease_until=None)


def beats() -> dict[str, datetime]:
    """When each duty was last seen alive; not those of inboxes that are no longer used, nor of another version."""
    rows = Duty.objects.exclude(beat_at=None).values_list("name", "beat_at")
    missed = KNOWN | {f"{FETCH}{slug}" for slug in _used_inboxes()}
    return {name: beat for name, beat in rows if beat is not None and name in missed}


def unfetched(but: Collection[str]) -> list[str]:
    """Inboxes, by slug, that somebody fetched once and that are none of these."""
    names = Duty.objects.filter(name__startswith=FETCH).exclude(beat_at=None)
    slugs = (name.removeprefix(FETCH) for name in names.values_list("name", flat=True))
    return [slug for slug in slugs if slug not in but]


def forget_fetching(slugs: Collection[str]) -> None:
    """Nobody fetches these any more, and nobody is missed there."""
    Duty.objects.filter(name__in=[f"{FETCH}{slug}" for slug in slugs]).update(beat_at=None)


def _used_inboxes() -> list[str]:
    return list(Inbox.objects.filter(is_active=True).values_list("slug", flat=True))
