"""How often sign-in was tried."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0022_boards"),
    ]

    operations = [
        migrations.CreateModel(
            name='SignInTries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lookup', models.BinaryField(max_length=32, unique=True)),
                ('times', models.JSONField(default=list)),
                ('until', models.DateTimeField(db_index=True)),
            ],
        ),
    ]
