"""Tables of what colleagues ask others beside a ticket. None of it is ever a message of the customer's conversation."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import User
from store.models.talk import Inbox
from store.models.work import Ticket


class Aside(Row):
    """Somebody is asked about a ticket: a supplier by mail, a colleague or their channel in a chat. `about_cipher`: the
    subject and who is asked. All words and names are sealed under the key of the ticket's customer, with which they
    fall. `is_unread`: an answer that nobody has looked at."""

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="asides")
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT)
    about_cipher = models.BinaryField()
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    is_unread = models.BooleanField(default=False)
    last_number = models.PositiveIntegerField(default=0)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()


class AsideMessage(Row):
    """What was said there. Without a `user` it came from outside. `part`: where each file goes out as a message of its
    own, how many of its messages are out. `in_flight`: an attempt to send the next ended without a word, so it may have
    arrived."""

    class State(models.TextChoices):
        CAME = "came"
        WAITING = "waiting"
        SENT = "sent"
        UNKNOWN = "unknown"
        FAILED = "failed"

    aside = models.ForeignKey(Aside, on_delete=models.CASCADE, related_name="messages")
    number = models.PositiveIntegerField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    body_cipher = models.BinaryField(default=bytes)
    is_automatic = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State)
    part = models.PositiveSmallIntegerField(default=0, db_default=0)
    in_flight = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)
    provider_id = models.CharField(max_length=300, default="", db_index=True)
    problem = models.CharField(max_length=300, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["aside", "number"], name="aside_number")]


class AsideKey(models.Model):
    """A name under which an answer refers to it."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE)
    lookup = models.BinaryField(max_length=32)
    aside = models.ForeignKey(Aside, on_delete=models.CASCADE)
    key_cipher = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "lookup"], name="aside_key")]
