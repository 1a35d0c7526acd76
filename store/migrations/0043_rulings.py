"""What colleagues decided about mail of a sender."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0042_call_aside"),
    ]

    operations = [
        migrations.CreateModel(
            name="SenderRuling",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("domain", models.CharField(default="", max_length=253)),
                ("ruling", models.CharField(max_length=8)),
                ("made_at", models.DateTimeField()),
                (
                    "address",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to="store.address"
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
                (
                    "inbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="store.inbox"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="senderruling",
            constraint=models.UniqueConstraint(
                condition=models.Q(("address__isnull", False)),
                fields=("inbox", "address"),
                name="ruling_once_an_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="senderruling",
            constraint=models.UniqueConstraint(
                condition=models.Q(("domain", ""), _negated=True),
                fields=("inbox", "domain"),
                name="ruling_once_a_domain",
            ),
        ),
    ]
