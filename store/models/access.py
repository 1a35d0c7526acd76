"""Tables of how one gets in: programs' tokens with what was answered under an idempotency key, and tries to sign in."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import User


class ApiToken(Row):
    """A key to the API. Only its digest is stored; `hint` is its end, by which people tell tokens apart.

    `user`: in whose name it acts, with their role and teams as they are at that moment. `by`: the admin who
    made a service's token; None from the command line.
    """

    class Kind(models.TextChoices):
        PERSONAL = "personal"
        SERVICE = "service"

    user = models.ForeignKey(User, on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=120)
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=8)
    scopes = models.JSONField(default=list)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} (…{self.hint})"


class ApiAnswer(models.Model):
    """What a request with an idempotency key was answered. `request`: digest of method, address and body.
    Holds no words of anybody: answers to writes are ids and states."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE)
    lookup = models.BinaryField(max_length=32)
    request = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=200)
    body = models.JSONField(default=dict)
    etag = models.CharField(max_length=32, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "lookup"], name="api_answer_once")]
        indexes = [models.Index(fields=["token", "at"], name="api_answer_by_age")]


class SignInTries(models.Model):
    """When sign-in was lately tried, in seconds since 1970, for one account, device or network address. `lookup`:
    a keyed digest of it. After `until` none of them counts any more."""

    lookup = models.BinaryField(max_length=32, unique=True)
    times = models.JSONField(default=list)
    until = models.DateTimeField(db_index=True)
