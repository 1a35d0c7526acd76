"""Teams' boards at providers, who colleagues are there, and turns where a provider takes one message at a time."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0021_joined_calls"),
    ]

    operations = [
        migrations.AddField(
            model_name='outboxrow',
            name='slot_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='team',
            name='board_inbox',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='boards', to='store.inbox'),
        ),
        migrations.AddField(
            model_name='team',
            name='board_place',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.CreateModel(
            name='LinkCode',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('until', models.DateTimeField()),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BoardPost',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('place', models.CharField(max_length=64)),
                ('post', models.CharField(default='', max_length=120)),
                ('seq', models.BigIntegerField(default=0)),
                ('shown', models.BinaryField(default=bytes, max_length=32)),
                ('sending', models.CharField(default='', max_length=80)),
                ('slot_at', models.DateTimeField(null=True)),
                ('look_at', models.DateTimeField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('leased_by', models.CharField(default='', max_length=64)),
                ('fence', models.BigIntegerField(default=0)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('last_error', models.CharField(default='', max_length=300)),
                ('opened_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('inbox', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='store.inbox')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='store.team')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='store.ticket')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('look_at__isnull', False)), fields=['look_at'], name='board_to_look_at')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('post', ''), _negated=True), fields=('inbox', 'post'), name='board_post'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('ticket',), name='one_live_post')],
            },
        ),
        migrations.CreateModel(
            name='ColleagueAddress',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=16)),
                ('lookup', models.BinaryField(max_length=32)),
                ('value_cipher', models.BinaryField()),
                ('linked_at', models.DateTimeField()),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='store.brand')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('brand', 'kind', 'lookup'), name='colleague_address')],
            },
        ),
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(max_length=80)),
                ('free_at', models.DateTimeField()),
                ('inbox', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='store.inbox')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('inbox', 'place'), name='pace_of_place')],
            },
        ),
    ]
