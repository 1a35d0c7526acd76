"""Taking out of a thread what is another need, one mail or what joined it from another channel: that gets a ticket of its own.

Nothing is removed: the thread keeps what was said in it, the new one has it too. `store.merging` is the way back.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.decision import Priority, Routed
from core.errors import Conflict, NotFound
from store.addresses import remember_keys
from store.bodies import open_body, seal_body
from store.events import JOINED, PARTED, TAKEN_OUT, Log
from store.models import Address, Conversation, ConversationKey, Event, Message, Ticket
from store.provider_files import files_of
from store.receiving import attach
from store.statements import insert
from store.tickets import Change, Opened, open_ticket
from store.turns import Finish, lock, write
from store.vault import Vault


def part(change: Change, address: UUID, inbox: UUID) -> int:
    """Inside a change of the ticket: what came from there since it joined, and whatever comes, is another ticket's.
    Its number. Raises `NotFound` where nothing joined from there, or it was taken out already."""
    finish, row = change.finish, change.finish.conversation
    since = joined_at(row, address, inbox)
    if since is None:
        raise NotFound("Nothing joined this thread from there, or it was taken out already.")
    said = Message.objects.select_related("address", "inbox").filter(
        conversation=row, address=address, inbox=inbox, author=Message.Author.CUSTOMER
    )
    messages = list(said.filter(seq__gt=since).order_by("seq"))
    own = _begin(finish, messages)
    texts = [_copy(own, message) for message in messages]
    is_all = messages[0].inbox_id != row.inbox_id
    _take_keys(finish.vault, row, own.conversation, messages, is_all=is_all)
    opened = _open(own, change.ticket, texts)
    write(own)
    told: dict[str, Any] = {"ticket": change.ticket.number, "into": opened.number}
    told |= {"address": str(address), "inbox": str(inbox)}
    finish.log.add(PARTED, change.actor, data=told)
    return opened.number


def take_out(change: Change, message: UUID) -> int:
    """Inside a change of the ticket: this mail of the customer, and what answers it, is another ticket's. Its number. Raises
    `NotFound`, and `Conflict` for what was taken out already, is all that they wrote, or is no mail: what answers anything else
    comes in the same thread."""
    finish, row = change.finish, change.finish.conversation
    theirs = Message.objects.select_related("address", "inbox").filter(
        conversation=row, author=Message.Author.CUSTOMER
    )
    found = theirs.filter(id=message, address__key_wrapped__isnull=False).first()
    if found is None:
        raise NotFound("The customer wrote no such message here.")
    if not open_body(finish.vault, found).extra.get("message_id"):
        raise Conflict("Only a mail can be taken out: what answers this comes in the same thread.")
    if theirs.count() == 1:
        raise Conflict(
            "This is all that the customer wrote here: there is nothing to part it from."
        )
    told = Event.objects.filter(conversation=row, kind=TAKEN_OUT, data__seq=found.seq).first()
    if told is not None:
        raise Conflict("It was taken out already: ticket %(number)s.", number=told.data["into"])
    own = _begin(finish, [found])
    texts = [_copy(own, found)]
    _take_keys(finish.vault, row, own.conversation, [found], is_all=False)
    opened = _open(own, change.ticket, texts)
    write(own)
    data = {"ticket": change.ticket.number, "into": opened.number, "seq": found.seq}
    finish.log.add(TAKEN_OUT, change.actor, data=data)
    return opened.number


def joined_at(row: Conversation, address: UUID, inbox: UUID) -> int | None:
    """The number of the event by which this joined; None where it never did, or was taken out since."""
    told = Event.objects.filter(conversation=row, kind__in=(JOINED, PARTED))
    last = told.filter(data__address=str(address), data__inbox=str(inbox)).order_by("-seq").first()
    return last.seq if last is not None and last.kind == JOINED else None


def parted(row: Conversation) -> dict[tuple[UUID, UUID], int]:
    """What was taken out: (address, inbox) and when, as a number of the conversation."""
    told = Event.objects.filter(conversation=row, kind=PARTED).order_by("seq")
    return {(UUID(one.data["address"]), UUID(one.data["inbox"])): one.seq for one in told}


def _begin(finish: Finish, messages: list[Message]) -> Finish:
    first, last = messages[0], messages[-1]
    vault, address = finish.vault, first.address
    begun = Conversation(
        brand_id=finish.conversation.brand_id,
        inbox=first.inbox,
        address=address,
        language=finish.conversation.language,
        opened_at=first.accepted_at,
        last_message_at=last.accepted_at,
    )
    subject = open_body(vault, first).subject
    begun.subject_cipher = vault.seal(
        address.key_wrapped, address.id, f"conversation.subject:{begun.id}", subject.encode()
    )
    begun.save(force_insert=True)
    row = lock(begun.id)
    return Finish(vault, row, finish.now, Log(row, finish.now))


def _copy(own: Finish, message: Message) -> dict[str, Any]:
    """The message once more, under the same address: whoever erases that erases both."""
    vault, body = own.vault, open_body(own.vault, message)
    copy = Message(
        conversation=own.conversation,
        address=message.address,
        inbox=message.inbox,
        author=message.author,
        kind=message.kind,
        is_automatic=message.is_automatic,
        seq=own.log.next_seq(),
        turn=0,
        sent_at=message.sent_at,
        accepted_at=message.accepted_at,
    )
    copy.body_cipher = seal_body(vault, message.address, copy, body)
    insert([copy])
    attach(vault, message.address, copy, files_of(vault, message))
    own.log.add("message", "customer", is_public=True, message=copy)
    return {"seq": copy.seq, "text": body.text}


def _take_keys(
    vault: Vault,
    row: Conversation,
    own: Conversation,
    messages: list[Message],
    *,
    is_all: bool,
) -> None:
    """Whatever comes in that channel's threads from now on belongs to the new conversation; unless `is_all`, only what
    answers these messages."""
    place, address, inbox = f"thread:{row.id}", row.address, messages[0].inbox
    keys = [
        vault.open(address.key_wrapped, address.id, place, bytes(key.key_cipher)).decode()
        for key in ConversationKey.objects.filter(conversation=row, inbox=inbox)
    ]
    named = [key for key in keys if key != f"conversation:{row.id}"]
    if not is_all:
        ids = [f"<{open_body(vault, one).extra.get('message_id')}>" for one in messages]
        named = [key for key in named if key.endswith(tuple(ids))]
    remember_keys(vault, own, (*named, f"conversation:{own.id}"), inbox, takes=True)


def _open(own: Finish, ticket: Ticket, texts: list[dict[str, Any]]) -> Opened:
    address: Address = own.conversation.address
    routed = Routed(
        category=ticket.category,
        priority=Priority(ticket.priority),
        team=ticket.team.slug,
        why=(f"A colleague took this out of ticket {ticket.number}: it is another need.",),
        versions=(("router", "none"),),
    )
    packet = {
        "who": {"kind": address.kind, "verified": address.verified, "contact": ""},
        "wants": texts[0],
        "tried": [],
        "shown": [],
        "slots": [],
        "open_question": texts[-1],
        "reason": "parted",
        "language": own.conversation.language or "en",
    }
    return open_ticket(own, routed, packet, "parted")
