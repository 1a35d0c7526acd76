"""Work for later with leases: enqueue inside any transaction, run by any worker, visible when it fails."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, Q, QuerySet

from store.database import database_now
from store.models import Job
from store.statements import Given, Whether, insert, insert_where_new, new
from store.tallies import expired_leases

BACKOFF = (5.0, 30.0, 120.0, 600.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Taken:
    """A job to run now, under `fence`."""

    id: UUID
    kind: str
    payload: dict[str, Any]
    attempts: int
    fence: int


def enqueue(kind: str, payload: dict[str, Any], run_at: datetime, key: str | None = None) -> None:
    """Stores a job in the caller's transaction; with a `key`, at most one of its kind waits."""
    row = new(Job, kind=kind, key=key, payload=payload, run_at=run_at)
    (insert if key is None else insert_where_new)([row])


def take_jobs(
    worker: str,
    lease: timedelta,
    limit: int,
    now: datetime,
    *,
    only: str | None = None,
    but: Collection[str] = (),
) -> list[Taken]:
    """Due jobs that nobody holds, earliest first; `only` of one kind, or of all `but` these."""
    if not _any_due(only, frozenset(but)).holds(now=now):
        return []
    with transaction.atomic():
        moment = database_now()
        rows = list(
            _due(only, but, now)
            .select_for_update(skip_locked=True)
            .filter(Q(lease_until=None) | Q(lease_until__lt=moment))
            .order_by("run_at")[:limit]
        )
        for row in rows:
            expired_leases["job"] += row.lease_until is not None
            row.attempts, row.fence = row.attempts + 1, row.fence + 1
            row.leased_by, row.lease_until = worker, moment + lease
            row.save()
        return [Taken(row.id, row.kind, row.payload, row.attempts, row.fence) for row in rows]


def _due(only: str | None, but: Collection[str], now: Any) -> QuerySet[Job]:
    due = Job.objects.filter(state=Job.State.WAITING, run_at__lte=now)
    if only is not None:
        due = due.filter(kind=only)
    return due.exclude(kind__in=but) if but else due


@cache
def _any_due(only: str | None, but: frozenset[str]) -> Whether:
    now = Given("now", DateTimeField())
    return Whether(lambda: _due(only, sorted(but), now).order_by("run_at"))


def keep_job(job: Taken, lease: timedelta) -> bool:
    """Extends the lease of a job that takes long; False when somebody else has taken it meanwhile."""
    own = Job.objects.filter(id=job.id, fence=job.fence, state=Job.State.WAITING)
    return bool(own.update(lease_until=database_now() + lease))


def call_off(kind: str, key: str) -> None:
    """Nobody wants it any more: it is not begun, and who is at it loses the lease (`keep_job`)."""
    Job.objects.filter(kind=kind, key=key, state=Job.State.WAITING).update(
        state=Job.State.DONE, lease_until=None, last_error="called off"
    )


def job_done(job: Taken) -> bool:
    """False when somebody else took the job meanwhile."""
    return bool(
        Job.objects.filter(id=job.id, fence=job.fence, state=Job.State.WAITING).update(
            state=Job.State.DONE, lease_until=None, last_error=""
        )
    )


def job_failed(job: Taken, error: str, now: datetime) -> bool:
    """Tries again later, or ends as `dead` after the last attempt. True when it is dead."""
    is_dead = job.attempts > len(BACKOFF)
    later = now if is_dead else now + timedelta(seconds=BACKOFF[job.attempts - 1])
    Job.objects.filter(id=job.id, fence=job.fence).update(
        state=Job.State.DEAD if is_dead else Job.State.WAITING,
        run_at=later,
        lease_until=None,
        last_error=error[:300],
    )
    return is_dead


def release_jobs(worker: str) -> int:
    """Ends the leases of a worker that is known to be dead."""
    return Job.objects.filter(leased_by=worker, state=Job.State.WAITING).update(lease_until=None)


def release_job(job: Taken) -> None:
    """Ends our lease at once, as if the job had not been begun."""
    Job.objects.filter(id=job.id, fence=job.fence).update(
        lease_until=None, attempts=job.attempts - 1
    )
