"""Who else got a customer's mails, and to whom our answers went too. Who may be written to is `bot.copies`."""

from __future__ import annotations

from uuid import UUID

from core.message import AddressKind
from store.bodies import open_body, seal_body
from store.consent import is_refused
from store.events import Log
from store.models import Address, Conversation, Event, Message, OutboxRow
from store.vault import Erased, Vault

COPIED = "also"
"""In a body's extra: to whom our mail went too."""
FAILED = "copy_failed"
_LOOKED_AT = 10


def named_by_customer(vault: Vault, conversation: Conversation) -> list[str]:
    """The other recipients of the newest mails of people in this conversation, the newest first, lower case."""
    rows = Message.objects.select_related("address").filter(
        conversation=conversation,
        author=Message.Author.CUSTOMER,
        is_automatic=False,
        address__kind=AddressKind.EMAIL,
    )
    found: dict[str, None] = {}
    for message in rows.order_by("-seq")[:_LOOKED_AT]:
        try:
            copies = open_body(vault, message).extra.get("copies", ())
        except Erased:
            continue
        found |= {str(one).strip().lower(): None for one in copies}
    return list(found)


def may_get(vault: Vault, brand: UUID, inbox: UUID, address: str) -> bool:
    """False for who wants nothing from there, or whose data was erased."""
    lookup = vault.lookup("address", AddressKind.EMAIL, address)
    row = Address.objects.filter(brand=brand, kind=AddressKind.EMAIL, lookup=lookup).first()
    return row is None or (row.key_wrapped is not None and not is_refused(row, inbox))


def note_copies(vault: Vault, message: Message, addresses: tuple[str, ...]) -> None:
    """Says in a message that was just written to whom it goes too; `message.address` is loaded."""
    body = open_body(vault, message)
    body.extra[COPIED] = list(addresses)
    message.body_cipher = seal_body(vault, message.address, message, body)
    message.save(update_fields=["body_cipher"])


def copy_failed(vault: Vault, row: OutboxRow, recipient: str, log: Log) -> bool | None:
    """A mail came back from somebody who only got a copy: told once, and nothing about the customer. None where the
    recipient is not such a one."""
    message = Message.objects.select_related("address").get(id=row.message_id)
    try:
        also = open_body(vault, message).extra.get(COPIED, [])
    except Erased:
        return None
    if recipient not in also:
        return None
    data = {"outbox": row.id, "seq": message.seq, "copy": also.index(recipient)}
    known = Event.objects.filter(conversation=row.conversation_id, kind=FAILED)
    if known.filter(data__outbox=row.id, data__copy=data["copy"]).exists():
        return False
    log.add(FAILED, "system", data=data)
    return True
