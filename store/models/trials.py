"""Tables of policies that are compared: played beforehand, or tried out on a share of the tickets. Comparing them is `bot`'s."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Brand, User


class Simulation(Row):
    """Two policies played over the same tickets. `asked`: what was chosen (`bot.comparing.Chosen`); `policies`: TOML of
    both as they were then, by name; `report`: what came out; `said`: how far it is, or why it failed."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    asked = models.JSONField(default=dict)
    policies = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    said = models.CharField(max_length=300, default="")
    report = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"


class Experiment(Row):
    """A share of the tickets is decided by another policy. `present` and `other`: versions of the policy; `share` in
    percent; `seed` never changes: with the id of the conversation it says whose a ticket is (`core.holdout`)."""

    class State(models.TextChoices):
        RUNNING = "running"
        STOPPED = "stopped"
        ADOPTED = "adopted"
        OVERTAKEN = "overtaken"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    seed = models.CharField(max_length=32)
    share = models.PositiveSmallIntegerField()
    present = models.CharField(max_length=64)
    other = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State, default=State.RUNNING)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    measured_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)

    class Meta:
        verbose_name = "trial"
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], condition=models.Q(state="running"), name="one_experiment"
            )
        ]

    def __str__(self) -> str:
        return self.name
