"""A public post that somebody must answer becomes a conversation with a ticket, or is put aside. Keeping posts is `store.posts`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core.customer import Evidence
from core.decision import Case, Routed
from core.errors import Conflict, IllegalTransition
from core.ids import ExternalId, ThreadKey
from core.message import AddressKind, Inbound, Sender, Verified
from store.addresses import address_of
from store.bodies import open_body, seal_body, sender_of
from store.customers import try_tie
from store.events import Log
from store.models import Address, Conversation, Message, OutboxRow, PublicPost, Ticket, User
from store.posts import PostBody, extra_of, locked, open_post
from store.receiving import accept_in
from store.statements import update
from store.tickets import Change, open_ticket, take
from store.turns import Finish, write
from store.vault import Erased, Vault

State = PublicPost.State


def ignore(visible: QuerySet[PublicPost], post: UUID, by: User, now: datetime) -> None:
    """Nobody must answer. Raises `NotFound`, `IllegalTransition` for what is a conversation."""
    _settle(visible, post, State.IGNORED, by, now)


def notice(visible: QuerySet[PublicPost], post: UUID, by: User, now: datetime) -> None:
    """Somebody may have to answer after all. Raises as `ignore`."""
    _settle(visible, post, State.NEW, by, now)


def _settle(
    visible: QuerySet[PublicPost], post: UUID, state: State, by: User, now: datetime
) -> None:
    with transaction.atomic():
        row = locked(visible, post)
        if row.state == State.CONVERSATION:
            raise IllegalTransition("This is a conversation already.")
        row.state, row.settled_at, row.settled_by = state, now, by
        row.save(update_fields=["state", "settled_at", "settled_by"])


def begin(
    vault: Vault,
    visible: QuerySet[PublicPost],
    post: UUID,
    routed: Routed,
    case: Case | None,
    now: datetime,
    by: User | None = None,
) -> Ticket:
    """Inside a transaction: makes a post a conversation that waits for people, with its ticket. Raises `NotFound`,
    and `Conflict` where it is one already or its author took it back."""
    row = locked(visible, post)
    if row.conversation_id is not None:
        raise Conflict("This is a conversation already.")
    if row.is_withdrawn or row.address is None:
        raise Conflict("Its author took this back.")
    body = open_post(vault, row)
    if body.private:
        private = Sender(AddressKind.SOCIAL, body.private[0], Verified.CHANNEL, body.private[1])
        beside = address_of(vault, row.inbox, private, now)
        try_tie(vault, row.address, beside, Evidence.PROFILE, now)
    finish = _conversation(vault, row, body, now)
    reason = "public_post"
    open_ticket(finish, routed, _packet(vault, row, body, reason), reason, case)
    write(finish)
    row.state, row.conversation = State.CONVERSATION, finish.conversation
    row.settled_at, row.settled_by = now, by
    row.save(update_fields=["state", "conversation", "settled_at", "settled_by"])
    return Ticket.objects.select_related("team").get(conversation=finish.conversation)


def give(vault: Vault, ticket: Ticket, to: User, now: datetime) -> None:
    """Inside the same transaction: whoever made it a conversation answers it."""
    row = Conversation.objects.select_for_update(no_key=True, of=("self",)).get(
        id=ticket.conversation_id
    )
    change = Change(ticket, Finish(vault, row, now, Log(row, now)), to)
    take(change)
    ticket.version += 1
    ticket.save()
    write(change.finish)


def _conversation(vault: Vault, row: PublicPost, body: PostBody, now: datetime) -> Finish:
    assert row.address is not None
    conversation = Conversation(
        brand_id=row.brand_id,
        inbox=row.inbox,
        address=row.address,
        language=row.language,
        # The assistant says nothing where everybody reads: people have the word from the beginning.
        speaker=Conversation.Speaker.QUEUE,
        opened_at=now,
        last_message_at=now,
    )
    conversation.save(force_insert=True)
    inbound = Inbound(
        external_id=ExternalId(body.key),
        sender=sender_of(vault, row.address),
        text=body.text,
        at=row.posted_at,
        thread_keys=(ThreadKey(body.key),),
        own_keys=(ThreadKey(body.key), ThreadKey(f"conversation:{conversation.id}")),
        extra={**extra_of(body.link), **({"was": body.was} if body.was else {})},
    )
    accept_in(vault, row.inbox, inbound, conversation, now)
    return Finish(vault, conversation, now, Log(conversation, now))


def _packet(vault: Vault, row: PublicPost, body: PostBody, reason: str) -> dict[str, Any]:
    assert row.address is not None
    author = sender_of(vault, row.address)
    said = {"seq": 1, "text": body.text}
    who = {"name": author.display_name, "kind": author.kind, "verified": author.verified}
    return {
        "who": {**who, "contact": ""},
        "wants": said,
        "tried": [],
        "shown": [],
        "slots": [],
        "open_question": said,
        "reason": reason,
        "language": row.language or "en",
    }


def private_way(vault: Vault, conversation: Conversation, now: datetime) -> Address | None:
    """Where the author of this conversation's post may be written to in private, once and for some days; None where
    that is over, or was done already."""
    if conversation.address.kind != AddressKind.PUBLIC:
        return None
    rows = PublicPost.objects.select_related("address")
    post = rows.filter(conversation=conversation, private_until__gt=now).first()
    try:
        private = open_post(vault, post).private if post is not None else []
    except Erased:
        return None
    if not private:
        return None
    lookup = vault.lookup("address", AddressKind.SOCIAL, private[0])
    known = Address.objects.filter(brand=conversation.brand_id, kind=AddressKind.SOCIAL)
    beside = known.filter(lookup=lookup, key_wrapped__isnull=False).first()
    lost = (OutboxRow.State.DEAD, OutboxRow.State.CANCELLED)
    done = OutboxRow.objects.filter(conversation=conversation, address=beside)
    return None if beside is None or done.exclude(state__in=lost).exists() else beside


def mark_public(vault: Vault, message: Message) -> None:
    """Says in words of ours, just written, that everybody reads them."""
    body = open_body(vault, message)
    body.extra["marks"] = ["public"]
    message.body_cipher = seal_body(vault, message.address, message, body)
    update(message, ("body_cipher",))
