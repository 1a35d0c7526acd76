"""The agents' own work: saved views, mentions, drafts, held replies, macros, and the search index."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def make_index(apps, schema_editor):
    """The full-text index itself, in the database's own words; Django knows only the table beside it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE store_searchdoc ADD COLUMN vector tsvector")
        schema_editor.execute("CREATE INDEX store_search ON store_searchdoc USING gin (vector)")
    else:
        schema_editor.execute(
            "CREATE VIRTUAL TABLE store_search USING fts5(words, content='', detail=none, columnsize=0, "
            "tokenize='ascii')"
        )


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.execute("DROP TABLE store_search")


def say_who_waits(apps, schema_editor):
    """Tickets from before: whoever had no first reply yet waits for one."""
    tickets = apps.get_model("store", "Ticket").objects
    tickets.filter(status="open", first_response_at=None).update(waits_since=models.F("opened_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0005_escalation"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchDoc",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("words", models.BinaryField()),
            ],
        ),
        migrations.AddField(
            model_name="ticket",
            name="snoozed_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="ticket",
            name="waits_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="HeldReply",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("body_cipher", models.BinaryField()),
                ("then", models.CharField(default="", max_length=8)),
                ("send_at", models.DateTimeField()),
                ("is_scheduled", models.BooleanField(default=False)),
                ("seen", models.BigIntegerField(default=0)),
                ("problem", models.CharField(default="", max_length=200)),
                ("made_at", models.DateTimeField()),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="store.conversation"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "held replies",
            },
        ),
        migrations.CreateModel(
            name="SuggestedReply",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("article", models.CharField(max_length=200)),
                ("revision", models.CharField(max_length=64)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("accepted", "Accepted"),
                            ("edited", "Edited"),
                            ("rejected", "Rejected"),
                        ],
                        max_length=8,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="store.ticket"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "mode",
                    models.CharField(choices=[("reply", "Reply"), ("note", "Note")], max_length=5),
                ),
                ("body_cipher", models.BinaryField()),
                ("at", models.DateTimeField()),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="store.conversation"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "conversation", "mode"), name="draft_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Macro",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("language", models.CharField(default="", max_length=8)),
                ("text", models.TextField(default="")),
                ("actions", models.JSONField(default=dict)),
                ("changed_at", models.DateTimeField()),
                ("is_active", models.BooleanField(default=True)),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="store.brand"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to="store.team"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("brand", "owner", "team", "name"), name="macro_name"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="store.message"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="store.ticket"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "ticket"], name="mention_of")],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "message"), name="mention_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("criteria", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to="store.team"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["owner", "name"], name="saved_view_of")],
            },
        ),
        migrations.RunPython(make_index, drop_index),
        migrations.RunPython(say_who_waits, migrations.RunPython.noop),
    ]
