"""When a ticket is pressing as a column of its own, with the indexes that lists and their counts need."""

from django.db import migrations, models


FILL = """
UPDATE store_ticket SET urgent_at = CASE
    WHEN first_response_at IS NULL AND response_due IS NOT NULL THEN response_due
    ELSE COALESCE(next_due, resolution_due, '2200-01-01 00:00:00') END
WHERE status IN ('open', 'pending')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0012_figures"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="urgent_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["urgent_at", "number"], name="ticket_urgent"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=[
                    "status",
                    "team",
                    "assignee",
                    "urgent_at",
                    "snoozed_until",
                    "waits_since",
                    "id",
                ],
                name="ticket_counts",
            ),
        ),
    ]
