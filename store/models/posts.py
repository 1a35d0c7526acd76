"""The table of what others write about us in public, until somebody answers it or says that nobody must."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Brand, User
from store.models.talk import Address, Conversation, Inbox


class PublicPost(Row):
    """A comment, a post or a mention. `lookup`: of the provider's id, once an inbox. `address`: its author, under whose
    key `body_cipher` (a `store.posts.PostBody`) is sealed; None until the provider has told who that is.

    `act`, `asks`, `category`, `language`: what it was understood as; `asks` is None until then.
    """

    class State(models.TextChoices):
        NEW = "new"
        IGNORED = "ignored"
        CONVERSATION = "conversation"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT)
    address = models.ForeignKey(Address, null=True, on_delete=models.PROTECT)
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.CASCADE)
    lookup = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=8)
    state = models.CharField(max_length=12, choices=State, default=State.NEW)
    body_cipher = models.BinaryField(default=bytes)
    act = models.CharField(max_length=24, default="")
    asks = models.FloatField(null=True)
    category = models.CharField(max_length=48, default="")
    language = models.CharField(max_length=8, default="")
    posted_at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    private_until = models.DateTimeField(null=True)
    is_withdrawn = models.BooleanField(default=False)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "lookup"], name="public_post_once")]
        indexes = [
            models.Index(fields=["brand", "state", "-posted_at"], name="public_post_list"),
        ]
