"""Tables of colleagues who work from a provider: who they are there, and which tickets stand at which team's board."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Brand, Team, User
from store.models.talk import Inbox
from store.models.work import Ticket


class ColleagueAddress(Row):
    """Where a colleague works from, proven by a code of the desk that was entered there. Nobody's name counts."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    kind = models.CharField(max_length=16)
    lookup = models.BinaryField(max_length=32)
    value_cipher = models.BinaryField()
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "kind", "lookup"], name="colleague_address")
        ]


class LinkCode(Row):
    """A code that its owner enters at a provider, once, to be known there. Only its digest is kept."""

    user = models.OneToOneField(User, on_delete=models.CASCADE)
    digest = models.BinaryField(max_length=32, unique=True)
    until = models.DateTimeField()


class BoardPost(Row):
    """A ticket at a team's board. `seq`: events up to there have been told in its thread. `shown`: digest of what
    the post shows. `sending`: key of what may stand there, for an attempt ended without a word. `look_at`: when
    there is something to do. `ended_at`: it goes on at another board, or cannot be shown there."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE)
    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT)
    place = models.CharField(max_length=64)
    post = models.CharField(max_length=120, default="")
    seq = models.BigIntegerField(default=0)
    shown = models.BinaryField(max_length=32, default=bytes)
    sending = models.CharField(max_length=80, default="")
    slot_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=64, default="")
    fence = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, default="")
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inbox", "post"], condition=~models.Q(post=""), name="board_post"
            ),
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(ended_at=None), name="one_live_post"
            ),
        ]
        indexes = [
            models.Index(
                fields=["look_at"],
                condition=models.Q(look_at__isnull=False),
                name="board_to_look_at",
            ),
            # Each message of a provider that has boards asks whether it came while a post was appearing there.
            models.Index(
                fields=["inbox", "place"],
                condition=models.Q(post="") & ~models.Q(sending=""),
                name="board_appearing",
            ),
        ]


class Pace(models.Model):
    """When a place at a provider is free for the next message, where it takes only so many in a while."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE)
    place = models.CharField(max_length=80)
    free_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "place"], name="pace_of_place")]
