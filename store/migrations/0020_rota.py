"""Who is on call, what colleagues are told outside the desk, and when a customer was upset."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0019_company"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="upset",
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.CreateModel(
            name="Rota",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("time_zone", models.CharField(max_length=64)),
                ("starts_on", models.DateField()),
                ("handover", models.CharField(default="09:00", max_length=5)),
                ("days", models.PositiveSmallIntegerField(default=7)),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="store.brand")),
                ("inbox", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to="store.inbox")),
            ],
        ),
        migrations.CreateModel(
            name="RotaCover",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("rota", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="covers", to="store.rota")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["start"],
            },
        ),
        migrations.CreateModel(
            name="RotaMember",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField(default=10)),
                ("rota", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="members", to="store.rota")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("place", models.CharField(blank=True, default="", max_length=80)),
                ("kind", models.CharField(max_length=16)),
                ("told", models.JSONField(default=list)),
                ("made_at", models.DateTimeField()),
                ("state", models.CharField(choices=[("waiting", "Waiting"), ("sent", "Sent"), ("failed", "Failed")], default="waiting", max_length=8)),
                ("sent_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(default="", max_length=200)),
                ("inbox", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.inbox")),
                ("ticket", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.ticket")),
                ("user", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.UniqueConstraint(condition=models.Q(("kind", "followed"), ("state", "waiting")), fields=("ticket", "user"), name="notice_waits_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="rota",
            constraint=models.UniqueConstraint(fields=("brand", "name"), name="rota_name"),
        ),
        migrations.AddConstraint(
            model_name="rotamember",
            constraint=models.UniqueConstraint(fields=("rota", "user"), name="rota_member"),
        ),
    ]
