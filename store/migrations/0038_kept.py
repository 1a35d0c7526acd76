"""What is kept without a ticket is found by indexes of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0037_newest_of_a_team"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="inboxrow",
            index=models.Index(
                condition=models.Q(("problem", ""), _negated=True), fields=["-received_at"], name="arrival_unread"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("author", "customer"), ("is_automatic", True)),
                fields=["-accepted_at"],
                name="message_kept",
            ),
        ),
    ]
