"""Who waits on the telephone for a person, and where agents are called."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0007_hooks")]

    operations = [
        migrations.AddField(
            model_name="agent",
            name="phone",
            field=models.CharField(blank=True, db_default="", default="", max_length=16),
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("standing", models.CharField(max_length=12)),
                ("entered_at", models.DateTimeField()),
                ("moved_at", models.DateTimeField()),
                ("connected_at", models.DateTimeField(null=True)),
                ("ring", models.PositiveIntegerField(default=0)),
                ("consents", models.BooleanField(null=True)),
                ("may_be_called", models.BooleanField(default=True)),
                (
                    "agent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, to="store.conversation"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["standing", "entered_at"], name="call_in_line")],
            },
        ),
    ]
