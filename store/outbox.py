"""Leasing what must go out and recording what became of it. Sending itself is `bot.deliver`.

A row is marked `in_flight` in the transaction that leases it. Whoever finds a row with an expired lease that
is still in flight knows that an earlier attempt may have been taken by the provider: it looks there, or flags
the row as `unknown`; it never just sends again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction

from core.message import AddressKind, Receipt, Sender
from store.addresses import remember_keys
from store.bodies import Body, open_body, sender_of
from store.database import database_now
from store.events import Log
from store.models import Conversation, ConversationKey, Event, Inbox, Message, OutboxRow
from store.provider_files import files_of
from store.receiving import Filed
from store.sendable import TOLD, held, keys_of, number_of, sendable
from store.shared_commits import once_kept, shares_its_commit
from store.statements import update
from store.tallies import expired_leases
from store.turns import lock
from store.vault import Vault, VaultError
from store.withheld import READ, reason_against


@dataclass(frozen=True, slots=True)
class Leased:
    """One row to send now. `may_have_arrived`: an earlier attempt ended without a word. `withheld`: why it must not
    be sent again even so; what became of that attempt is all there is to find out."""

    id: int
    key: UUID
    part: int
    fence: int
    inbox: UUID
    through: Inbox = field(repr=False)
    channel: str
    conversation: UUID
    to: Sender = field(repr=False)
    body: Body = field(repr=False)
    subject: str = field(repr=False)
    author: str
    kind: str
    language: str
    ticket: int | None
    created_at: datetime
    is_automatic: bool
    attempts: int
    may_have_arrived: bool
    earlier_keys: tuple[str, ...] = field(repr=False)
    files: tuple[Filed, ...] = ()
    heard_at: datetime | None = None
    withheld: str = ""


@shares_its_commit
def lease(
    vault: Vault,
    worker: str,
    lease_for: timedelta,
    hold: timedelta,
    limit: int,
    now: datetime,
    but: Collection[UUID] = (),
) -> list[Leased]:
    """The next sendable rows, oldest first: the head of each (conversation, address), and what stands
    behind a head that has held the line for longer than `hold`. `but`: none of these inboxes."""
    with transaction.atomic():
        moment, rows = sendable(now, now - hold, limit, but)
        return _take(vault, worker, rows, moment + lease_for, now)


def anything_for(conversation: UUID, inbox: UUID) -> bool:
    """True when `lease_of` would find something now; a cheap look."""
    rows = OutboxRow.objects.filter(
        conversation_id=conversation, inbox=inbox, state=OutboxRow.State.WAITING
    )
    return rows.exists() and not rows.filter(in_flight=True).exists()


def lease_of(
    vault: Vault,
    worker: str,
    lease_for: timedelta,
    conversation: UUID,
    inbox: UUID,
    now: datetime,
) -> list[Leased]:
    """All waiting rows of one conversation and inbox, in order, for whoever can carry them at once (the response to
    the customer's own call), also those held back for just that; none while one of them is being sent."""
    with transaction.atomic():
        rows = list(
            OutboxRow.objects.select_for_update(of=("self",))
            .select_related(*TOLD)
            .filter(conversation_id=conversation, inbox=inbox, state=OutboxRow.State.WAITING)
            .order_by("id")
        )
        if any(row.in_flight for row in rows):
            return []
        return _take(vault, worker, rows, database_now() + lease_for, now)


def said_last(vault: Vault, inbox: UUID, key: str) -> list[Leased]:
    """What was last said in the thread of this key, in order, to be said once more without being sent again;
    [] where nothing was."""
    known = ConversationKey.objects.filter(inbox=inbox, lookup=vault.lookup("thread", key)).first()
    rows = OutboxRow.objects.select_related(*TOLD).filter(
        conversation=known.conversation_id if known else None,
        inbox=inbox,
        state=OutboxRow.State.SENT,
        conversation__address__key_wrapped__isnull=False,
    )
    last = rows.order_by("-id").first()
    if last is None:
        return []
    return [_leased(vault, row) for row in rows.filter(created_at=last.created_at).order_by("id")]


def _take(
    vault: Vault, worker: str, rows: Sequence[OutboxRow], until: datetime, now: datetime
) -> list[Leased]:
    leased, expired = [], 0
    for row in rows:
        reason = reason_against(row, now)
        if reason and not row.in_flight:
            _withhold(row, reason, now)
            continue
        try:
            leased.append(_leased(vault, row, reason))
        except VaultError as problem:
            # Erased or spoilt: it can never be sent, and must not hold up the others.
            _give_up(row, OutboxRow.State.DEAD, str(problem), now)
            continue
        expired += row.lease_until is not None
        row.attempts += 1
        row.fence += 1
        row.leased_by = worker
        row.lease_until = until
        row.in_flight = True
        update(row, ("attempts", "fence", "leased_by", "lease_until", "in_flight"))
    once_kept(lambda: expired_leases.update(sending=expired))
    return leased


def _withhold(row: OutboxRow, reason: str, now: datetime) -> None:
    """Nothing may go there. A colleague is told that theirs stays here; the bot's goes quietly."""
    if row.message.is_automatic or reason == READ:
        _settle(row, OutboxRow.State.CANCELLED, now)
        row.last_error = reason
        row.save()
    else:
        _give_up(row, OutboxRow.State.DEAD, reason, now)


def _leased(vault: Vault, row: OutboxRow, withheld: str = "") -> Leased:
    conversation, message = row.conversation, row.message
    address = conversation.address
    # A provider knows the names of its own threads only.
    place = f"thread:{conversation.id}"
    opened = [
        vault.open(address.key_wrapped, address.id, place, key).decode()
        for key in keys_of(conversation.id, row.inbox.channel)
    ]
    return Leased(
        id=row.id,
        key=row.key,
        part=row.part,
        fence=row.fence + 1,
        inbox=row.inbox_id,
        through=row.inbox,
        channel=row.inbox.channel,
        conversation=conversation.id,
        to=sender_of(vault, row.address),
        body=open_body(vault, message),
        subject=_subject(vault, conversation),
        author=message.user.name if message.user else "",
        kind=message.kind,
        language=conversation.language,
        ticket=number_of(conversation.id),
        created_at=row.created_at,
        is_automatic=message.is_automatic,
        attempts=row.attempts,
        may_have_arrived=row.in_flight,
        earlier_keys=tuple(opened),
        files=files_of(vault, message) if message.author == Message.Author.AGENT else (),
        heard_at=_heard_at(row) if row.address.kind == AddressKind.SOCIAL else None,
        withheld=withheld,
    )


def _heard_at(row: OutboxRow) -> datetime | None:
    """When the recipient last wrote. Social networks alone ask, so only their rows pay for it."""
    heard = Message.objects.filter(
        address=row.address_id,
        inbox=row.inbox_id,
        author=Message.Author.CUSTOMER,
        is_automatic=False,
    ).aggregate(last=models.Max("sent_at"))
    last: datetime | None = heard["last"]
    return last


def _subject(vault: Vault, conversation: Conversation) -> str:
    address = conversation.address
    place = f"conversation.subject:{conversation.id}"
    sealed = bytes(conversation.subject_cipher)
    return vault.open(address.key_wrapped, address.id, place, sealed).decode()


@shares_its_commit
def mark_sent(vault: Vault, row_id: int, fence: int, receipt: Receipt, now: datetime) -> bool:
    """The provider took it. False when somebody else holds the row now."""
    with transaction.atomic():
        row = held(row_id, fence)
        if row is None:
            return False
        _settle(row, OutboxRow.State.SENT, now)
        row.provider_id, row.last_error = receipt.provider_id[:300], ""
        update(row, (*_SETTLED, "provider_id", "last_error"))
        if receipt.own_keys:
            begun = (row.conversation.inbox_id, row.conversation.address_id)
            takes = (row.inbox_id, row.address_id) != begun
            remember_keys(vault, row.conversation, receipt.own_keys, row.inbox, takes=takes)
        return True


def mark_withheld(row_id: int, fence: int, reason: str, now: datetime) -> bool:
    """It was looked for and surely never arrived, and it must not be sent any more."""
    with transaction.atomic():
        row = held(row_id, fence)
        if row is None:
            return False
        _withhold(row, reason, now)
        return True


def mark_retry(
    row_id: int,
    fence: int,
    error: str,
    not_before: datetime,
    now: datetime,
    may_have_arrived: bool = False,
) -> bool:
    """Try again after `not_before`; later rows wait behind it. `may_have_arrived`: the next attempt looks
    at the provider first."""
    with transaction.atomic():
        row = held(row_id, fence)
        if row is None:
            return False
        row.in_flight, row.lease_until = may_have_arrived, None
        row.not_before, row.last_error, row.slot_at = not_before, error[:300], None
        row.held_since = row.held_since or now
        row.save()
        return True


def mark_resting(row_id: int, fence: int, until: datetime) -> bool:
    """It was not tried: its recipient is left in peace until then. Later rows wait behind it."""
    with transaction.atomic():
        row = held(row_id, fence)
        if row is None:
            return False
        row.in_flight, row.lease_until, row.not_before = False, None, until
        row.attempts -= 1
        row.save()
        return True


def has_spoken_since(conversation: UUID, since: datetime) -> bool:
    """True when the customer has written since then."""
    said = Message.objects.filter(conversation=conversation, author=Message.Author.CUSTOMER)
    return said.filter(accepted_at__gte=since, is_automatic=False).exists()


def mark_failed(row_id: int, fence: int, state: str, error: str, now: datetime) -> bool:
    """It will not be sent (`dead`), or nobody knows whether it was (`unknown`): the desk is told."""
    with transaction.atomic():
        row = held(row_id, fence)
        if row is None:
            return False
        _give_up(row, state, error, now)
        return True


def tell_of_delay(hold: timedelta, now: datetime) -> int:
    """Tells the desk once of each head that has failed for longer than `hold`; returns how many."""
    with transaction.atomic():
        rows = list(
            OutboxRow.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(state=OutboxRow.State.WAITING, held_since__lte=now - hold)
            .order_by("id")[:200]
        )
        late = [row for row in rows if not _was_told(row, "delivery_delayed")]
        for row in late:
            _tell_desk(row, "delivery_delayed", now)
        return len(late)


def cancel_for(conversation: UUID, now: datetime) -> int:
    """Withdraws what was not sent yet and is not being sent now."""
    return OutboxRow.objects.filter(
        conversation_id=conversation, state=OutboxRow.State.WAITING, in_flight=False
    ).update(state=OutboxRow.State.CANCELLED, settled_at=now)


def release_rows(worker: str) -> int:
    """Ends the leases of a worker that is known to be dead; its rows in flight stay marked so."""
    return OutboxRow.objects.filter(
        leased_by=worker, state=OutboxRow.State.WAITING, lease_until__isnull=False
    ).update(lease_until=None)


_SETTLED = ("state", "settled_at", "in_flight", "lease_until", "held_since")


def _settle(row: OutboxRow, state: str, now: datetime) -> None:
    row.state, row.settled_at = state, now
    row.in_flight, row.lease_until, row.held_since = False, None, None


def _give_up(row: OutboxRow, state: str, error: str, now: datetime) -> None:
    _settle(row, state, now)
    row.last_error = error[:300]
    row.save()
    _tell_desk(row, f"delivery_{state}", now)


def _was_told(row: OutboxRow, kind: str) -> bool:
    events = Event.objects.filter(
        conversation=row.conversation_id, kind=kind, at__gte=row.held_since
    )
    return events.filter(data__outbox=row.id).exists()


def _tell_desk(row: OutboxRow, kind: str, now: datetime) -> None:
    conversation = lock(row.conversation_id)
    log = Log(conversation, now)
    message = Message.objects.get(id=row.message_id)
    log.add(kind, "system", message=None, data={"outbox": row.id, "seq": message.seq})
    log.write()
    conversation.save(update_fields=["last_seq", "last_public_seq"])
