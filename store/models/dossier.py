"""Tables of what colleagues hang on tickets: tags, links, followers, the company's own fields, tasks and their templates."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Brand, User
from store.models.work import Ticket


class TicketTag(Row):
    """A word on a ticket (`core.dossier.tag_in`)."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "name"], name="tag_once")]
        indexes = [models.Index(fields=["name", "ticket"], name="tag_named")]


class TicketLink(Row):
    """`ticket` is this to `other`: a `core.dossier.Relation` that is stored; of two related ones `ticket` is the older."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_from")
    other = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_to")
    relation = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "other", "relation"], name="link_once")
        ]


class Follower(Row):
    """A colleague who wants to know what becomes of a ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="followers")
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "ticket"], name="follower_once")]


class CustomField(Row):
    """A field of the company's own on every ticket. `kind`: a `core.dossier.FieldKind`; `options`: of a choice.
    `is_required`: no person resolves a ticket without it."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    slug = models.SlugField(max_length=40)
    label = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, default="text")
    options = models.JSONField(default=list, blank=True)
    is_required = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=10)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "slug"], name="field_slug")]

    def __str__(self) -> str:
        return self.label


class FieldValue(Row):
    """A field on a ticket: in `value` what may be filtered by, in `value_cipher` free words."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="values_of_fields")
    field = models.ForeignKey(CustomField, on_delete=models.CASCADE)
    value = models.CharField(max_length=200, blank=True, default="")
    value_cipher = models.BinaryField(default=bytes)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "field"], name="field_once")]
        indexes = [models.Index(fields=["field", "value", "ticket"], name="field_valued")]


class Checklist(Row):
    """Tasks that belong together, to be put on a ticket at once. `tasks`: their words."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    name = models.CharField(max_length=60)
    tasks = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="checklist_name")]

    def __str__(self) -> str:
        return self.name


class Task(Row):
    """Something to do for a ticket. `words_cipher`: sealed like what was said; what is dropped can be brought back."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="tasks")
    place = models.PositiveSmallIntegerField()
    words_cipher = models.BinaryField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "place"], name="task_place")]
