"""Queuing the transcript of a chat as a mail, and how often that may be. What it says, and to whom, is `bot.transcript`."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from core.errors import NotFound
from core.message import AddressKind
from store.bodies import Body, seal_body
from store.models import Address, AddressLink, Conversation, Event, Inbox, Message, OutboxRow
from store.statements import insert, new
from store.turns import Finish

EVENT = "transcript"
DAY = timedelta(days=1)
A_DAY = 5
"""Mails of one chat, and to one address from all chats of the brand."""
TO_STRANGERS = 2
"""To an address of which nothing is proven: nobody fills a stranger's mailbox by us."""


def is_queued(key: UUID) -> bool:
    """Was exactly this asked for already?"""
    return OutboxRow.objects.filter(key=key).exists()


def has_room(conversation: Conversation, address: Address, most: int, now: datetime) -> bool:
    """May one more go out today, of at most so many to this address? Holds the address until the transaction ends, so that two chats are counted together."""
    Address.objects.select_for_update().get(id=address.id)
    today = Event.objects.filter(kind=EVENT, at__gt=now - DAY)
    to_it = OutboxRow.objects.filter(address=address, created_at__gt=now - DAY)
    return (
        today.filter(conversation=conversation).count() < A_DAY
        and to_it.filter(message__event__kind=EVENT).count() < most
    )


def known_mail(conversation: Conversation) -> Address:
    """The mail address of whoever proved in this chat who they are. Raises `NotFound`."""
    owner = AddressLink.objects.filter(address=conversation.address_id, undone_at=None)
    links = AddressLink.objects.filter(undone_at=None, customer__in=owner.values("customer"))
    known = Address.objects.filter(id__in=links.values("address"), key_wrapped__isnull=False)
    found = known.filter(kind=AddressKind.EMAIL).order_by("first_seen_at").first()
    if found is None:
        raise NotFound("No mail address is known here.")
    return found


def queue(finish: Finish, key: UUID, to: Address, inbox: Inbox, said: Body) -> None:
    """One mail to this address under this key, told to colleagues as an event; visitors' numbers do not move.

    Raises `Erased`.
    """
    row = finish.conversation
    message = new(
        Message,
        conversation=row,
        address=row.address,
        inbox=inbox,
        author=Message.Author.SYSTEM,
        is_automatic=True,
        seq=finish.log.next_seq(),
        turn=row.turns,
        sent_at=finish.now,
        accepted_at=finish.now,
    )
    message.body_cipher = seal_body(finish.vault, row.address, message, said)
    insert([message])
    finish.log.add(EVENT, "customer", message=message)
    mail = new(
        OutboxRow,
        key=key,
        conversation=row,
        address=to,
        inbox=inbox,
        message=message,
        created_at=finish.now,
    )
    finish.outbox.append(mail)


def asked_by(key: UUID, since: datetime) -> OutboxRow:
    """The mail of this key, if it is not older than `since`, with all that belongs to it. Raises `NotFound`."""
    rows: QuerySet[OutboxRow] = OutboxRow.objects.select_related(
        "conversation__brand", "conversation__address", "address", "inbox", "message__address"
    )
    row = rows.filter(key=key, created_at__gte=since, message__event__kind=EVENT).first()
    if row is None:
        raise NotFound("There is no such page, or it is too late for it.")
    return row
