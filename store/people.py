"""Names of customers that their provider tells only when it is asked: whose are due, and where they are kept. Asking is `bot.people`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q

from core.message import AddressKind, Sender
from store.bodies import sender_of
from store.events import Log
from store.models import Address, Conversation
from store.statements import Columns, Given
from store.turns import lock
from store.vault import Erased, Vault

KINDS = (AddressKind.SOCIAL, AddressKind.SLACK)
"""Addresses behind which a provider knows a name."""
EVENT = "customer_named"
AGAIN, REFUSED = timedelta(days=30), timedelta(days=1)
"""So long what was told is good, and so long a refusal: people may agree later."""


def due(messages: Sequence[UUID], now: datetime) -> list[UUID]:
    """Whom of those who wrote these messages to ask about, in the caller's transaction; each is asked about once until
    that answer is old."""
    before = now - AGAIN
    found = sorted({id for one in messages for (id,) in _DUE.rows(message=one, before=before)})
    if found:
        Address.objects.filter(id__in=found).update(asked_at=now)
    return found


_DUE = Columns(
    lambda: Address.objects.filter(
        Q(asked_at=None) | Q(asked_at__lte=Given("before", models.DateTimeField())),
        message=Given("message", models.UUIDField()),
        kind__in=KINDS,
        key_wrapped__isnull=False,
    ).values_list("id")
)


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
