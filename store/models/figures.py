"""Tables of reports: the figures of each conversation, kept up with the log, and reports that are mailed."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Brand, Team, User
from store.models.talk import Address, Conversation


class Figures(models.Model):
    """What is counted of one conversation: `core.figures` over its events, with where it belongs.

    A cache: it can be emptied and is computed again from the log. Durations are seconds; `*_working` counts in the
    team's or the promise's calendar and is None where there is none. `*_kept`: None while it is open.
    """

    conversation = models.OneToOneField(Conversation, primary_key=True, on_delete=models.CASCADE)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=32)
    language = models.CharField(max_length=8, default="")
    category = models.CharField(max_length=48, default="")
    priority = models.PositiveSmallIntegerField(null=True)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    first_response_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    rated_at = models.DateTimeField(null=True)
    response = models.FloatField(null=True)
    response_working = models.FloatField(null=True)
    resolution = models.FloatField(null=True)
    resolution_working = models.FloatField(null=True)
    response_kept = models.BooleanField(null=True)
    resolution_kept = models.BooleanField(null=True)
    first_contact = models.BooleanField(null=True)
    bot_said = models.PositiveIntegerField(default=0)
    replies = models.PositiveIntegerField(default=0)
    reopens = models.PositiveIntegerField(default=0)
    transfers = models.PositiveIntegerField(default=0)
    rating = models.PositiveSmallIntegerField(null=True)
    came_back = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "figures"
        indexes = [
            models.Index(fields=["opened_at"], name="figures_opened"),
            models.Index(fields=["handed_at"], name="figures_handed"),
            models.Index(fields=["first_response_at"], name="figures_responded"),
            models.Index(fields=["resolved_at"], name="figures_resolved"),
            models.Index(fields=["rated_at"], name="figures_rated"),
        ]


class ReportMail(Row):
    """A report that is mailed to one person, of what they may see at that moment."""

    class Every(models.TextChoices):
        DAY = "day"
        WEEK = "week"
        MONTH = "month"

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    every = models.CharField(max_length=5, choices=Every, default=Every.WEEK)
    hour = models.PositiveSmallIntegerField(default=7)
    by = models.CharField(max_length=12, default="team")
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "every"], name="report_mail_once")]
