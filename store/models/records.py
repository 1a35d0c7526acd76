"""Tables that only record: satisfaction, the audit chain, counters."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.talk import Conversation


class Survey(Row):
    """The satisfaction question of one conversation, asked at most once."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    rating = models.PositiveSmallIntegerField(null=True)
    comment_cipher = models.BinaryField(default=bytes)


class AuditEntry(models.Model):
    """A privileged action. `digest` covers the details' ciphertext, so that the chain still verifies
    after erasure; `chain` = SHA-256 over the previous chain value and this row."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=48)
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=120)
    details_cipher = models.BinaryField(default=bytes)
    digest = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    chain = models.BinaryField(max_length=32)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"


class Counter(models.Model):
    """A number handed out in order (ticket numbers) or the head of a chain."""

    name = models.CharField(max_length=48, primary_key=True)
    value = models.BigIntegerField(default=0)
    head = models.BinaryField(max_length=32, default=bytes)
