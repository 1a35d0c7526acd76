"""Asides: what colleagues ask others beside a ticket, and how it is shown to those who may see the ticket.

What goes out and comes in is `store.aside_post`. Nothing here is a message of the ticket's conversation, so no list,
transcript, packet or stream of the customer's can hold it; the ticket's log is told, in nobody's words and never in
public.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.aside import About, AsideFile, AsideSaid, AsideShown
from core.errors import Conflict, NotFound
from core.message import AddressKind, Sender
from store.bodies import open_body, open_json, seal_json
from store.customers import addresses_of
from store.events import Log
from store.jobs import enqueue
from store.models import (
    Address,
    Aside,
    AsideKey,
    AsideMessage,
    Conversation,
    Event,
    Inbox,
    Message,
    Ticket,
)
from store.receiving import Filed
from store.tickets import Change
from store.vault import Erased, Vault

JOB = "send_aside"
OPENED, ANSWERED, CHANGED = "aside_opened", "aside_answered", "aside_changed"
MOST = 30
"""So many one ticket may have."""
SHOWN = 400
"""So many of the newest messages of a ticket's asides are shown."""


def tell(log: Log, kind: str, actor: str, aside: Aside, what: str = "") -> None:
    """A line in the ticket's log: never public, and without words."""
    data: dict[str, Any] = {"aside": str(aside.id)} | ({"what": what} if what else {})
    log.add(kind, actor, data=data)


def is_customers(vault: Vault, conversation: Conversation, to: Sender) -> bool:
    """True for an address of the very customer whom the ticket is about: they are answered in the thread."""
    theirs = {conversation.address_id, *(one.id for one in addresses_of(conversation.address_id))}
    if conversation.contact_id is not None:
        theirs.add(conversation.contact_id)
    lookup = vault.lookup("address", to.kind, to.value)
    return Address.objects.filter(id__in=theirs, kind=to.kind, lookup=lookup).exists()


def open_in(
    change: Change, inbox: Inbox, about: About, words: str, files: Sequence[Filed] = ()
) -> Aside:
    """Inside a change of the ticket: begins one, and puts its first message in line. Raises `Conflict`."""
    if Aside.objects.filter(ticket=change.ticket).count() >= MOST:
        raise Conflict("A ticket has at most %(most)s side conversations.", most=MOST)
    now = change.finish.now
    aside = Aside(
        ticket=change.ticket, inbox=inbox, opened_by=change.user, opened_at=now, last_at=now
    )
    vault, address = change.finish.vault, change.finish.conversation.address
    told = {"subject": about.subject, "to": [_plain(one) for one in about.to]}
    aside.about_cipher = seal_json(vault, address, f"aside:{aside.id}", told)
    aside.save(force_insert=True)
    remember(vault, address, aside, f"conversation:{aside.id}")
    _say(change, aside, words, files)
    tell(change.finish.log, OPENED, change.actor, aside)
    return aside


def say_in(change: Change, aside: Aside, words: str, files: Sequence[Filed] = ()) -> AsideMessage:
    """Inside a change of the ticket: one more message to those who were asked. It is open again."""
    said = _say(change, aside, words, files)
    Aside.objects.filter(id=aside.id).update(state=Aside.State.OPEN, is_unread=False)
    tell(change.finish.log, CHANGED, change.actor, aside, "said")
    return said


def set_state(change: Change, aside: Aside, state: Aside.State) -> None:
    """Inside a change of the ticket: done, or open again. Who answers later opens it too."""
    if aside.state == state:
        return
    Aside.objects.filter(id=aside.id).update(state=state, is_unread=False)
    tell(change.finish.log, CHANGED, change.actor, aside, state.value)


def send_again(change: Change, aside: Aside, message: UUID) -> None:
    """Inside a change: puts a message back in line that could not be sent, or of which nobody knows; what of it is out
    stays out. Raises `NotFound`."""
    stuck = (AsideMessage.State.FAILED, AsideMessage.State.UNKNOWN)
    mine = AsideMessage.objects.filter(id=message, aside=aside)
    waits = mine.filter(state__in=stuck)
    if not waits.update(state=AsideMessage.State.WAITING, attempts=0, problem="", in_flight=False):
        raise NotFound("There is no such message.")
    line_up(message, mine.values_list("part", flat=True)[0], change.finish.now)
    tell(change.finish.log, CHANGED, change.actor, aside, "said")


def note_seen(visible: QuerySet[Ticket], number: int, aside: UUID) -> None:
    """Somebody has looked at what came. Raises `NotFound`."""
    Aside.objects.filter(id=find(visible, number, aside).id).update(is_unread=False)


def find(visible: QuerySet[Ticket], number: int, aside: UUID) -> Aside:
    """An aside of a ticket among `visible`. Raises `NotFound`, for a foreign one too."""
    found = _rows().filter(id=aside, ticket__in=visible.filter(number=number)).first()
    if found is None:
        raise NotFound("There is no such side conversation.")
    return found


def asides_of(vault: Vault, visible: QuerySet[Ticket], number: int) -> tuple[AsideShown, ...]:
    """All of a ticket's, the latest first; none for a ticket that is not among `visible`."""
    return _shown(vault, _rows().filter(ticket__in=visible.filter(number=number)))


def asides_at(vault: Vault, ticket: Ticket) -> tuple[AsideShown, ...]:
    """The same of a ticket that was found among those its reader may see."""
    return _shown(vault, _rows().filter(ticket=ticket))


def _rows() -> QuerySet[Aside]:
    return Aside.objects.select_related("inbox", "ticket__conversation__address", "opened_by")


