"""Names of customers that their provider tells only when it is asked: whose are due, and where they are kept. Asking is `bot.people`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from core.message import AddressKind, Sender
from store.bodies import sender_of
from store.events import Log
from store.models import Address, Conversation
from store.statements import update
from store.turns import lock
from store.vault import Erased, Vault

KINDS = (AddressKind.SOCIAL, AddressKind.SLACK)
"""Addresses behind which a provider knows a name."""
EVENT = "customer_named"
AGAIN, REFUSED = timedelta(days=30), timedelta(days=1)
"""So long what was told is good, and so long a refusal: people may agree later."""


def due(writers: Sequence[Address], now: datetime) -> list[UUID]:
    """Whom of those who wrote, whose rows were read in the caller's transaction, to ask about; each is asked about once
    until that answer is old."""
    found = {one.id: one for one in writers if _is_due(one, now)}
    for _, one in sorted(found.items()):
        one.asked_at = now
        update(one, ("asked_at",))
    return sorted(found)


def _is_due(address: Address, now: datetime) -> bool:
    if address.kind not in KINDS or address.key_wrapped is None:
        return False
    return address.asked_at is None or address.asked_at <= now - AGAIN


def to_ask(vault: Vault, address: UUID) -> Sender | None:
    """The address in the clear; None where its data was erased."""
    row = Address.objects.filter(id=address).first()
    try:
        return sender_of(vault, row) if row is not None else None
    except Erased:
        return None


def not_told(address: UUID, now: datetime) -> None:
    """It was refused: asked again when they write a day later."""
    Address.objects.filter(id=address).update(asked_at=now - AGAIN + REFUSED)


def keep_name(vault: Vault, address: UUID, name: str, language: str, now: datetime) -> bool:
    """The name is theirs from now on, sealed under their key, and the language that of a conversation in which none has
    shown yet. False where nothing is new, or their data was erased meanwhile."""
    with transaction.atomic():
        newest = Conversation.objects.filter(address=address).exclude(
            status=Conversation.Status.CLOSED
        )
        found = newest.order_by("-last_message_at").values_list("id", flat=True).first()
        talk = lock(found) if found is not None else None
        rows = Address.objects.select_for_update().filter(key_wrapped__isnull=False)
        row = rows.filter(id=address).first()
        if row is None:
            return False
        is_new = bool(name) and sender_of(vault, row).display_name != name
        if is_new:
            place = f"address.name:{row.id}"
            row.name_cipher = vault.seal(row.key_wrapped, row.id, place, name.encode())
            row.save(update_fields=["name_cipher"])
        if talk is None:
            return is_new
        hears = bool(language) and not talk.language
        talk.language = language[:8] if hears else talk.language
        if is_new:
            log = Log(talk, now)
            log.add(EVENT, "system", data={"address": str(row.id)})
            log.write()
        if is_new or hears:
            talk.save(update_fields=["last_seq", "last_public_seq", "language"])
        return is_new or hears
