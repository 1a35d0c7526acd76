"""Tables of what customers made of our answers, of what nobody could answer, and of what could be learned. Finding gaps is `bot.gaps`."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.knowledge import Article
from store.models.people import Brand, User
from store.models.talk import Message


class AnswerRating(Row):
    """Whether an answer helped, as its customer says; the last word counts."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE)
    helpful = models.BooleanField()
    source = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["helpful", "at"], name="rating_at")]

    def __str__(self) -> str:
        return f"{'+' if self.helpful else '-'} {str(self.at)[:16]}"


class ArticleRating(Row):
    """Whether a help page helped, as one of its readers says; the last word of a day counts. `digest`: of the text that was read.
    `visitor`: a keyed digest of the day and the network address, by which nobody is known the day after. `why_cipher`: what was
    missing, in the reader's words, sealed."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64)
    visitor = models.BinaryField(max_length=32)
    helpful = models.BooleanField()
    why_cipher = models.BinaryField(default=bytes)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visitor", "article"], name="article_rating_once")
        ]
        indexes = [models.Index(fields=["at"], name="article_rating_at")]

    def __str__(self) -> str:
        return f"{'+' if self.helpful else '-'} {str(self.at)[:16]}"


class Gap(Row):
    """Questions of one kind that the knowledge base does not answer. `questions`: ids of the messages that asked;
    `draft_cipher`: title and text of the article to be, sealed; `gained`: of the questions, answered by it since it is there.
    `checked`: how each question fared when all were asked again last, at `checked_at`: its id to [slug of the article that
    answers it or "", chance of being right]."""

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
    checked = models.JSONField(default=dict, db_default={})
    checked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Lesson(Row):
    """Something that could be learned: a question and its article, or a request and where it belonged. Nothing learns from
    it before a person has accepted it. `message`: what the customer wrote; `text_cipher`: its words as they would be
    learned, sealed like the message. `customer`: whose it is, for the cap. `target`: {"article"} or {"team", "category",
    "priority"}; `before`: what the router had said."""

    class Kind(models.TextChoices):
        ANSWER = "answer"
        ROUTE = "route"

    class Source(models.TextChoices):
        RATED = "rated"
        HELPED = "helped"
        SUGGESTED = "suggested"
        ROUTED = "routed"

    class State(models.TextChoices):
        WAITING = "waiting"
        ACCEPTED = "accepted"
        REJECTED = "rejected"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    kind = models.CharField(max_length=6, choices=Kind)
    source = models.CharField(max_length=9, choices=Source)
    message = models.ForeignKey(Message, on_delete=models.CASCADE)
    customer = models.UUIDField()
    language = models.CharField(max_length=8, default="")
    text_cipher = models.BinaryField(default=bytes)
    target = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "kind"], name="lesson_once")]
        indexes = [
            models.Index(fields=["state", "found_at"], name="lesson_waits"),
            models.Index(fields=["customer", "found_at"], name="lesson_of"),
        ]
