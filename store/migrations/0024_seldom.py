"""Indexes for what is looked up before each sending and at each report of a provider, and for who was erased."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0023_sign_in"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="address",
            index=models.Index(
                condition=models.Q(("key_wrapped__isnull", True)), fields=["id"], name="address_erased"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    ("kind", "opted_out"),
                    ("kind", "opted_in"),
                    ("kind", "address_gone"),
                    _connector="OR",
                ),
                fields=["conversation"],
                name="event_seldom",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxrow",
            index=models.Index(
                condition=models.Q(("attempts__gt", 0), ("settled_at__isnull", False)),
                fields=["inbox", "provider_id"],
                name="outbox_by_provider",
            ),
        ),
    ]
