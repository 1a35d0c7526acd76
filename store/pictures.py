"""The pictures that a mail carries inside its text, by their Content-ID; read-only. Files as downloads are `store.desk_ticket`."""

from __future__ import annotations

from dataclasses import dataclass, field

from store.models import Attachment, Message
from store.vault import Vault

KINDS = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser shows without running anything."""
ONE, MOST = 2 * 1024 * 1024, 20


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture lies, and its key in the clear."""

    content_id: str
    media_type: str
    stored_as: str
    key: bytes = field(repr=False)


def pictures_of(vault: Vault, message: Message) -> list[Picture]:
    """The small pictures of a message that its text refers to; `message.address` must be loaded."""
    rows = Attachment.objects.filter(message=message, media_type__in=KINDS, size__lte=ONE)
    address = message.address
    return [
        Picture(
            row.content_id,
            row.media_type,
            row.stored_as,
            vault.open(
                address.key_wrapped,
                address.id,
                f"attachment.key:{row.stored_as}",
                bytes(row.key_cipher),
            ),
        )
        for row in rows.exclude(stored_as="").exclude(content_id="").order_by("id")[:MOST]
    ]
