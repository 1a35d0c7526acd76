"""The one transaction that accepts arrivals: dedupe key and effect together. Deciding what follows is `bot.converse`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import models, transaction

from core.errors import ClaimLost
from core.message import AddressKind, Inbound, Sender
from core.rating import may_rate
from store.addresses import about_to_know, address_of, as_proven_now, remember_keys
from store.asked import was_asked
from store.bodies import Body, seal_body
from store.circles import mark_of
from store.consent import carry_out, heeded
from store.events import CIRCLE, DOUBTFUL, QUIET, Log
from store.faults import reached
from store.models import (
    Address,
    Attachment,
    Conversation,
    ConversationKey,
    Inbox,
    InboxRow,
    Message,
)
from store.participants import is_the_customer, learn_from_answer
from store.placing import Placed, about_to_place, conversation_for, is_doubtful, told_of_join
from store.repeated import first_of
from store.revising import EARLY, EDITED_AT, original_of, original_or_place_of, revise
from store.rulings import as_ruled, without_ticket
from store.statements import Given, Whether, insert, is_inserted, new, update
from store.tickets import wake_ticket
from store.vault import Vault

_THREAD = Whether(
    lambda: ConversationKey.objects.filter(
        inbox=Given("inbox", models.UUIDField()), lookup=Given("lookup", models.BinaryField())
    )
)

BOT_ANSWERS = frozenset({Conversation.Speaker.BOT, Conversation.Speaker.NOBODY})


@dataclass(frozen=True, slots=True)
class Filed:
    """A file of an inbound message that is already on disk, encrypted with `key` (or says why not)."""

    name: str
    media_type: str
    size: int
    sha256: str
    stored_as: str
    key: bytes = field(default=b"", repr=False)
    inline: bool = False
    content_id: str = ""
    problem: str = ""
    row: str = ""
    """Its `Attachment`, once there is one."""


@dataclass(frozen=True, slots=True)
class Arriving:
    """A message to accept and its files. Files are written first: one without a row is litter, not loss."""

    inbound: Inbound
    files: tuple[Filed, ...] = ()
    id: UUID = field(default_factory=uuid4)
    """Of its message, should it become one."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of one inbound message. `is_conflict`: the same external id came with other content. `writer`: whose it is,
    where it is new."""

    conversation: UUID
    message: UUID
    public_seq: int
    external_id: str = ""
    is_duplicate: bool = False
    is_conflict: bool = False
    wants_turn: bool = False
    writer: Address | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a mailbox fetch stands; stored with what it fetched, only by the present holder of the duty."""

    value: dict[str, Any]
    fence: int


def accept(
    vault: Vault,
    inbox: Inbox,
    arriving: Sequence[Arriving],
    *,
    now: datetime,
    raw_until: datetime | None,
    cursor: Cursor | None = None,
) -> list[Accepted]:
    """Stores each message once, with its conversation and event; all or nothing, then it may be acknowledged.

    What opens no conversation and belongs to none that is known, not even by an earlier one of these, is dropped,
    and of what was taken back before it came nothing is kept but that: neither gets a place in the result.
    Raises `ClaimLost` when a newer holder of the mailbox exists; database errors pass through and nothing
    is stored.
    """
    with transaction.atomic():
        if cursor is not None:
            advance(inbox, cursor)
        accepted = [
            one
            for item in arriving
            if _has_a_place(vault, inbox, item.inbound)
            and (one := _accept_one(vault, inbox, item, now, raw_until)) is not None
        ]
        reached("accept.written")
        return accepted


def accept_in(
    vault: Vault, inbox: Inbox, inbound: Inbound, conversation: Conversation, now: datetime
) -> Message:
    """Stores a message in a conversation that the caller has just begun for it, in the caller's transaction."""
    arriving = Arriving(inbound)
    arrival = _arrival(vault, inbox, arriving, now)
    placed = Placed(conversation)
    message, _ = _append(vault, inbox, arriving, conversation.address, placed, now)
    arrival.conversation = conversation
    insert([arrival])
    return message


def open_chat(
    vault: Vault,
    inbox: Inbox,
    visitor: UUID,
    *,
    now: datetime,
    language: str = "",
    name: str = "",
) -> UUID:
    """A new, empty conversation of a website visitor, known by nothing but the id we gave the browser."""
    with transaction.atomic():
        sender = Sender(kind=AddressKind.VISITOR, value=str(visitor), display_name=name)
        conversation = new(
            Conversation,
            brand_id=inbox.brand_id,
            inbox=inbox,
            address=address_of(vault, inbox, sender, now),
            language=language,
            opened_at=now,
            last_message_at=now,
        )
        insert([conversation])
        remember_keys(vault, conversation, (str(conversation.id),))
    return conversation.id


