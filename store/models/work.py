"""Tables of the work people do: tickets, queues, decisions, clocks. The clocks' arithmetic is `core.sla`."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Agent, Brand, Team, User
from store.models.talk import Conversation
from store.models.trials import Experiment


class Calendar(Row):
    """When people work. `spans`: weekday 0-6 to a list of ["HH:MM", "HH:MM"]."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64)
    spans = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


class Holiday(Row):
    """A day off in a calendar."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE)
    on = models.DateField()
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "on"], name="holiday_on")]


class SlaPolicy(Row):
    """Targets per priority. `targets`: {"response"|"resolution": {"critical".."low": {"seconds": n} or {"days": n}}};
    `counts`: elapsed time around the clock, or business time of `calendar`, days then being working days."""

    class Counts(models.TextChoices):
        ELAPSED = "elapsed"
        BUSINESS = "business"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    name = models.CharField(max_length=120)
    counts = models.CharField(max_length=8, choices=Counts, default=Counts.ELAPSED)
    calendar = models.ForeignKey(Calendar, null=True, blank=True, on_delete=models.PROTECT)
    targets = models.JSONField()
    is_default = models.BooleanField(default=False)

    class Meta:
        verbose_name = "SLA policy"
        verbose_name_plural = "SLA policies"

    def __str__(self) -> str:
        return self.name


class EscalationStep(Row):
    """One line of the escalation matrix, per category and priority; empty means any.

    `clock`: a `core.escalation.Trigger`; `action`: an `Action` of it. `at_share` counts for clocks. `arguments`:
    {"minutes": n} of silence, {"times": n} opened again or upset, {"tiers": [..]}, {"team": slug}, {"agent": user id},
    {"skills": [slug]} of a ring, {"to": "assignee", "leads" or user id} of a mail, {"inbox": slug, "place": Slack's
    channel}, {"rota": id}; "since": when the line was made or changed.
    """

    policy = models.ForeignKey(SlaPolicy, on_delete=models.CASCADE)
    category = models.CharField(max_length=48, blank=True, default="")
    priority = models.PositiveSmallIntegerField(null=True, blank=True)
    clock = models.CharField(max_length=16, default="response")
    at_share = models.FloatField(default=0.8)
    action = models.CharField(max_length=32)
    arguments = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "escalation matrix"

    def __str__(self) -> str:
        return f"{self.policy}: {self.clock} {self.action}"


class Decision(Row):
    """What the router saw and decided; append-only. The verdict holds words of the customer: encrypted. `experiment`,
    `arm`: while two policies were tried out, which of them decided (`core.holdout`)."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE)
    at = models.DateTimeField()
    category = models.CharField(max_length=48)
    priority = models.PositiveSmallIntegerField()
    team = models.CharField(max_length=64)
    confidence = models.FloatField()
    abstained = models.BooleanField(default=False)
    verdict_cipher = models.BinaryField()
    versions = models.JSONField(default=dict)
    experiment = models.ForeignKey(
        Experiment, null=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    arm = models.CharField(max_length=8, default="", db_default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["experiment", "at"],
                condition=models.Q(experiment__isnull=False),
                name="decision_tried",
            )
        ]

    def __str__(self) -> str:
        return f"{self.category}, {str(self.at)[:16]}"


