"""Figures of reports, kept up with the log, and reports by mail."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0011_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="Figures",
            fields=[
                (
                    "conversation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="store.conversation",
                    ),
                ),
                ("number", models.BigIntegerField(null=True)),
                ("channel", models.CharField(max_length=32)),
                ("language", models.CharField(default="", max_length=8)),
                ("category", models.CharField(default="", max_length=48)),
                ("priority", models.PositiveSmallIntegerField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("handed_at", models.DateTimeField(null=True)),
                ("first_response_at", models.DateTimeField(null=True)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("rated_at", models.DateTimeField(null=True)),
                ("response", models.FloatField(null=True)),
                ("response_working", models.FloatField(null=True)),
                ("resolution", models.FloatField(null=True)),
                ("resolution_working", models.FloatField(null=True)),
                ("response_kept", models.BooleanField(null=True)),
                ("resolution_kept", models.BooleanField(null=True)),
                ("first_contact", models.BooleanField(null=True)),
                ("bot_said", models.PositiveIntegerField(default=0)),
                ("replies", models.PositiveIntegerField(default=0)),
                ("reopens", models.PositiveIntegerField(default=0)),
                ("transfers", models.PositiveIntegerField(default=0)),
                ("rating", models.PositiveSmallIntegerField(null=True)),
                ("came_back", models.BooleanField(default=False)),
                (
                    "address",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.address",
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="store.brand"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="store.team",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "figures",
                "indexes": [
                    models.Index(fields=["opened_at"], name="figures_opened"),
                    models.Index(fields=["handed_at"], name="figures_handed"),
                    models.Index(fields=["first_response_at"], name="figures_responded"),
                    models.Index(fields=["resolved_at"], name="figures_resolved"),
                    models.Index(fields=["rated_at"], name="figures_rated"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportMail",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "every",
                    models.CharField(
                        choices=[("day", "Day"), ("week", "Week"), ("month", "Month")],
                        default="week",
                        max_length=5,
                    ),
                ),
                ("hour", models.PositiveSmallIntegerField(default=7)),
                ("by", models.CharField(default="team", max_length=12)),
                ("next_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(default="", max_length=200)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "every"), name="report_mail_once")
                ],
            },
        ),
    ]
