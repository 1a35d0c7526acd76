"""Outgoing webhooks and the log of their calls."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0006_desk"),
    ]

    operations = [
        migrations.CreateModel(
            name="Hook",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120, unique=True)),
                ("url", models.CharField(max_length=600)),
                ("kinds", models.JSONField(blank=True, default=list)),
                ("is_active", models.BooleanField(default=True)),
                ("secrets_cipher", models.BinaryField(default=bytes)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("rests_until", models.DateTimeField(null=True)),
                ("ended", models.CharField(blank=True, default="", max_length=200)),
                ("created_at", models.DateTimeField()),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="store.brand"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
            },
        ),
        migrations.CreateModel(
            name="HookCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, unique=True)),
                ("event", models.BigIntegerField(null=True)),
                ("kind", models.CharField(max_length=32)),
                ("body", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("delivered", "Delivered"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("problem", models.CharField(default="", max_length=200)),
                ("took_ms", models.PositiveIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("tried_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField(null=True)),
                (
                    "hook",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.hook"),
                ),
            ],
            options={
                "verbose_name": "webhook call",
                "indexes": [
                    models.Index(fields=["hook", "id"], name="call_of_hook"),
                    models.Index(fields=["created_at"], name="call_by_age"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("hook", "event"), name="call_once")
                ],
            },
        ),
    ]
