"""What others write about us in public."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0029_slots"),
    ]

    operations = [
        migrations.CreateModel(
            name='PublicPost',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('lookup', models.BinaryField(max_length=32)),
                ('kind', models.CharField(max_length=8)),
                ('state', models.CharField(choices=[('new', 'New'), ('ignored', 'Ignored'), ('conversation', 'Conversation')], default='new', max_length=12)),
                ('body_cipher', models.BinaryField(default=bytes)),
                ('act', models.CharField(default='', max_length=24)),
                ('asks', models.FloatField(null=True)),
                ('category', models.CharField(default='', max_length=48)),
                ('language', models.CharField(default='', max_length=8)),
                ('posted_at', models.DateTimeField()),
                ('arrived_at', models.DateTimeField()),
                ('private_until', models.DateTimeField(null=True)),
                ('is_withdrawn', models.BooleanField(default=False)),
                ('settled_at', models.DateTimeField(null=True)),
                ('address', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='store.address')),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='store.brand')),
                ('conversation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='store.conversation')),
                ('inbox', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='store.inbox')),
                ('settled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['brand', 'state', '-posted_at'], name='public_post_list')],
                'constraints': [models.UniqueConstraint(fields=('inbox', 'lookup'), name='public_post_once')],
            },
        ),
    ]
