"""Tables of the agents' own work: saved views, mentions, drafts, replies held back, macros, suggestions and the search index."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Brand, Team, User
from store.models.talk import Conversation, Message
from store.models.work import Ticket


class SavedView(Row):
    """A list that a person made; with a `team` everybody in it has it too. `criteria`: a `store.desk_filter.Criteria`."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE)
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=60)
    criteria = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "name"], name="saved_view_of")]

    def __str__(self) -> str:
        return self.name


class Mention(Row):
    """A note names a colleague: the ticket stands in their view of mentions while it is not done."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE)
    message = models.ForeignKey(Message, on_delete=models.CASCADE)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "message"], name="mention_once")]
        indexes = [models.Index(fields=["user", "ticket"], name="mention_of")]


class Draft(Row):
    """What a person is writing, sealed like the conversation it is for."""

    class Mode(models.TextChoices):
        REPLY = "reply"
        NOTE = "note"

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    mode = models.CharField(max_length=5, choices=Mode)
    body_cipher = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "conversation", "mode"], name="draft_once")
        ]


class HeldReply(Row):
    """A reply that is not said yet: for some seconds, so that it can be undone, or until a time.

    `then`: what follows it. `seen`: the conversation's last number when it was written; a scheduled reply stays
    here, with `problem`, when the customer wrote after it. `body_cipher`: text, files and macro as JSON.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    body_cipher = models.BinaryField()
    then = models.CharField(max_length=8, default="")
    send_at = models.DateTimeField()
    is_scheduled = models.BooleanField(default=False)
    seen = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=200, default="")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "held replies"


class Macro(Row):
    """A canned answer, with what it does to the ticket. With a `team` it is theirs, with an `owner` that person's.

    `text` may name variables (`bot.macros.VARIABLES`). `actions`: {"category", "priority", "team", "then"}.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    owner = models.ForeignKey(User, null=True, on_delete=models.CASCADE)
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=8, default="")
    text = models.TextField(default="")
    actions = models.JSONField(default=dict)
    changed_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "owner", "team", "name"], name="macro_name")
        ]

    def __str__(self) -> str:
        return self.name


class SuggestedReply(Row):
    """What came of an answer that the knowledge base suggested to a person; what the next training may learn from."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted"
        EDITED = "edited"
        REJECTED = "rejected"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    article = models.CharField(max_length=200)
    revision = models.CharField(max_length=64)
    outcome = models.CharField(max_length=8, choices=Outcome)
    at = models.DateTimeField()


class SearchDoc(models.Model):
    """The blinded words of one ticket, five bytes each (`store.search`). Rebuilt at will, never in a backup."""

    number = models.BigIntegerField(primary_key=True)
    words = models.BinaryField()
