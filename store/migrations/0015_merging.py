"""A ticket that was merged names the one that goes on."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0014_learning"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="merged_into",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, to="store.ticket"
            ),
        ),
    ]
