"""What readers of the help pages made of them."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0044_asked_at"),
    ]

    operations = [
        migrations.CreateModel(
            name="ArticleRating",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("visitor", models.BinaryField(max_length=32)),
                ("helpful", models.BooleanField()),
                ("why_cipher", models.BinaryField(default=bytes)),
                ("at", models.DateTimeField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="store.article"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="article_rating_at")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("visitor", "article"), name="article_rating_once"
                    )
                ],
            },
        ),
    ]
