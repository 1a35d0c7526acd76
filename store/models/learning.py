"""Tables of what customers made of our answers, and of what nobody could answer. Finding gaps is `bot.gaps`."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Brand
from store.models.talk import Message


class AnswerRating(Row):
    """Whether an answer helped, as its customer says; the last word counts."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE)
    helpful = models.BooleanField()
    source = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["helpful", "at"], name="rating_at")]


class Gap(Row):
    """Questions of one kind that the knowledge base does not answer. `questions`: ids of the messages that asked;
    `draft_cipher`: title and text of the article to be, sealed; `gained`: of the questions, answered since it is there."""

    class State(models.TextChoices):
        OPEN = "open"
        WRITING = "writing"
        PUBLISHED = "published"
        DISMISSED = "dismissed"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    name = models.CharField(max_length=160)
    questions = models.JSONField(default=list)
    conversations = models.PositiveIntegerField()
    handling_seconds = models.PositiveBigIntegerField()
    language = models.CharField(max_length=8, default="")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    draft_cipher = models.BinaryField(default=bytes)
    found_at = models.DateTimeField()
    article = models.CharField(max_length=200, default="")
    published_at = models.DateTimeField(null=True)
    gained = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
