"""Visitors of the chat who have proven who they are: their account, their chats, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Least

from core.customer import Evidence
from core.errors import Conflict, NotFound
from core.message import AddressKind, Sender, Verified
from store.addresses import address_of
from store.bodies import open_body, sender_of
from store.customers import are_one, learn_of_number, tie, tied_to, try_tie
from store.models import Address, Attachment, Conversation, Inbox, Message
from store.receiving import Filed, open_chat
from store.vault import Vault, VaultError

MOST = 20


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the website behind an inbox, with what that website has confirmed of it."""

    value: str
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where somebody known goes on. `is_new`: this visitor was not known as this account before."""

    conversation: UUID
    visitor: UUID
    is_new: bool


def place(vault: Vault, inbox: Inbox, account: Account, here: UUID | None, now: datetime) -> Placed:
    """The conversation in which an account goes on: `here`, where it has said something as a visitor who can
    be this account; else its latest that is open, else a new one of a new visitor. `here` is trusted."""
    with transaction.atomic():
        row = _account(vault, inbox, account, now)
        present = _chats(inbox).filter(id=here).first() if here else None
        is_new = False
        if present is not None:
            try:
                is_new = _known(vault, present.address, row, now)
            except Conflict:
                present = None
        if present is None or present.last_seq == 0:
            own = _chats(inbox).filter(address__in=_visitors(row)).exclude(status="closed")
            present = own.exclude(last_seq=0).order_by("-last_message_at").first() or present
        if present is not None:
            value = sender_of(vault, present.address).value
            return Placed(present.id, UUID(value), is_new)
        visitor = uuid4()
        conversation = open_chat(vault, inbox, visitor, now=now)
        _known(vault, Conversation.objects.get(id=conversation).address, row, now)
        return Placed(conversation, visitor, True)


def is_known(vault: Vault, inbox: Inbox, visitor: UUID, conversation: UUID | None = None) -> bool:
    """Has this visitor proven who they are, and has nobody taken that back? `conversation`: and is it theirs, also
    where they began it elsewhere."""
    address = _address(vault, inbox, AddressKind.VISITOR, str(visitor))
    if address is None or address.verified != Verified.PROVEN:
        return False
    if conversation is None:
        return True
    owner = Conversation.objects.filter(id=conversation).values_list("address", flat=True).first()
    return owner is None or owner == address.id or are_one(owner, address.id)


@dataclass(frozen=True, slots=True)
class Chat:
    """An earlier chat. `text`: how it began."""

    conversation: UUID
    visitor: UUID
    opened_at: datetime
    last_message_at: datetime
    is_open: bool
    text: str = field(repr=False)


def chats_of(vault: Vault, inbox: Inbox, visitor: UUID) -> list[Chat]:
    """The chats of the account that this visitor has proven to be, latest first; [] for anybody else."""
    address = _address(vault, inbox, AddressKind.VISITOR, str(visitor))
    if address is None or address.verified != Verified.PROVEN:
        return []
    accounts = tied_to(address, Evidence.SIGNED).filter(kind=AddressKind.ACCOUNT)
    visitors: set[UUID] = set()
    for account in accounts:
        visitors |= set(_visitors(account).values_list("id", flat=True))
    rows = _chats(inbox).filter(address__in=visitors).exclude(last_seq=0)
    return list(_shown(vault, rows.order_by("-last_message_at")[:MOST]))


def _shown(vault: Vault, rows: Iterable[Conversation]) -> Iterable[Chat]:
    for row in rows:
        first = Message.objects.filter(conversation=row, author=Message.Author.CUSTOMER)
        message = first.select_related("address").order_by("seq").first()
        try:
            text = open_body(vault, message).text if message else ""
            visitor = UUID(sender_of(vault, row.address).value)
        except VaultError:  # erased meanwhile
            continue
        is_open = row.status == Conversation.Status.OPEN
        shown = " ".join(text.split())[:120]
        yield Chat(row.id, visitor, row.opened_at, row.last_message_at, is_open, shown)


def _account(vault: Vault, inbox: Inbox, account: Account, now: datetime) -> Address:
    """The account's address, tied to what its website has confirmed."""
    value = f"{inbox.id}/{account.value}"
    sender = Sender(AddressKind.ACCOUNT, value, Verified.PROVEN, account.name)
    row = address_of(vault, inbox, sender, now)
    if account.email:
        mail = address_of(vault, inbox, Sender(AddressKind.EMAIL, account.email), now)
        try_tie(vault, row, mail, Evidence.LOGIN, now)
    if account.phone:
        phone = address_of(vault, inbox, Sender(AddressKind.PHONE, account.phone), now)
        try_tie(vault, row, phone, Evidence.NAMED, now)
        if phone.verified == Verified.CHANNEL:
            learn_of_number(vault, phone, now)
    return row


def _known(vault: Vault, visitor: Address, account: Address, now: datetime) -> bool:
    """This visitor is this account; True when that is news. Raises `Conflict` where it cannot be."""
    is_new = tie(vault, visitor, account, Evidence.SIGNED, now)
    name = sender_of(vault, account).display_name
    if is_new or visitor.verified != Verified.PROVEN:
        visitor.verified = Verified.PROVEN
        visitor.name_cipher = vault.seal(
            visitor.key_wrapped, visitor.id, f"address.name:{visitor.id}", name.encode()
        )
        visitor.save(update_fields=["verified", "name_cipher"])
    return is_new


def _visitors(account: Address) -> QuerySet[Address]:
    return tied_to(account, Evidence.SIGNED).filter(kind=AddressKind.VISITOR)


def _chats(inbox: Inbox) -> QuerySet[Conversation]:
    rows = Conversation.objects.filter(inbox=inbox, address__kind=AddressKind.VISITOR)
    return rows.filter(address__key_wrapped__isnull=False).select_related("address")


def _address(vault: Vault, inbox: Inbox, kind: AddressKind, value: str) -> Address | None:
    lookup = vault.lookup("address", kind, value)
    return Address.objects.filter(brand=inbox.brand_id, kind=kind, lookup=lookup).first()


def note_seen(conversation: UUID, public_seq: int) -> None:
    """The visitor has read up to this number; what they have read is not mailed to them. It never goes back."""
    rows = Conversation.objects.filter(id=conversation, seen_public_seq__lt=public_seq)
    rows.update(seen_public_seq=Least(Value(public_seq), F("last_public_seq")))


def shared_file(vault: Vault, conversation: UUID, file: UUID) -> Filed:
    """A file that a colleague sent into this conversation. Raises `NotFound`."""
    row = (
        Attachment.objects.select_related("message__address")
        .filter(
            id=file,
            message__conversation=conversation,
            message__author=Message.Author.AGENT,
            message__kind=Message.Kind.MESSAGE,
        )
        .exclude(stored_as="")
        .first()
    )
    if row is None:
        raise NotFound("There is no such file here.")
    address = row.message.address
    place = f"attachment.key:{row.stored_as}"
    try:
        key = vault.open(address.key_wrapped, address.id, place, bytes(row.key_cipher))
    except VaultError as error:
        raise NotFound("This file was erased.") from error
    return Filed("", row.media_type, row.size, row.sha256, row.stored_as, key)
