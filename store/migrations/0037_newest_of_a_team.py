"""An index of each team's tickets by number: its list of what is done need not be sorted."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0036_passage_keys"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["team", "number", "urgent_at"], name="ticket_newest"),
        ),
    ]