def advance(inbox: Inbox, cursor: Cursor) -> None:
    """The mailbox was fetched as far as this. Raises `ClaimLost` when a newer holder of it exists."""
    updated = Inbox.objects.filter(id=inbox.id, cursor_fence__lte=cursor.fence).update(
        cursor=cursor.value, cursor_fence=cursor.fence
    )
    if not updated:
        raise ClaimLost("a newer holder fetches this mailbox")


def _has_a_place(vault: Vault, inbox: Inbox, inbound: Inbound) -> bool:
    if inbound.opens or inbound.is_withdrawn or original_of(vault, inbox, inbound) is not None:
        return True
    lookups = [vault.lookup("thread", key) for key in inbound.thread_keys]
    return any(_THREAD.holds(inbox=inbox.id, lookup=lookup) for lookup in lookups)


def _accept_one(
    vault: Vault, inbox: Inbox, arriving: Arriving, now: datetime, raw_until: datetime | None
) -> Accepted | None:
    inbound = arriving.inbound
    arrival = _arrival(vault, inbox, arriving, now)
    about_to_know(vault, inbox, inbound.sender)
    about_to_place(vault, inbox, inbound)
    if not is_inserted(arrival):
        return _repeated(arrival, inbound)
    original, early = original_or_place_of(vault, inbox, inbound, now)
    if original is None and (inbound.is_withdrawn or (inbound.revises and early is None)):
        arrival.message = None
        update(arrival, ("message",))
        return None
    address = address_of(vault, inbox, inbound.sender, now)
    as_proven_now(address, inbound.sender)
    if original is not None:
        revised = revise(vault, original, inbound, now)
        arrival.conversation, arrival.message = revised, original
        update(arrival, ("conversation", "message"))
        return _accepted(revised, original, 0, inbound, address)
    inbound, is_unwanted = as_ruled(inbox, inbound, address, now)
    placed = conversation_for(vault, inbox, inbound, address, now)
    conversation = placed.conversation
    if is_unwanted:
        inbound = without_ticket(inbound, conversation)
    arriving = replace(arriving, inbound=inbound)
    message, public_seq = _append(vault, inbox, arriving, address, placed, now)
    learn_from_answer(vault, inbound, conversation, address, now)
    _keep_raw(vault, arrival, inbound, address, raw_until)
    arrival.conversation = conversation
    update(arrival, ("conversation", "raw_cipher", "raw_until"))
    if early is not None:
        early.conversation, early.message = conversation, message
        update(early, ("conversation", "message"))
    return _accepted(conversation, message, public_seq, inbound, address)


def _accepted(
    conversation: Conversation, message: Message, seq: int, inbound: Inbound, writer: Address
) -> Accepted:
    waits = conversation.wants_turn_at is not None
    return Accepted(
        conversation.id, message.id, seq, inbound.external_id, wants_turn=waits, writer=writer
    )


def _arrival(vault: Vault, inbox: Inbox, arriving: Arriving, now: datetime) -> InboxRow:
    """It names its message before that is there: what an index of it holds does not change any more."""
    return new(
        InboxRow,
        inbox=inbox,
        lookup=vault.lookup("arrival", arriving.inbound.external_id),
        content=_content(vault, arriving.inbound),
        received_at=now,
        message_id=arriving.id,
    )


def _content(vault: Vault, inbound: Inbound) -> bytes:
    """Tells one content from another; keyed, for a plain digest of a short text gives the text away."""
    parts = (inbound.sender.value, inbound.subject, inbound.text, inbound.html)
    return vault.lookup("content", *parts)


def _repeated(arrival: InboxRow, inbound: Inbound) -> Accepted:
    seen, public_seq = first_of(arrival)
    return Accepted(
        conversation=seen.conversation_id or UUID(int=0),
        message=seen.message_id or UUID(int=0),
        public_seq=public_seq,
        external_id=inbound.external_id,
        is_duplicate=True,
        is_conflict=bytes(seen.content) not in (bytes(arrival.content), EARLY),
    )


