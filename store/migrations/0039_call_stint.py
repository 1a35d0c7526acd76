"""A caller can be put on hold: how often they were."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0038_kept"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="stint",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="call",
            name="joined",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
