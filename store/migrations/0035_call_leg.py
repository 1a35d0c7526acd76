"""A colleague's call can be ended from the desk: what the provider calls it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0034_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="leg",
            field=models.CharField(db_default="", default="", max_length=64),
        ),
    ]
