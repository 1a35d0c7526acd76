"""What could not be read: it is set aside whole, and whoever sent it is told, where they may be told now, in a conversation of their own. The words are `bot.unreadable`'s, looking at it is `store.kept`."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from core.message import Sender
from store.addresses import address_of, remember_keys
from store.consent import is_refused
from store.events import Log
from store.models import Address, Conversation, Inbox, InboxRow, Message, OutboxRow
from store.receiving import Cursor, advance
from store.statements import update
from store.turns import Finish, write
from store.vault import Vault
from store.withheld import answers_a_machine, is_gone

AGAIN = timedelta(days=1)
"""So long after a person was told, nothing more is told them of mail that cannot be read."""
IN_AN_HOUR, HOUR = 20, timedelta(hours=1)
"""So many an inbox tells; where more come, somebody is sending them on purpose, and perhaps under the names of others."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of telling the sender. `at`: when their mail went out; None while it waits."""

    at: datetime | None


def quarantine(
    vault: Vault,
    inbox: Inbox,
    raw: bytes,
    problem: str,
    *,
    now: datetime,
    raw_until: datetime,
    cursor: Cursor,
) -> InboxRow | None:
    """Keeps what could not be read, once, for a person to look at, and moves on. None where it lies there already."""
    content = hashlib.sha256(raw).hexdigest()
    row = InboxRow(
        inbox=inbox,
        lookup=vault.lookup("quarantine", content),
        content=vault.lookup("content", content),
        received_at=now,
        problem=problem[:300],
        raw_until=raw_until,
    )
    row.raw_cipher = vault.seal_own(f"inboxrow.raw:{row.id}", raw)
    with transaction.atomic():
        advance(inbox, cursor)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            return None
    return row


def begin(
    vault: Vault, arrival: InboxRow, sender: Sender, keys: Sequence[str], now: datetime
) -> Finish | None:
    """Inside the transaction that set it aside: a conversation in which its sender is told; None where they must not be."""
    if _are_many(arrival.inbox, now):
        return None
    address = address_of(vault, arrival.inbox, sender, now)
    # Two mailboxes may set aside mails of one person at once.
    address = Address.objects.select_for_update().get(id=address.id)
    if not _may_be_told(address, arrival.inbox, now):
        return None
    conversation = Conversation(
        brand_id=arrival.inbox.brand_id,
        inbox=arrival.inbox,
        address=address,
        opened_at=now,
        last_message_at=now,
    )
    conversation.save(force_insert=True)
    remember_keys(vault, conversation, (*keys, f"conversation:{conversation.id}"))
    arrival.conversation = conversation
    update(arrival, ("conversation",))
    return Finish(vault, conversation, now, Log(conversation, now))


def complete(arrival: InboxRow, finish: Finish) -> None:
    """Writes what was said. The same arrival has the same keys in the outbox, and so the same Message-ID, for ever."""
    for row in finish.outbox:
        row.key = uuid5(arrival.inbox_id, f"unread:{bytes(arrival.lookup).hex()}:{row.part}")
    write(finish)


def _are_many(inbox: Inbox, now: datetime) -> bool:
    return _told_since(now - HOUR).filter(inbox=inbox).count() >= IN_AN_HOUR


def _may_be_told(address: Address, inbox: Inbox, now: datetime) -> bool:
    """Not who is erased, wants nothing from here, does not exist, was told today, or may be a machine."""
    return not (
        not address.key_wrapped
        or is_refused(address, inbox.id)
        or is_gone(address.id, now)
        or answers_a_machine(address.id, now)
        or _told_since(now - AGAIN).filter(conversation__address=address).exists()
    )


def _told_since(moment: datetime) -> QuerySet[InboxRow]:
    rows = InboxRow.objects.filter(received_at__gt=moment, conversation__isnull=False)
    return rows.exclude(problem="")


def notices(conversations: Collection[UUID]) -> dict[UUID, Notice]:
    """What the senders were told in these conversations; without those whose mail did not go out."""
    rows = OutboxRow.objects.filter(
        conversation__in=conversations,
        message__author=Message.Author.SYSTEM,
        message__kind=Message.Kind.NOTICE,
        state__in=[OutboxRow.State.WAITING, OutboxRow.State.SENT],
    )
    return {row.conversation_id: Notice(row.settled_at) for row in rows.order_by("-id")}
