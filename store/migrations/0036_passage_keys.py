"""Brands that publish the same article each keep its passages."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0035_call_leg"),
    ]

    operations = [
        migrations.AlterField(
            model_name="passage",
            name="key",
            field=models.CharField(db_index=True, max_length=260),
        ),
        migrations.AddConstraint(
            model_name="passage",
            constraint=models.UniqueConstraint(fields=("revision", "key"), name="passage_once_a_revision"),
        ),
    ]