def _shown(vault: Vault, rows: QuerySet[Aside]) -> tuple[AsideShown, ...]:
    found = list(rows.order_by("-last_at", "id"))
    if not found:
        return ()
    messages = AsideMessage.objects.filter(aside__in=found).select_related("user")
    by_aside: dict[UUID, list[AsideMessage]] = {aside.id: [] for aside in found}
    for message in messages.order_by("-at", "-number")[:SHOWN]:
        by_aside[message.aside_id].append(message)
    return tuple(_one(vault, aside, by_aside[aside.id]) for aside in found)


def _one(vault: Vault, aside: Aside, messages: list[AsideMessage]) -> AsideShown:
    """What a colleague sees; after the customer's erasure without words and names."""
    address = aside.ticket.conversation.address
    about = about_of(vault, address, aside)
    return AsideShown(
        id=aside.id,
        ticket=aside.ticket.number,
        channel=aside.inbox.channel,
        inbox=aside.inbox.name,
        subject=about.subject,
        to=tuple(shown_sender(one) for one in about.to),
        state=aside.state,
        is_unread=aside.is_unread,
        opened_by=aside.opened_by.name,
        opened_at=aside.opened_at,
        last_at=aside.last_at,
        said=tuple(_said(vault, address, row) for row in reversed(messages)),
    )


def about_of(vault: Vault, address: Address, aside: Aside) -> About:
    """Who is asked about what; nobody and nothing after erasure."""
    try:
        told = open_json(vault, address, f"aside:{aside.id}", bytes(aside.about_cipher))
    except Erased:
        return About("", ())
    to = tuple(
        Sender(AddressKind(kind), value, display_name=name) for kind, value, name in told["to"]
    )
    return About(told["subject"], to)


def open_aside_body(vault: Vault, address: Address, message: AsideMessage) -> dict[str, Any]:
    """The JSON of a message: `text`, `quoted`, `from` and `files`. Raises `Erased`."""
    place = f"aside.body:{message.id}"
    found: dict[str, Any] = open_json(vault, address, place, bytes(message.body_cipher))
    return found


def with_files(files: Sequence[Filed]) -> dict[str, Any]:
    """What the JSON of a message holds of its files."""
    return {"files": [{**asdict(one), "key": one.key.hex()} for one in files]} if files else {}


def files_in(body: dict[str, Any]) -> Iterable[Filed]:
    """The files of an opened message, with the keys that open them."""
    for one in body.get("files", ()):
        yield Filed(**{**one, "key": bytes.fromhex(one["key"])})


def remember(vault: Vault, address: Address, aside: Aside, key: str) -> None:
    """Answers that name this come back here."""
    AsideKey.objects.get_or_create(
        inbox=aside.inbox,
        lookup=vault.lookup("thread", key),
        defaults={
            "aside": aside,
            "key_cipher": vault.seal(
                address.key_wrapped, address.id, f"aside.key:{aside.id}", key.encode()
            ),
        },
    )


def quotable(vault: Vault, conversation: Conversation, limit: int) -> list[tuple[int, str, str]]:
    """(number, who, text) of what customer, assistant and colleagues said to each other, oldest first. Notes are not
    among it."""
    told = Event.objects.filter(conversation=conversation, message__isnull=False, kind="message")
    rows = told.select_related("message__address", "message__user").order_by("-seq")[:limit]
    found = []
    for event in reversed(rows):
        message = event.message
        assert message is not None
        try:
            text = open_body(vault, message).text
        except Erased:
            continue
        if text and message.kind != Message.Kind.NOTE:
            who = message.user.name if message.user else message.author.title()
            found.append((event.seq, who, text))
    return found


def shown_sender(one: Sender) -> str:
    """A name and an address as a person reads them."""
    plain = one.value.rpartition(":")[2] if one.kind is AddressKind.SLACK else one.value
    return f"{one.display_name} <{plain}>" if one.display_name else plain


def _say(change: Change, aside: Aside, words: str, files: Sequence[Filed]) -> AsideMessage:
    now, vault = change.finish.now, change.finish.vault
    message = AsideMessage(
        aside=aside,
        number=next_number(aside, now),
        user=change.user,
        state=AsideMessage.State.WAITING,
        at=now,
    )
    address = change.finish.conversation.address
    body: dict[str, Any] = {"text": words} | with_files(files)
    message.body_cipher = seal_json(vault, address, f"aside.body:{message.id}", body)
    message.save(force_insert=True)
    line_up(message.id, 0, now)
    return message


def next_number(aside: Aside, now: datetime) -> int:
    """The number of the next message; the ticket's conversation is locked."""
    row = Aside.objects.get(id=aside.id)
    row.last_number, row.last_at = row.last_number + 1, now
    row.save(update_fields=["last_number", "last_at"])
    return row.last_number


def line_up(message: UUID, part: int, now: datetime) -> None:
    """In the caller's transaction: this part of the message is to be sent."""
    enqueue(JOB, {"message": str(message), "part": part}, now, key=f"{message}:{part}")


def _plain(one: Sender) -> list[str]:
    return [one.kind.value, one.value, one.display_name]


def _said(vault: Vault, address: Address, row: AsideMessage) -> AsideSaid:
    try:
        body, is_erased = open_aside_body(vault, address, row), not row.body_cipher
    except Erased:
        body, is_erased = {}, True
    files = tuple(
        AsideFile(place, one["name"], one["media_type"], one["size"], one["problem"])
        for place, one in enumerate(body.get("files", ()))
    )
    return AsideSaid(
        id=row.id,
        number=row.number,
        is_ours=row.user_id is not None,
        who=row.user.name if row.user else str(body.get("from", "")),
        text=str(body.get("text", "")),
        quoted=str(body.get("quoted", "")),
        files=files,
        is_automatic=row.is_automatic,
        state=row.state,
        problem=row.problem,
        at=row.at,
        is_erased=is_erased,
    )
