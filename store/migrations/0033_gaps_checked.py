"""A gap remembers of each of its questions whether it is answered by now."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0032_aside_parts"),
    ]

    operations = [
        migrations.AddField(
            model_name="gap",
            name="checked",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="gap",
            name="checked_at",
            field=models.DateTimeField(null=True),
        ),
    ]
