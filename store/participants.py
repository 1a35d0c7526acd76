"""Who belongs to a conversation, and what their answering proves. Choosing and storing is `store.receiving`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.customer import Evidence
from core.message import AddressKind, Inbound, Verified
from store.addresses import known
from store.bodies import sender_of
from store.customers import are_one, is_named, learn_of_number, try_tie
from store.models import Address, Conversation, Message, OutboxRow
from store.vault import Erased, Vault


def takes_part(conversation: Conversation, address: Address) -> bool:
    """May this address write here? Whoever did before, and whom we have written to from here."""
    return (
        address.id in {conversation.address_id, conversation.contact_id}
        or Message.objects.filter(conversation=conversation, address=address).exists()
        or OutboxRow.objects.filter(conversation=conversation, address=address).exists()
    )


def is_the_customer(conversation: Conversation, address: Address) -> bool:
    """Is this the one who began the conversation? What others write in it is not shown to them."""
    own = {conversation.address_id, conversation.contact_id}
    return address.id in own or are_one(conversation.address_id, address.id)


def other_writer(vault: Vault, message: Message) -> str:
    """Who wrote what is not shown to the customer, somebody else who takes part; empty for words of ours and erased ones."""
    if message.author != Message.Author.CUSTOMER:
        return ""
    try:
        sender = sender_of(vault, message.address)
    except Erased:
        return ""
    return sender.display_name or sender.value


def learn_from_numbers(
    vault: Vault, brand: UUID, inbounds: Sequence[Inbound], now: datetime
) -> None:
    """Providers vouch for numbers that websites may have named. In transactions of its own, for it is true whatever
    becomes of the messages, and because nobody may wait for this lock while holding a conversation."""
    for inbound in inbounds:
        if inbound.sender.kind is not AddressKind.PHONE or inbound.sender.verified is Verified.NO:
            continue
        if not is_named(vault, brand, inbound.sender.value):
            continue
        if (phone := known(vault, brand, inbound.sender)) is not None:
            learn_of_number(vault, phone, now)


def learn_from_answer(
    vault: Vault, inbound: Inbound, conversation: Conversation, address: Address, now: datetime
) -> None:
    """Whoever reads the mailbox that was named in a chat has answered, by our signed address and past DMARC:
    evidence, if not enough by itself, that both are one person. An author in public who answers in private is one."""
    if (
        address.id == conversation.contact_id != conversation.address_id
        and inbound.claims_conversation
        and inbound.sender.kind is AddressKind.EMAIL
        and inbound.sender.verified is Verified.PROVEN
    ):
        try_tie(vault, conversation.address, address, Evidence.MAIL, now)
    in_public = conversation.address.kind == AddressKind.PUBLIC
    if in_public and inbound.sender.kind is AddressKind.SOCIAL and inbound.claims_conversation:
        # They answer what we sent them in private about their post.
        try_tie(vault, conversation.address, address, Evidence.PROFILE, now)
