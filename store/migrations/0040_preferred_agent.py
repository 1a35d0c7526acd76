"""A customer can have an agent of their own."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0039_call_stint"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="preferred",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="store.agent",
            ),
        ),
    ]
