"""Who wants no messages, told by events alone: the last word of an address to an inbox counts. Keywords are the adapters'."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q

from core.errors import NotAllowed
from core.message import AddressKind, Wish
from store.events import Log
from store.models import Address, Conversation, Event, Inbox, OutboxRow
from store.statements import Columns, Given
from store.turns import lock

OUT, IN = "opted_out", "opted_in"
REASON = "the recipient has opted out"
OPTING = frozenset({AddressKind.PHONE})
"""Kinds of addresses that have such words; for others nobody is asked before each sending."""


def has_opted_out(address: UUID, inbox: UUID) -> bool:
    """True when nothing may be sent from this inbox to this address."""
    last = _last_said(_OUT, address, inbox)
    return last > 0 and last > _last_said(_IN, address, inbox)


def _last_said(words: Columns, address: UUID, inbox: UUID) -> int:
    """The position of their last such word there, 0 for none."""
    about = (str(address), str(inbox))
    said = words.rows(address=address)
    return max((id for id, at in said if (at.get("address"), at.get("inbox")) == about), default=0)


def _words(kind: str) -> Columns:
    """One kind at a time, which the index of seldom events knows; the words are few, and in order all events would be
    walked through."""
    address = Given("address", models.UUIDField())
    theirs = Conversation.objects.filter(Q(address=address) | Q(contact=address)).values("id")
    return Columns(
        lambda: Event.objects.filter(conversation__in=theirs, kind=kind).values_list("id", "data")
    )


_OUT, _IN = _words(OUT), _words(IN)


def is_refused(address: Address, inbox: UUID) -> bool:
    """True when this inbox may not write to this address: its owner said so, or a colleague noted it."""
    if str(inbox) in (address.refuses or ()):
        return True
    return address.kind in OPTING and has_opted_out(address.id, inbox)


def note_wish(address: UUID, inbox: UUID, wants: bool, log: Log, actor: str) -> None:
    """A colleague notes what the customer said about being written to from an inbox. What waits is withdrawn.

    Raises `NotAllowed` for an address that said STOP itself: only its owner can take that back.
    """
    row = Address.objects.select_for_update().get(id=address)
    if wants and row.kind in OPTING and has_opted_out(address, inbox):
        raise NotAllowed("They said STOP there; only they themselves can say START.")
    refused = set(row.refuses or ()) - {str(inbox)}
    if not wants:
        refused.add(str(inbox))
        _withdraw(address, inbox, log.at)
    row.refuses = sorted(refused)
    row.save(update_fields=["refuses"])
    kind = "wants_messages" if wants else "wants_no_messages"
    log.add(kind, actor, data={"address": str(address), "inbox": str(inbox)})


def heeded(wish: Wish | None, address: Address, inbox: Inbox) -> Wish | None:
    """The wish, if it has a meaning now: who never said STOP says START as they say any word."""
    if wish is Wish.START and not has_opted_out(address.id, inbox.id):
        return None
    return wish


def carry_out(wish: Wish, address: Address, inbox: Inbox, log: Log, now: datetime) -> None:
    """Inside the transaction that accepts the message, its conversation locked: from its commit on nothing
    more is leased for this address, and what waited is withdrawn."""
    about = {"address": str(address.id), "inbox": str(inbox.id)}
    if wish is Wish.START:
        log.add(IN, "customer", data=about)
    if wish is not Wish.STOP:
        return
    log.add(OUT, "customer", data=about)
    _withdraw(address.id, inbox.id, now)


def _withdraw(address: UUID, inbox: UUID, now: datetime) -> None:
    waiting = (
        OutboxRow.objects.select_for_update(skip_locked=True)
        .filter(address=address, inbox=inbox, state=OutboxRow.State.WAITING, in_flight=False)
        .values_list("id", flat=True)
    )
    OutboxRow.objects.filter(id__in=list(waiting)).update(
        state=OutboxRow.State.CANCELLED, settled_at=now, last_error=REASON
    )


def note_refusal(row_id: int, now: datetime) -> None:
    """The provider knows of an opt-out that we did not: remembered as if the customer had told us."""
    with transaction.atomic():
        row = OutboxRow.objects.get(id=row_id)
        conversation = lock(row.conversation_id)
        if has_opted_out(row.address_id, row.inbox_id):
            return
        log = Log(conversation, now)
        log.add(OUT, "system", data={"address": str(row.address_id), "inbox": str(row.inbox_id)})
        log.write()
        conversation.save(update_fields=["last_seq", "last_public_seq"])
