"""Tables that make delivery exact: what arrived, what must go out, jobs and singleton duties."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.talk import Address, Conversation, Inbox, Message


class InboxRow(Row):
    """One arrival. (`inbox`, `lookup` of the external id) is the dedupe key, inserted with its effect.
    `raw_cipher` is emptied after `raw_until`."""

    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, db_index=False)
    lookup = models.BinaryField(max_length=32)
    content = models.BinaryField(max_length=32)
    received_at = models.DateTimeField()
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.CASCADE, db_index=False
    )
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE)
    raw_cipher = models.BinaryField(default=bytes)
    raw_until = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "lookup"], name="arrival_once")]
        indexes = [
            models.Index(
                fields=["raw_until"],
                condition=models.Q(raw_until__isnull=False),
                name="arrival_raw_until",
            ),
            models.Index(
                fields=["-received_at"],
                condition=~models.Q(problem=""),
                name="arrival_unread",
            ),
        ]


class OutboxRow(models.Model):
    """One thing to send, in order of `id` per (conversation, address). `key` never changes: providers'
    idempotency keys and Message-IDs are made from it. `slot_at`: its turn, in a place that takes only so many."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        UNKNOWN = "unknown"
        DEAD = "dead"
        CANCELLED = "cancelled"

    key = models.UUIDField(unique=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    address = models.ForeignKey(Address, on_delete=models.PROTECT)
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, db_index=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE)
    part = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    in_flight = models.BooleanField(default=False)
    not_before = models.DateTimeField(null=True)
    slot_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=64, default="")
    fence = models.BigIntegerField(default=0)
    provider_id = models.CharField(max_length=300, default="")
    last_error = models.CharField(max_length=300, default="")
    created_at = models.DateTimeField()
    held_since = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["conversation", "address", "id"],
                condition=models.Q(state="waiting"),
                name="outbox_waiting",
            ),
            models.Index(fields=["state", "settled_at"], name="outbox_by_state"),
            # Rows that were handed to a provider, by its own name for them: not those read in our own streams.
            models.Index(
                fields=["inbox", "provider_id"],
                condition=models.Q(attempts__gt=0, settled_at__isnull=False),
                name="outbox_by_provider",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.key}"


class Job(Row):
    """Work for later. `key` makes a job unique while it waits; a job that cannot run becomes `dead`, visibly."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        DEAD = "dead"

    kind = models.CharField(max_length=48)
    key = models.CharField(max_length=120, null=True)
    payload = models.JSONField(default=dict)
    run_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=64, default="")
    fence = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    last_error = models.CharField(max_length=300, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=models.Q(state="waiting", key__isnull=False),
                name="job_waits_once",
            )
        ]
        indexes = [
            models.Index(fields=["run_at"], condition=models.Q(state="waiting"), name="job_by_time")
        ]


class Duty(models.Model):
    """Something exactly one process does (a mailbox, the SLA scan). A taken duty has a higher fence."""

    name = models.CharField(max_length=120, primary_key=True)
    holder = models.CharField(max_length=64, default="")
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "duties"
