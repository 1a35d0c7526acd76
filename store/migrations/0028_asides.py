"""What colleagues ask others beside a ticket."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0027_pace"),
    ]

    operations = [
        migrations.CreateModel(
            name='Aside',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('about_cipher', models.BinaryField()),
                ('state', models.CharField(choices=[('open', 'Open'), ('done', 'Done')], default='open', max_length=4)),
                ('is_unread', models.BooleanField(default=False)),
                ('last_number', models.PositiveIntegerField(default=0)),
                ('opened_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('inbox', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='store.inbox')),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='asides', to='store.ticket')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AsideKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lookup', models.BinaryField(max_length=32)),
                ('key_cipher', models.BinaryField()),
                ('aside', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='store.aside')),
                ('inbox', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='store.inbox')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('inbox', 'lookup'), name='aside_key')],
            },
        ),
        migrations.CreateModel(
            name='AsideMessage',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('body_cipher', models.BinaryField(default=bytes)),
                ('is_automatic', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('came', 'Came'), ('waiting', 'Waiting'), ('sent', 'Sent'), ('unknown', 'Unknown'), ('failed', 'Failed')], max_length=8)),
                ('in_flight', models.BooleanField(default=False)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('provider_id', models.CharField(db_index=True, default='', max_length=300)),
                ('problem', models.CharField(default='', max_length=300)),
                ('at', models.DateTimeField()),
                ('aside', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='store.aside')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('aside', 'number'), name='aside_number')],
            },
        ),
    ]
