"""What is said beside a ticket may have files, each a message of its own where the channel wants it so."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0031_fewer_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="asidemessage",
            name="part",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]
