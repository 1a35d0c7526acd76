"""Attachments whose content came later than their message, and those that go out with one. Bringing them is `bot.provider_files`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.errors import NotFound
from store.bodies import open_body, seal_body
from store.models import Attachment, Message
from store.receiving import Filed
from store.vault import Erased, Vault


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A file of which only the name is here."""

    id: UUID
    name: str
    media_type: str


def missing_files(vault: Vault, message: UUID) -> list[MissingFile]:
    """The message's files that are not kept here yet; none of an erased address."""
    rows = Attachment.objects.filter(message=message, stored_as="").select_related(
        "message__address"
    )
    try:
        return [
            MissingFile(row.id, _name(vault, row), row.media_type) for row in rows.order_by("id")
        ]
    except Erased:
        return []


def files_of(vault: Vault, message: Message) -> tuple[Filed, ...]:
    """The kept files of a message with their keys; `message.address` is loaded. Raises `Erased`."""
    found = []
    for row in Attachment.objects.filter(message=message).exclude(stored_as="").order_by("id"):
        address = message.address
        place = f"attachment.key:{row.stored_as}"
        key = vault.open(address.key_wrapped, address.id, place, bytes(row.key_cipher))
        row.message = message
        name = _name(vault, row)
        found.append(
            Filed(name, row.media_type, row.size, row.sha256, row.stored_as, key, row=str(row.id))
        )
    return tuple(found)


def said_file(vault: Vault, attachment: UUID, since: datetime) -> Filed:
    """A file that a colleague sent to a customer no longer ago than `since`. Raises `NotFound`, also once it was
    erased."""
    row = (
        Attachment.objects.select_related("message__address")
        .filter(
            id=attachment,
            message__author=Message.Author.AGENT,
            message__kind=Message.Kind.MESSAGE,
            message__accepted_at__gte=since,
        )
        .exclude(stored_as="")
        .first()
    )
    if row is None:
        raise NotFound("There is no such file.")
    try:
        return next(file for file in files_of(vault, row.message) if file.row == str(row.id))
    except Erased as error:
        raise NotFound("This file was erased.") from error


def name_files(vault: Vault, message: Message) -> None:
    """Says in a message that was just written which files it has, for customers who read our own event stream."""
    rows = Attachment.objects.filter(message=message).select_related("message__address")
    files = [
        {
            "id": str(row.id),
            "name": _name(vault, row),
            "media_type": row.media_type,
            "size": row.size,
        }
        for row in rows.order_by("id")
    ]
    if files:
        body = open_body(vault, message)
        body.extra["files"] = files
        message.body_cipher = seal_body(vault, message.address, message, body)
        message.save(update_fields=["body_cipher"])


def fill(vault: Vault, attachment: UUID, filed: Filed) -> bool:
    """Keeps the content of a file, once; False where it was there or its address was erased meanwhile."""
    with transaction.atomic():
        row = (
            Attachment.objects.select_for_update(of=("self",))
            .select_related("message__address")
            .filter(id=attachment, stored_as="", message__address__key_wrapped__isnull=False)
            .first()
        )
        if row is None:
            return False
        address = row.message.address
        row.size, row.sha256, row.problem = filed.size, filed.sha256, filed.problem
        row.stored_as = filed.stored_as
        row.key_cipher = vault.seal(
            address.key_wrapped, address.id, f"attachment.key:{filed.stored_as}", filed.key
        )
        row.save(update_fields=["size", "sha256", "problem", "stored_as", "key_cipher"])
        return True


def never_comes(attachment: UUID, problem: str) -> None:
    """Says why a file will not come."""
    Attachment.objects.filter(id=attachment, stored_as="").update(problem=problem[:200])


def _name(vault: Vault, row: Attachment) -> str:
    address = row.message.address
    sealed = bytes(row.name_cipher)
    place = f"attachment.name:{row.message_id}"
    return vault.open(address.key_wrapped, address.id, place, sealed).decode()
