"""How often somebody was made inactive: what was signed in before stays signed out."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0025_trials"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="departures",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
