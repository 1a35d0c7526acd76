"""After a restore: nobody holds anything any longer, and what waited to be sent may have been sent since. Nothing else belongs here."""

from __future__ import annotations

from django.db import transaction

from store.models import Conversation, Duty, Job, OutboxRow


def let_go() -> int:
    """Ends every lease, and marks what waits to be sent as perhaps sent: each such row is looked up at its provider
    first, and where that cannot be asked a person is told. Returns how many rows that were."""
    with transaction.atomic():
        for held in (Conversation, Job, Duty):
            held.objects.filter(lease_until__isnull=False).update(lease_until=None)
        return OutboxRow.objects.filter(state=OutboxRow.State.WAITING).update(
            lease_until=None, in_flight=True
        )
