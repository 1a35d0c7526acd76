"""Who can be written to, and the names under which conversations are found again. Accepting messages is `store.receiving`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import models

from core.message import AddressKind, Sender, Verified
from store.models import Address, AddressLink, Conversation, ConversationKey, Customer, Inbox
from store.statements import Given, Select, insert, insert_where_new, is_inserted, new, update
from store.vault import Vault

_KNOWN = Select(
    lambda: Address.objects.filter(
        brand=Given("brand", models.UUIDField()),
        kind=Given("kind", models.CharField()),
        lookup=Given("lookup", models.BinaryField()),
    )
)


def about_to_know(vault: Vault, inbox: Inbox, sender: Sender) -> None:
    """`address_of` will be called."""
    lookup = vault.lookup("address", sender.kind, sender.value)
    _KNOWN.expect(brand=inbox.brand_id, kind=str(sender.kind), lookup=lookup, limit=1)


def known(vault: Vault, brand: UUID, sender: Sender) -> Address | None:
    """The sender's address, None where it never wrote."""
    lookup = vault.lookup("address", sender.kind, sender.value)
    return _KNOWN.first(brand=brand, kind=str(sender.kind), lookup=lookup)


def address_of(vault: Vault, inbox: Inbox, sender: Sender, now: datetime) -> Address:
    """The address row of a sender, made with a fresh data key and a customer of its own if it is new."""
    found = known(vault, inbox.brand_id, sender)
    if found is not None:
        return found
    lookup = vault.lookup("address", sender.kind, sender.value)
    address = new(
        Address,
        brand_id=inbox.brand_id,
        kind=str(sender.kind),
        lookup=lookup,
        first_seen_at=now,
    )
    key = address.key_wrapped = vault.new_key(address.id)
    address.verified = sender.verified
    address.value_cipher = vault.seal(
        key, address.id, f"address.value:{address.id}", sender.value.encode()
    )
    address.name_cipher = vault.seal(
        key, address.id, f"address.name:{address.id}", sender.display_name.encode()
    )
    if not is_inserted(address):  # somebody else has just made it
        return Address.objects.get(brand_id=inbox.brand_id, kind=sender.kind, lookup=lookup)
    customer = new(Customer, brand_id=inbox.brand_id, created_at=now)
    insert([customer])
    link = new(
        AddressLink, customer=customer, address=address, evidence="first_seen", linked_at=now
    )
    insert([link])
    return address


def as_proven_now(address: Address, sender: Sender) -> None:
    """What the newest mail proved is what holds: one that passed DMARC vouches for no forged one after it.

    A number that was only named to us is sure once its network vouches for it. Other kinds of address are as sure as
    their channel, and a visitor's identity is `store.visitors`'.
    """
    is_news = address.verified != sender.verified
    vouched = sender.kind is AddressKind.PHONE and sender.verified is not Verified.NO
    if is_news and (vouched or sender.kind is AddressKind.EMAIL):
        address.verified = sender.verified
        update(address, ("verified",))


def remember_keys(
    vault: Vault,
    conversation: Conversation,
    keys: Sequence[str],
    inbox: Inbox | None = None,
    *,
    takes: bool = False,
) -> None:
    """Lets later messages of an inbox (the conversation's own by default) find this conversation under
    these names; a known name keeps its first owner, unless this conversation `takes` it."""
    address = conversation.address
    rows = [
        new(
            ConversationKey,
            inbox_id=inbox.id if inbox else conversation.inbox_id,
            lookup=vault.lookup("thread", key),
            conversation=conversation,
            key_cipher=vault.seal(
                address.key_wrapped, address.id, f"thread:{conversation.id}", key.encode()
            ),
        )
        for key in keys
    ]
    if takes:
        lookups = [row.lookup for row in rows]
        ConversationKey.objects.filter(inbox=rows[0].inbox_id, lookup__in=lookups).delete()
    insert_where_new(rows)
