"""When a ticket's next escalation is due, indexed for the open ones."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0003_api_tokens")]

    operations = [
        migrations.AlterModelOptions(
            name="escalationstep",
            options={"verbose_name_plural": "escalation matrix"},
        ),
        migrations.AddField(
            model_name="ticket",
            name="escalate_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status__in", ["open"])),
                fields=["escalate_at"],
                name="ticket_escalates",
            ),
        ),
    ]
