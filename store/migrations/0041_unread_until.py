"""What could not be read was kept for ever: now until ninety days after it came, and a month from here at least."""

from datetime import timedelta

from django.db import migrations
from django.db.models import DateTimeField, ExpressionWrapper, F
from django.utils import timezone


def give_an_end(apps, schema_editor):
    rows = apps.get_model("store", "InboxRow").objects.exclude(problem="")
    ends = ExpressionWrapper(F("received_at") + timedelta(days=90), output_field=DateTimeField())
    rows.filter(raw_until=None).update(raw_until=ends)
    soon = timezone.now() + timedelta(days=30)
    rows.filter(raw_until__lt=soon).update(raw_until=soon)


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0040_preferred_agent"),
    ]

    operations = [
        migrations.RunPython(give_an_end, migrations.RunPython.noop),
    ]
