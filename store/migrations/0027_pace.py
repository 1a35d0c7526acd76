"""A ticket knows its channel, so that offers look at no conversation, and what the queue's pace foretold when it was opened."""

from typing import Any

from django.db import migrations, models


def name_channels(apps: Any, schema_editor: Any) -> None:
    """Of what is being worked on; what is solved is offered to nobody."""
    conversation = apps.get_model("store", "Conversation").objects.filter(id=models.OuterRef("conversation"))
    channel = models.Subquery(conversation.values("inbox__channel")[:1])
    tickets = apps.get_model("store", "Ticket").objects.filter(channel="", status__in=("open", "pending"))
    tickets.update(channel=channel)


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0026_departures"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="channel",
            field=models.CharField(db_default="", default="", max_length=32),
        ),
        migrations.AddField(
            model_name="ticket",
            name="pace",
            field=models.FloatField(null=True),
        ),
        migrations.RunPython(name_channels, migrations.RunPython.noop),
    ]
