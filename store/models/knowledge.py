"""Tables of what the company knows and of the models trained on it. Indexes are files, rebuilt from these rows."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Brand, User


class Article(Row):
    """A text customers may be answered from. `slug` is its id in every source and citation."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    slug = models.CharField(max_length=200)
    language = models.CharField(max_length=8, default="en")
    section = models.CharField(max_length=120, default="")
    visibility = models.CharField(max_length=16, default="public")
    tags = models.JSONField(default=list, blank=True)
    source = models.CharField(max_length=300, default="")
    translation_of = models.CharField(max_length=200, default="", blank=True)
    live_revision = models.ForeignKey(
        "Revision", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "slug"], name="article_slug")]

    def __str__(self) -> str:
        return self.slug


class Source(Row):
    """Where articles come from: a website, files that were uploaded, the sample. `told`: what reading it came to."""

    class State(models.TextChoices):
        WAITING = "waiting"
        READING = "reading"
        READ = "read"
        FAILED = "failed"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    address = models.CharField(max_length=500)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    told = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "address"], name="source_address")]

    def __str__(self) -> str:
        return self.address


class Revision(Row):
    """One text of an article, immutable. `digest` is the hash of what was read."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    body = models.TextField()
    media_type = models.CharField(max_length=40, default="text/markdown")
    updated_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "digest"], name="revision_digest")
        ]


class Passage(models.Model):
    """A piece of a revision with its embedding (float32 bytes), from which any index can be rebuilt.

    `key` tells the words: brands that publish the same article have the same.
    """

    key = models.CharField(max_length=260, db_index=True)
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE)
    ordinal = models.PositiveIntegerField()
    data = models.JSONField()
    encoder = models.CharField(max_length=80)
    vector = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "key"], name="passage_once_a_revision")
        ]


class Generation(Row):
    """An immutable search index in a folder named by its id; exactly one per brand is active."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    folder = models.CharField(max_length=200)
    encoder = models.CharField(max_length=80)
    passages = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    is_active = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], condition=models.Q(is_active=True), name="one_active_generation"
            )
        ]


class ModelVersion(Row):
    """A trained artefact; `kind` is `acts`, `router`, `dialogue`, ...; exactly one per kind is active."""

    kind = models.CharField(max_length=32)
    version = models.CharField(max_length=64)
    folder = models.CharField(max_length=200)
    manifest = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    is_active = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="model_version"),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(is_active=True), name="one_active_model"
            ),
        ]
