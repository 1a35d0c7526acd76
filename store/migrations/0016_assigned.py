"""What nobody has, most pressing first, by an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0015_merging"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["assignee", "urgent_at", "number"], name="ticket_assigned"),
        ),
    ]
