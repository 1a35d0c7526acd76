"""A call may belong to a conversation that began on another channel: whose number, who called, and which call."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0020_rota"),
    ]

    operations = [
        migrations.AddField(
            model_name="call",
            name="inbox",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="store.inbox"),
        ),
        migrations.AddField(
            model_name="call",
            name="address",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="store.address"),
        ),
        migrations.AddField(
            model_name="call",
            name="lookup",
            field=models.BinaryField(max_length=32, null=True),
        ),
    ]
