"""What should have been done by now: the absence of work is seen in what waits, whoever has stopped doing it. Reading only."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from store.database import database_now
from store.models import Conversation, OutboxRow


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
