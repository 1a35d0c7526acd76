"""Tables of outgoing webhooks: who is told of what, and each call that was made. The attached systems of customers are inboxes."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Brand, User


class Hook(Row):
    """An address that is told what happens. `kinds`: of `core.happenings`; none is all. `secrets_cipher`: the signing
    secret and, for a while after a change, the former one.

    `failing_since`: the first failure after the last success; `rests_until`: nothing is tried before.
    `ended`: why it was switched off, where the product did it.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    name = models.CharField(max_length=120, unique=True)
    url = models.CharField(max_length=600)
    kinds = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)
    secrets_cipher = models.BinaryField(default=bytes)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    ended = models.CharField(max_length=200, default="", blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "webhook"

    def __str__(self) -> str:
        return self.name


class HookCall(models.Model):
    """One message to one address. `name` is its id over there and never changes; `body` holds nobody's words.
    `event`: None for a test."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"

    hook = models.ForeignKey(Hook, on_delete=models.CASCADE)
    name = models.CharField(max_length=40, unique=True)
    event = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=32)
    body = models.JSONField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=200, default="")
    took_ms = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "webhook call"
        constraints = [models.UniqueConstraint(fields=["hook", "event"], name="call_once")]
        indexes = [
            models.Index(fields=["hook", "id"], name="call_of_hook"),
            models.Index(fields=["created_at"], name="call_by_age"),
        ]

    def __str__(self) -> str:
        return self.name
