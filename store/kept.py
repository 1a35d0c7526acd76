"""Mail that was kept without a ticket: what machines wrote, and what could not be read. It is looked at here, and made a ticket. Keeping it is `store.receiving` and `store.unreadable`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Length

from core.decision import Routed
from core.errors import Conflict, IllegalTransition, NotFound
from core.message import AddressKind, Inbound, Sender
from store.addresses import address_of
from store.bodies import Body, open_body, sender_of
from store.events import Log
from store.models import Address, Conversation, InboxRow, Message, Ticket
from store.receiving import Filed, accept_in, attach
from store.statements import update
from store.tickets import open_ticket
from store.turns import Finish, lock, write
from store.unreadable import Notice, notices
from store.vault import Erased, Vault

REASON = "kept"
LOOKED_INTO = 1024 * 1024
"""Bytes of something unreadable that a list opens for its sender and subject."""
KEPT = {"author": Message.Author.CUSTOMER, "is_automatic": True, "address__kind": AddressKind.EMAIL}
"""What a mail is that no ticket opens for."""


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail of a machine for those who look at it. `sign`: by what it was known (`core.message.Kept`)."""

    row: Message
    sender: Sender | None = field(repr=False)
    body: Body = field(repr=False)

    @property
    def sign(self) -> str:
        """Empty for those that were kept before it was noted."""
        return str(self.body.extra.get("kept", ""))

    @property
    def is_erased(self) -> bool:
        """True where its words are gone."""
        return self.sender is None


def machine_mails() -> QuerySet[Message]:
    """What machines wrote, in conversations that never became a ticket."""
    return Message.objects.filter(conversation__ticket=None, **KEPT)


def unread_arrivals() -> QuerySet[InboxRow]:
    """What could not be read, or broke us again and again, and was set aside whole."""
    return InboxRow.objects.filter(message=None).exclude(problem="")


def shown(vault: Vault, rows: Sequence[Message]) -> list[KeptMail]:
    """With their words; `address` and `inbox` are loaded."""
    return [_shown(vault, row) for row in rows]


def _shown(vault: Vault, row: Message) -> KeptMail:
    try:
        return KeptMail(row, sender_of(vault, row.address), open_body(vault, row))
    except Erased:
        return KeptMail(row, None, Body(""))


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that was set aside. `raw`: its bytes; empty where they are more than are looked into, or gone.
    `notice`: that its sender was told, or is being."""

    row: InboxRow
    size: int
    raw: bytes = field(repr=False)
    notice: Notice | None = None

    @property
    def is_gone(self) -> bool:
        """True where its time is over and the bytes are no longer kept."""
        return self.size == 0


def set_aside(vault: Vault, rows: QuerySet[InboxRow]) -> list[Unread]:
    """With their bytes, one after the other, as far as they are few."""
    found = rows.select_related("inbox").annotate(size=Length("raw_cipher")).defer("raw_cipher")
    told = notices({row.conversation_id for row in found if row.conversation_id is not None})
    return [
        Unread(
            row,
            row.size,
            raw_of(vault, row) if row.size <= LOOKED_INTO else b"",
            told.get(row.conversation_id) if row.conversation_id is not None else None,
        )
        for row in found
    ]


def raw_of(vault: Vault, row: InboxRow) -> bytes:
    """What was set aside, byte for byte; empty where it is no longer kept."""
    return vault.open_own(f"inboxrow.raw:{row.id}", bytes(row.raw_cipher))


def find(visible: QuerySet[InboxRow], arrival: UUID) -> InboxRow:
    """What was set aside under this id. Raises `NotFound`, also where its time is over."""
    row = visible.select_related("inbox").filter(id=arrival).first()
    if row is None or not row.raw_cipher:
        raise NotFound("There is no such mail here; it may be a ticket already.")
    return row


def open_for(
    vault: Vault, visible: QuerySet[Message], message: UUID, routed: Routed, now: datetime
) -> Ticket:
    """Inside a transaction: the conversation of this mail gets a ticket. Raises `NotFound`, `Conflict` where it has one
    by now, `IllegalTransition` for an erased one."""
    row = visible.select_related("address").filter(id=message).first()
    if row is None:
        raise NotFound("There is no such mail here; it may be a ticket already.")
    try:
        body = open_body(vault, row)
    except Erased as gone:
        raise IllegalTransition("Its words are erased.") from gone
    conversation = lock(row.conversation_id)
    if Ticket.objects.filter(conversation=conversation).exists():
        raise Conflict("This is a ticket already.")
    finish = Finish(vault, conversation, now, Log(conversation, now))
    if conversation.status != Conversation.Status.OPEN:
        conversation.status, conversation.resolved_at = Conversation.Status.OPEN, None
        finish.changed |= {"status", "resolved_at"}
    return _open(finish, routed, {"seq": row.seq, "text": body.text or body.subject})


def begin(
    vault: Vault,
    visible: QuerySet[InboxRow],
    arrival: UUID,
    inbound: Inbound,
    files: Sequence[Filed],
    routed: Routed,
    now: datetime,
) -> Ticket:
    """Inside a transaction: what could not be read becomes a conversation with a ticket, as `inbound` says, with the
    original beside it. Raises `NotFound`, also where it is a ticket by now."""
    row = visible.select_for_update(of=("self",)).select_related("inbox").filter(id=arrival).first()
    if row is None:
        raise NotFound("There is no such mail here; it may be a ticket already.")
    address = address_of(vault, row.inbox, inbound.sender, now)
    conversation = _told_in(row, address) or Conversation(
        brand_id=row.inbox.brand_id, inbox=row.inbox, address=address, opened_at=now
    )
    conversation.last_message_at = now
    # The assistant is not asked: it could not read it.
    conversation.speaker = Conversation.Speaker.QUEUE
    conversation.speaker_fence += 1
    conversation.subject_cipher = vault.seal(
        address.key_wrapped,
        address.id,
        f"conversation.subject:{conversation.id}",
        inbound.subject.encode(),
    )
    conversation.save()
    message = accept_in(vault, row.inbox, inbound, conversation, now)
    attach(vault, address, message, files)
    row.conversation, row.message = conversation, message
    update(row, ("conversation", "message"))
    finish = Finish(vault, conversation, now, Log(conversation, now))
    return _open(finish, routed, {"seq": message.seq, "text": inbound.subject})


def _told_in(row: InboxRow, address: Address) -> Conversation | None:
    """The conversation in which its sender was told, while nothing else was said in it."""
    if row.conversation_id is None:
        return None
    conversation = lock(row.conversation_id)
    said = Message.objects.filter(conversation=conversation).exclude(author=Message.Author.SYSTEM)
    has_moved_on = said.exists() or Ticket.objects.filter(conversation=conversation).exists()
    is_theirs = conversation.address_id == address.id
    return conversation if is_theirs and not has_moved_on else None


def _open(finish: Finish, routed: Routed, said: dict[str, Any]) -> Ticket:
    sender = sender_of(finish.vault, finish.conversation.address)
    packet: dict[str, Any] = {
        "who": {
            "name": sender.display_name,
            "kind": sender.kind,
            "verified": sender.verified,
            "contact": "",
        },
        "wants": said,
        "tried": [],
        "shown": [],
        "slots": [],
        "open_question": said,
        "reason": REASON,
        "language": finish.conversation.language or "en",
    }
    opened = open_ticket(finish, routed, packet, REASON)
    write(finish)
    return Ticket.objects.select_related("team").get(number=opened.number)
