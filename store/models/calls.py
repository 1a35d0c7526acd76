"""The table of calls that want a person: who waits in line, who is to be called back. What moves them is `core.line`."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import User
from store.models.talk import Address, Conversation, Inbox, Message


class Call(Row):
    """A caller's place in the line of their ticket's team. `standing`: a `core.line.Standing`. `ring` grows with each ringing of a
    colleague's telephone, `agent` is whose. `connected_at`: when a person spoke with them first.
    `consents`: to being recorded; None while nobody asked. `inbox`, `address`, `lookup`: the number that was called, who
    called, and the call's thread key, where the conversation may have begun elsewhere. `leg`: what the provider calls the
    colleague's call of this `ring`. `stint` grows with each time that a colleague puts them on hold; `joined`: after
    which of these the two calls were asked to meet again. `beside`: a `core.line.Beside`, how it stands with a second
    colleague (`aside_agent`), whom the first one asks; `aside_ring`, `aside_leg`: their ringing, of the same count as
    `ring`, and their call; `aside_note`: what is asked."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE)
    standing = models.CharField(max_length=12)
    entered_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    connected_at = models.DateTimeField(null=True)
    ring = models.PositiveIntegerField(default=0)
    agent = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    consents = models.BooleanField(null=True)
    inbox = models.ForeignKey(Inbox, null=True, on_delete=models.PROTECT)
    address = models.ForeignKey(Address, null=True, on_delete=models.PROTECT)
    lookup = models.BinaryField(max_length=32, null=True)
    may_be_called = models.BooleanField(default=True)
    leg = models.CharField(max_length=64, default="", db_default="")
    stint = models.PositiveIntegerField(default=0, db_default=0)
    joined = models.PositiveIntegerField(default=0, db_default=0)
    beside = models.CharField(max_length=8, default="", db_default="")
    aside_ring = models.PositiveIntegerField(default=0, db_default=0)
    aside_agent = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="asked_calls"
    )
    aside_leg = models.CharField(max_length=64, default="", db_default="")
    aside_note = models.ForeignKey(
        Message, null=True, on_delete=models.SET_NULL, related_name="asked_calls"
    )

    class Meta:
        indexes = [models.Index(fields=["standing", "entered_at"], name="call_in_line")]
