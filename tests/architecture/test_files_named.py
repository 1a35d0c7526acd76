"""Every column that could name a kept file is known: to the sweep, or here as one that never does. A new one fails this test."""

from __future__ import annotations

from django.apps import apps
from django.db.models import BinaryField, Field

from store.named_files import PLACES

NEVER = frozenset(
    [
        "Address.name_cipher",
        "Address.value_cipher",
        "ArticleRating.why_cipher",
        "Aside.about_cipher",
        "AsideKey.key_cipher",
        "Attachment.key_cipher",
        "Attachment.name_cipher",
        "AuditEntry.details_cipher",
        "ColleagueAddress.value_cipher",
        "Conversation.state_cipher",
        "Conversation.subject_cipher",
        "ConversationKey.key_cipher",
        "Decision.verdict_cipher",
        "Draft.body_cipher",
        "FieldValue.value_cipher",
        "Gap.draft_cipher",
        "Hook.secrets_cipher",
        "Inbox.settings_cipher",
        "InboxRow.raw_cipher",
        "Lesson.text_cipher",
        "Message.body_cipher",
        "PublicPost.body_cipher",
        "Slot.secret_cipher",
        "Survey.comment_cipher",
        "Task.words_cipher",
        "Ticket.packet_cipher",
    ]
)
"""Sealed columns in which no file of `bot.files` is named: the sweep would remove what only they name."""


def test_the_sweep_knows_every_column_that_may_name_a_file() -> None:
    fields = [
        field
        for model in apps.get_app_config("store").get_models()
        for field in model._meta.concrete_fields
        if _may_name_a_file(field)
    ]
    found = {f"{field.model.__name__}.{field.name}" for field in fields}
    assert found - NEVER == set(PLACES), (
        "name it to store/named_files.py, or say here that it never names a file"
    )
    assert found >= NEVER, "what is gone from the models goes from here"


def _may_name_a_file(field: Field[object, object]) -> bool:
    is_sealed = isinstance(field, BinaryField) and field.name.endswith("_cipher")
    return is_sealed or "stored" in field.name
