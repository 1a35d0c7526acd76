"""What should have been done by now: the absence of work is seen in what waits, whoever has stopped doing it. Reading only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from store.database import database_now
from store.models import Conversation, Job, OutboxRow, Ticket


def turn_waits(now: datetime) -> timedelta:
    """How long the longest waiting conversation has waited for somebody to think about it; zero when none does."""
    since = (
        Conversation.objects.filter(
            Q(lease_until=None) | Q(lease_until__lt=database_now()),
            wants_turn_at__lte=now,
            address__key_wrapped__isnull=False,
        )
        .order_by("wants_turn_at")
        .values_list("wants_turn_at", flat=True)
        .first()
    )
    return now - since if since else timedelta(0)


def sending_waits(now: datetime) -> timedelta:
    """How long a message has been due that nobody sends. One that fails and is tried again is not due, and what
    stands behind another is not either."""
    ahead = OutboxRow.objects.filter(
        state=OutboxRow.State.WAITING,
        conversation=OuterRef("conversation"),
        address=OuterRef("address"),
        id__lt=OuterRef("id"),
    )
    row = (
        OutboxRow.objects.filter(
            Q(lease_until=None) | Q(lease_until__lt=database_now()),
            Q(not_before=None) | Q(not_before__lte=now),
            ~Exists(ahead),
            state=OutboxRow.State.WAITING,
        )
        .order_by("id")
        .values_list("created_at", "not_before")
        .first()
    )
    return now - (row[1] or row[0]) if row else timedelta(0)


COUNTED = 1_000
"""Beyond so many it does not matter how many: a figure must not cost more the worse things are."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Something that waits: how long its first has, and how many there are, up to `COUNTED`."""

    name: str
    age: timedelta
    length: int


def queues(now: datetime) -> list[Queue]:
    """Every queue of the installation. A handful of queries, each of which reads an index up to a bound."""
    turns = Conversation.objects.filter(wants_turn_at__lte=now, address__key_wrapped__isnull=False)
    waiting = OutboxRow.objects.filter(state=OutboxRow.State.WAITING)
    failed = OutboxRow.objects.filter(state__in=(OutboxRow.State.DEAD, OutboxRow.State.UNKNOWN))
    jobs = Job.objects.filter(state=Job.State.WAITING, run_at__lte=now)
    due = jobs.order_by("run_at").values_list("run_at", flat=True).first()
    late = Ticket.objects.filter(urgent_at__lt=now)
    most = late.order_by("urgent_at").values_list("urgent_at", flat=True).first()
    return [
        Queue("turns", turn_waits(now), _upto(turns)),
        Queue("delivery", sending_waits(now), _upto(waiting)),
        Queue("jobs", now - due if due else timedelta(0), _upto(jobs)),
        Queue("late", now - most if most else timedelta(0), _upto(late)),
        Queue("undelivered", timedelta(0), _upto(failed)),
    ]


def _upto(rows: QuerySet[Any]) -> int:
    return rows.order_by().values_list("pk")[:COUNTED].count()
