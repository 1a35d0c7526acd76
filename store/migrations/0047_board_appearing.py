"""Posts that are just appearing at a board are found however many stand there."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0046_fewer_to_write"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="boardpost",
            index=models.Index(
                fields=["inbox", "place"],
                condition=Q(post="") & ~Q(sending=""),
                name="board_appearing",
            ),
        ),
    ]
