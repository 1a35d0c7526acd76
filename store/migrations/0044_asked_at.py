"""When a customer's provider was last asked who they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0043_rulings"),
    ]

    operations = [
        migrations.AddField(
            model_name="address",
            name="asked_at",
            field=models.DateTimeField(null=True),
        ),
    ]
