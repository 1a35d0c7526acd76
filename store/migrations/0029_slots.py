"""Services that are attached to the desk."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0028_asides"),
    ]

    operations = [
        migrations.CreateModel(
            name='Slot',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('customer', 'Customer'), ('translation', 'Translation')], max_length=12)),
                ('url', models.CharField(max_length=600)),
                ('secret_cipher', models.BinaryField(default=bytes)),
                ('is_active', models.BooleanField(default=False)),
                ('changed_at', models.DateTimeField()),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='store.brand')),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('brand', 'kind'), name='one_slot_of_a_kind')],
            },
        ),
    ]
