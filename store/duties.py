"""Singleton duties: something exactly one process does, with a fence that grows at each change of holder."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from store.database import database_now
from store.models import Duty


@dataclass(frozen=True, slots=True)
class Held:
    """A duty in our hands. Everything done under it carries `fence`."""

    name: str
    holder: str
    fence: int


def take(name: str, holder: str, lease: timedelta) -> Held | None:
    """The duty, if nobody else holds it; None otherwise."""
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
        row.holder, row.fence = holder, row.fence + 1
        row.beat_at, row.lease_until = moment, moment + lease
        row.save()
        return Held(name, holder, row.fence)


def keep(held: Held, lease: timedelta) -> bool:
    """Extends the lease and records the heartbeat; False when somebody else has taken the duty."""
    moment = database_now()
    return bool(
        Duty.objects.filter(name=held.name, fence=held.fence).update(
            lease_until=moment + lease, beat_at=moment
        )
    )


def give_back(held: Held) -> None:
    """Ends our lease at once, so that another process need not wait for it."""
    Duty.objects.filter(name=held.name, fence=held.fence).update(lease_until=None)


def release_duties(holder: str) -> int:
    """Ends the leases of a process that is known to be dead."""
    return Duty.objects.filter(holder=holder, lease_until__isnull=False).update(lease_until=None)


def beats() -> dict[str, datetime]:
    """When each duty was last seen alive."""
    rows = Duty.objects.exclude(beat_at=None).values_list("name", "beat_at")
    return {name: beat for name, beat in rows if beat is not None}
