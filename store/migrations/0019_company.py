"""The company's options, roles of its own, and where its knowledge is read from."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0018_lessons"),
    ]

    operations = [
        migrations.AddField(
            model_name="brand",
            name="options",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("like", models.CharField(default="agent", max_length=16)),
                ("permissions", models.JSONField(default=list)),
                ("teams", models.JSONField(blank=True, default=list)),
                ("brands", models.JSONField(blank=True, default=list)),
                ("needs_second_step", models.BooleanField(default=False)),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="store.brand")),
            ],
        ),
        migrations.AddField(
            model_name="user",
            name="custom_role",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="holders", to="store.role"),
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("address", models.CharField(max_length=500)),
                ("state", models.CharField(choices=[("waiting", "Waiting"), ("reading", "Reading"), ("read", "Read"), ("failed", "Failed")], default="waiting", max_length=8)),
                ("asked_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                ("told", models.JSONField(default=dict)),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="store.brand")),
                ("by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name="role",
            constraint=models.UniqueConstraint(fields=("brand", "name"), name="role_name"),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.UniqueConstraint(fields=("brand", "address"), name="source_address"),
        ),
    ]
