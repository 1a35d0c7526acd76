"""When a ticket's next escalation is due; what is due is found by indexes that SQLite can use too."""

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
                condition=models.Q(("escalate_at__isnull", False)),
                fields=["escalate_at"],
                name="ticket_escalates",
            ),
        ),
        migrations.RemoveIndex(model_name="ticket", name="ticket_due"),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("next_due__isnull", False)),
                fields=["next_due"],
                name="ticket_due",
            ),
        ),
    ]
