"""Indexes that nobody reads, less to write for each message; of two, what is left has only the rows that say something.

As in 0031 no table is made anew, and code of before does not notice. What they were for is asked when an inbox or a brand is
removed, which is done hardly ever and then reads the tables.
"""

import django.db.models.deletion
from django.db import migrations, models

INDEXES = (
    ("store_conversation", "brand_id", "store_conversation_brand_id_a4f2c460"),
    ("store_conversation", "inbox_id", "store_conversation_inbox_id_17df4152"),
    ("store_conversation", "follows_id", "store_conversation_follows_id_e6573deb"),
    ("store_conversation", "contact_id", "store_conversation_contact_id_503db962"),
    ("store_conversation", "contact_inbox_id", "store_conversation_contact_inbox_id_f5de3ffd"),
    ("store_conversation", "speaker_user_id", "store_conversation_speaker_user_id_9a92bf9f"),
    ("store_message", "inbox_id", "store_message_inbox_id_92383143"),
    ("store_message", "user_id", "store_message_user_id_2dfbf1b7"),
    ("store_event", "brand_id", "store_event_brand_id_9621d6fb"),
    ("store_outboxrow", "inbox_id", "store_outboxrow_inbox_id_22f09ce1"),
    ("store_inboxrow", "conversation_id", "store_inboxrow_conversation_id_c9189a88"),
)
KEEPS, GOES, IS_EMPTIED = (
    django.db.models.deletion.PROTECT,
    django.db.models.deletion.CASCADE,
    django.db.models.deletion.SET_NULL,
)


def _field(model: str, name: str, to: str, on_delete: object, **more: object) -> migrations.AlterField:
    key = models.ForeignKey(db_index=False, on_delete=on_delete, to=to, **more)  # type: ignore[arg-type]
    return migrations.AlterField(model, name, key)


def _some(column: str, name: str) -> migrations.AddIndex:
    condition = models.Q((f"{column}__isnull", False))
    return migrations.AddIndex("conversation", models.Index(fields=[column], condition=condition, name=name))


class Migration(migrations.Migration):

    dependencies = [
        ("store", "0045_article_ratings"),
    ]

    operations = [
        _some("follows", "conversation_follows"),
        _some("contact", "conversation_contact"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f'DROP INDEX IF EXISTS "{index}"', f'CREATE INDEX "{index}" ON "{table}" ("{column}")'
                )
                for table, column, index in INDEXES
            ],
            state_operations=[
                _field("conversation", "brand", "store.brand", KEEPS),
                _field("conversation", "inbox", "store.inbox", KEEPS),
                _field("conversation", "follows", "store.conversation", IS_EMPTIED, null=True),
                _field("conversation", "contact", "store.address", KEEPS, null=True, related_name="contact_of"),
                _field("conversation", "contact_inbox", "store.inbox", KEEPS, null=True, related_name="contact_of"),
                _field("conversation", "speaker_user", "store.user", KEEPS, null=True),
                _field("message", "inbox", "store.inbox", KEEPS),
                _field("message", "user", "store.user", KEEPS, null=True),
                _field("event", "brand", "store.brand", KEEPS),
                _field("outboxrow", "inbox", "store.inbox", KEEPS),
                _field("inboxrow", "conversation", "store.conversation", GOES, null=True),
            ],
        ),
    ]
