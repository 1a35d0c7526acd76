"""Tables of who is on call, and of what colleagues are told outside the desk. When whose turn it is: `core.rota`."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Brand, User
from store.models.talk import Inbox
from store.models.work import Ticket


class Rota(Row):
    """People who are on call by turns. `handover`: "HH:MM" in `time_zone`; `inbox`: through which they are paged, a
    mailbox or a number for text messages; None: the first mailbox."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    name = models.CharField(max_length=60)
    time_zone = models.CharField(max_length=64)
    starts_on = models.DateField()
    handover = models.CharField(max_length=5, default="09:00")
    days = models.PositiveSmallIntegerField(default=7)
    inbox = models.ForeignKey(Inbox, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="rota_name")]

    def __str__(self) -> str:
        return self.name


class RotaMember(Row):
    """A person's place in the order."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField(default=10)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["rota", "user"], name="rota_member")]

    def __str__(self) -> str:
        return str(self.user)


class RotaCover(Row):
    """Somebody stands in for whoever's turn it is, from `start` until `end`."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="covers")
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    start = models.DateTimeField()
    end = models.DateTimeField()

    class Meta:
        ordering = ["start"]

    def __str__(self) -> str:
        return str(self.user)


class Notice(Row):
    """What a colleague or a channel of theirs is told of a ticket outside the desk: that something happened, in
    nobody's words. `place`: a channel of Slack's instead of a person."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE)
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE)
    place = models.CharField(max_length=80, blank=True, default="")
    kind = models.CharField(max_length=16)
    told = models.JSONField(default=list)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "user"],
                condition=models.Q(state="waiting", kind="followed"),
                name="notice_waits_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {str(self.made_at)[:16]}"
