"""Routing rules as rows, and waiting tickets that follow a plan."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0010_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="RoutingRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=10)),
                ("name", models.CharField(max_length=80)),
                ("because", models.CharField(max_length=240)),
                ("when", models.JSONField(default=list)),
                ("then", models.JSONField(default=dict)),
                ("is_on", models.BooleanField(default=True)),
            ],
        ),
        migrations.AddField(
            model_name="queueentry",
            name="look_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="only",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, to="store.agent"
            ),
        ),
        migrations.AddIndex(
            model_name="queueentry",
            index=models.Index(
                condition=models.Q(("look_at__isnull", False)),
                fields=["look_at"],
                name="queue_to_look_at",
            ),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="brand",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="store.brand"),
        ),
        migrations.AddConstraint(
            model_name="routingrule",
            constraint=models.UniqueConstraint(fields=("brand", "name"), name="rule_name"),
        ),
    ]
