"""Indexes of what is not done: by team in the order of lists, of what nobody has taken, and of what was put aside."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0033_gaps_checked"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("urgent_at__isnull", False)),
                fields=["team", "urgent_at", "number"],
                name="ticket_of_team",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("assignee__isnull", True), ("urgent_at__isnull", False)),
                fields=["team", "urgent_at", "number"],
                name="ticket_unassigned",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("snoozed_until__isnull", False)), fields=["snoozed_until"], name="ticket_snoozed"
            ),
        ),
    ]