class Ticket(Row):
    """A conversation that people must act on. `version` grows with each change: stale edits are refused.
    `response_due` and `resolution_due` are a cache of what `core.sla` computes from the events.
    `urgent_at`: what lists are ordered by (`store.clocks.urgency`), null once it is done. `escalate_at`: when the watcher must look whether a step of the matrix is due; whatever moves a clock sets it
    to that moment, the watcher to the next step's. `warned`: what was told already, breaches and steps. `waits_since`: when the customer wrote what nobody has answered.
    `snoozed_until`: out of the working lists until then; its clocks run. `upset`: when messages of the customer read
    as an urgent complaint. `channel`: its inbox's, so that offers need not look for it (empty: made before it stood here).
    `pace`: seconds that the pace of the queue foretold when it was opened (`core.waiting`)."""

    class Status(models.TextChoices):
        OPEN = "open"
        PENDING = "pending"
        RESOLVED = "resolved"
        CLOSED = "closed"

    number = models.BigIntegerField(unique=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT)
    policy = models.ForeignKey(SlaPolicy, on_delete=models.PROTECT)
    category = models.CharField(max_length=48)
    priority = models.PositiveSmallIntegerField()
    team = models.ForeignKey(Team, on_delete=models.PROTECT)
    assignee = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    reason = models.CharField(max_length=48, default="")
    packet_cipher = models.BinaryField(default=bytes)
    clock = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    first_response_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    response_due = models.DateTimeField(null=True)
    resolution_due = models.DateTimeField(null=True)
    next_due = models.DateTimeField(null=True)
    escalate_at = models.DateTimeField(null=True)
    urgent_at = models.DateTimeField(null=True)
    warned = models.JSONField(default=list)
    rating = models.PositiveSmallIntegerField(null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
    version = models.BigIntegerField(default=1)
    waits_since = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    upset = models.JSONField(default=list, db_default=[])
    channel = models.CharField(max_length=32, default="", db_default="")
    pace = models.FloatField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["status", "team", "next_due"], name="ticket_queue"),
            models.Index(fields=["assignee", "status", "next_due"], name="ticket_of_agent"),
            # Not by status: SQLite cannot see that a bound parameter is the one the index is limited to.
            models.Index(
                fields=["next_due"],
                condition=models.Q(next_due__isnull=False),
                name="ticket_due",
            ),
            models.Index(
                fields=["escalate_at"],
                condition=models.Q(escalate_at__isnull=False),
                name="ticket_escalates",
            ),
            models.Index(fields=["team", "taken_at"], name="ticket_taken"),
            # The next two hold all that lists and their counts ask of what is not done.
            models.Index(fields=["urgent_at", "number"], name="ticket_urgent"),
            models.Index(fields=["assignee", "urgent_at", "number"], name="ticket_assigned"),
            models.Index(
                fields=["team", "urgent_at", "number"],
                condition=models.Q(urgent_at__isnull=False),
                name="ticket_of_team",
            ),
            models.Index(
                fields=["team", "urgent_at", "number"],
                condition=models.Q(assignee__isnull=True, urgent_at__isnull=False),
                name="ticket_unassigned",
            ),
            # A team's newest, and of what is done past all that is not.
            models.Index(fields=["team", "number", "urgent_at"], name="ticket_newest"),
            models.Index(
                fields=["snoozed_until"],
                condition=models.Q(snoozed_until__isnull=False),
                name="ticket_snoozed",
            ),
            models.Index(
                fields=[
                    "status",
                    "team",
                    "assignee",
                    "urgent_at",
                    "snoozed_until",
                    "waits_since",
                    "id",
                ],
                name="ticket_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class QueueEntry(Row):
    """A ticket that waits for a person. `skills`: slugs that it needs; `plan`: whom it is for as it waits
    (`core.targets`), looked at again at `look_at`; `only`: nobody else is offered it now."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE)
    team = models.ForeignKey(Team, on_delete=models.PROTECT)
    priority = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField()
    skills = models.JSONField(default=list)
    plan = models.JSONField(default=list, db_default=[])
    look_at = models.DateTimeField(null=True)
    only = models.ForeignKey(Agent, null=True, on_delete=models.SET_NULL)

    class Meta:
        verbose_name_plural = "queue entries"
        indexes = [
            models.Index(fields=["team", "due_at"], name="queue_by_due"),
            models.Index(
                fields=["look_at"],
                condition=models.Q(look_at__isnull=False),
                name="queue_to_look_at",
            ),
        ]


class RoutingRule(Row):
    """A rule around the classifiers as it is being edited; what is in service is a version of the policy. `when` and
    `then`: in the form of `router/policy.toml`. A rule that is not `is_on` is kept for later."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField(default=10)
    name = models.CharField(max_length=80)
    because = models.CharField(max_length=240)
    when = models.JSONField(default=list)
    then = models.JSONField(default=dict)
    is_on = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="rule_name")]

    def __str__(self) -> str:
        return self.name


class Reservation(Row):
    """An offer of a waiting ticket to one agent, until a deadline. `why`: how it was chosen, with those who were not."""

    class State(models.TextChoices):
        OFFERED = "offered"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        RESCINDED = "rescinded"
        EXPIRED = "expired"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE)
    offered_at = models.DateTimeField()
    deadline = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.OFFERED)
    answered_at = models.DateTimeField(null=True)
    why = models.JSONField(default=dict, db_default={})

    class Meta:
        indexes = [models.Index(fields=["agent", "state"], name="offers_of_agent")]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(state="offered"), name="one_live_offer"
            )
        ]


__all__ = [
    "Calendar",
    "Decision",
    "EscalationStep",
    "Holiday",
    "QueueEntry",
    "Reservation",
    "RoutingRule",
    "SlaPolicy",
    "Ticket",
    "User",
]