def _append(
    vault: Vault,
    inbox: Inbox,
    arriving: Arriving,
    address: Address,
    placed: Placed,
    now: datetime,
) -> tuple[Message, int]:
    inbound, conversation = arriving.inbound, placed.conversation
    log = _log_of(placed, inbox, address, now)
    wish = heeded(inbound.wish, address, inbox)
    wants_answer = inbound.is_typed and wish is None
    waits = wants_answer and _waits(conversation, address, inbound)
    message = new(
        Message,
        id=arriving.id,
        conversation=conversation,
        address=address,
        inbox=inbox,
        author=Message.Author.CUSTOMER,
        is_automatic=not inbound.is_typed,
        seq=log.next_seq(),
        turn=None if waits else conversation.turns,
        sent_at=inbound.at,
        accepted_at=now,
    )
    message.body_cipher = seal_body(vault, address, message, _body(inbound))
    insert([message])
    attach(vault, address, message, arriving.files)
    event = log.add(
        "message",
        "customer",
        is_public=is_the_customer(conversation, address),
        message=message,
        data=_told(inbound),
    )
    if wish is not None:
        carry_out(wish, address, inbox, log, now)
    if not waits and wants_answer:
        wake_ticket(conversation, log, now)
    log.write()
    own = tuple(key for key in inbound.own_keys if key != placed.known_key)
    remember_keys(vault, conversation, own, inbox)
    if waits:
        conversation.wants_turn_at = conversation.wants_turn_at or now
    conversation.last_message_at = now
    update(conversation, ("last_seq", "last_public_seq", "wants_turn_at", "last_message_at"))
    return message, event.public_seq or 0


def _waits(conversation: Conversation, address: Address, inbound: Inbound) -> bool:
    """For a turn of the bot's; while people speak that looks only at what may be the answer to how it was."""
    if conversation.speaker in BOT_ANSWERS:
        return True
    is_one = may_rate(inbound.text) and not inbound.attachments
    return is_one and is_the_customer(conversation, address) and was_asked(conversation)


def _log_of(placed: Placed, inbox: Inbox, address: Address, now: datetime) -> Log:
    log = Log(placed.conversation, now)
    if placed.joined_by:
        log.add("channel_joined", "system", data=told_of_join(inbox, address, placed.joined_by))
    return log


def _told(inbound: Inbound) -> dict[str, Any]:
    """What an event says of a message beside its words."""
    told: dict[str, Any] = {} if inbound.is_typed else {"automatic": True}
    if inbound.is_typed and inbound.is_automatic:
        told[QUIET] = True
    if is_doubtful(inbound.sender):
        told[DOUBTFUL] = True
    if inbound.circle is not None and inbound.is_typed:
        told[CIRCLE] = mark_of(inbound.circle)
    return told


def _body(inbound: Inbound) -> Body:
    promises = {"wants_person": inbound.wants_person, "says_matter": inbound.says_matter}
    extra = inbound.extra | {name: True for name, is_so in promises.items() if is_so}
    if inbound.for_people:
        extra = {**extra, "for_people": inbound.for_people, QUIET: inbound.is_automatic}
    if inbound.revises:
        extra = {**extra, EDITED_AT: inbound.at.isoformat()}
    return Body(
        text=inbound.text,
        subject=inbound.subject,
        html=inbound.html,
        quoted=inbound.quoted,
        client_id=inbound.client_id,
        extra=extra,
    )


def attach(vault: Vault, address: Address, message: Message, files: Sequence[Filed]) -> None:
    """Rows of files that are on disk, in the caller's transaction; their names and keys fall with the address."""
    # Random, but rising: files are read by their ids, and so in the order in which they were written.
    ids = sorted(uuid4() for _ in files)
    Attachment.objects.bulk_create(
        Attachment(
            id=row,
            message=message,
            name_cipher=vault.seal(
                address.key_wrapped,
                address.id,
                f"attachment.name:{message.id}",
                item.name.encode(),
            ),
            media_type=item.media_type[:120],
            size=item.size,
            sha256=item.sha256,
            stored_as=item.stored_as,
            key_cipher=vault.seal(
                address.key_wrapped, address.id, f"attachment.key:{item.stored_as}", item.key
            ),
            is_inline=item.inline,
            content_id=item.content_id[:200],
            problem=item.problem[:200],
        )
        for row, item in zip(ids, files, strict=True)
    )


def _keep_raw(
    vault: Vault,
    arrival: InboxRow,
    inbound: Inbound,
    address: Address,
    raw_until: datetime | None,
) -> None:
    if raw_until is None or not inbound.raw:
        return
    arrival.raw_cipher = vault.seal(
        address.key_wrapped, address.id, f"inboxrow.raw:{arrival.id}", inbound.raw
    )
    arrival.raw_until = raw_until
