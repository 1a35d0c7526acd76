"""One ticket with everything an agent needs to see, as plain values; read-only. Lists are `store.desk`.

The ticket itself comes out of a query of what the reader may see; nothing here widens it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.errors import NotFound
from core.message import Sender
from core.reachable import says_only_where
from store.bodies import Body, open_body, open_json, sender_of
from store.clocks import read_clocks
from store.desk import Due, due_of, subject_of
from store.models import (
    Address,
    AddressLink,
    Attachment,
    Event,
    Inbox,
    Message,
    OutboxRow,
    Survey,
    Team,
    Ticket,
    User,
)
from store.neighbours import Near, neighbours_for
from store.newest import newest
from store.participants import other_writer
from store.vault import Erased, Vault

THREAD = 400
"""How many of a conversation's latest events one page shows."""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment; `problem` says why its content was not kept."""

    id: UUID
    name: str = field(repr=False)
    media_type: str
    size: int
    problem: str

    @property
    def is_heard(self) -> bool:
        """Sound that is here, to be played where the message stands."""
        return not self.problem and self.media_type.startswith("audio/")


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A part of a message that the customer may not have. `state`: waiting (it failed and is tried again), dead, unknown,
    or resting: it waits for the customer's morning, `next_try` on their clock; `may_go`: the reader may send it now."""

    row: int
    state: str
    reason: str
    next_try: datetime | None
    may_go: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a thread: something said (`body` is there), or something that happened."""

    seq: int
    kind: str
    at: datetime
    actor: str
    name: str
    data: dict[str, Any] = field(default_factory=dict, repr=False)
    message: UUID | None = None
    author: str = ""
    channel: str = ""
    inbox: Inbox | None = field(default=None, repr=False)
    body: Body | None = field(default=None, repr=False)
    is_note: bool = False
    is_automatic: bool = False
    is_public: bool = False
    writer: str = field(default="", repr=False)  # of a customer's message that is somebody else's
    is_erased: bool = False
    files: tuple[File, ...] = ()
    problems: tuple[Undelivered, ...] = ()
    waits: bool = False  # a part of it was not sent yet, and has not failed


@dataclass(frozen=True, slots=True)
class Other:
    """Another ticket of the same customer that the reader may see."""

    number: int
    subject: str = field(repr=False)
    status: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket as its page shows it. `sender` is None once the customer's data was erased; `contact`: where
    what people answer is sent too."""

    ticket: Ticket
    subject: str = field(repr=False)
    sender: Sender | None = field(repr=False)
    contact: Sender | None = field(repr=False)
    tier: str
    thread: tuple[Item, ...] = field(repr=False)
    is_cut: bool
    packet: dict[str, Any] = field(repr=False)
    verdict: dict[str, Any] = field(repr=False)
    clocks: tuple[Due, ...]
    others: tuple[Other, ...]
    neighbours: tuple[Near, ...] = field(repr=False)
    survey: Survey | None
    teams: tuple[Team, ...]
    categories: tuple[str, ...]


def open_ticket_page(
    vault: Vault,
    visible: QuerySet[Ticket],
    number: int,
    now: datetime,
    *,
    with_thread: bool = True,
) -> Opened:
    """Everything about ticket `number`. Raises `NotFound` when it is not among `visible`."""
    ticket = find_ticket(visible, number)
    address = ticket.conversation.address
    sender: Sender | None
    try:
        sender = sender_of(vault, address)
        subject = subject_of(vault, ticket)
        packet = open_json(
            vault, address, f"ticket.packet:{ticket.id}", bytes(ticket.packet_cipher)
        )
        verdict = _verdict(vault, ticket)
    except Erased:
        sender, subject, packet, verdict = None, "", {}, {}
    thread, is_cut = _thread(vault, ticket) if with_thread else ((), False)
    read = read_clocks(ticket, now)
    readings = (read.response, read.next_response, read.resolution)
    return Opened(
        ticket=ticket,
        subject=subject,
        sender=sender,
        contact=_contact(vault, ticket),
        tier=_tier(address),
        thread=thread,
        is_cut=is_cut,
        packet=packet,
        verdict=verdict,
        clocks=tuple(due_of(reading) for reading in readings if reading),
        others=same_customer(vault, visible, ticket),
        neighbours=neighbours_for(vault, visible, verdict),
        survey=getattr(ticket.conversation, "survey", None),
        teams=tuple(Team.objects.filter(brand=ticket.brand_id).order_by("name")),
        categories=_categories(ticket, verdict),
    )


def find_ticket(visible: QuerySet[Ticket], number: int) -> Ticket:
    """The ticket with all that its page reads. Raises `NotFound`."""
    rows = visible.select_related(
        "conversation__address",
        "conversation__inbox",
        "conversation__contact",
        "conversation__call__agent",
        "conversation__speaker_user",
        "conversation__survey",
        "team",
        "assignee",
        "policy__calendar",
        "decision",
    )
    found = rows.filter(number=number).first()
    if found is None:
        raise NotFound(
            "There is no ticket %(number)s, or it belongs to a team that you are not in.",
            number=number,
        )
    return found


def last_asked(vault: Vault, ticket: Ticket) -> str:
    """The customer's last own words that say more than where to reach them; empty where they are erased."""
    theirs = Message.objects.filter(author=Message.Author.CUSTOMER, is_automatic=False)
    rows = theirs.filter(conversation=ticket.conversation_id).select_related("address")
    try:
        said = [open_body(vault, message).text for message in rows.order_by("-seq")[:5]]
    except Erased:
        return ""
    return next((text for text in said if not says_only_where(text)), "".join(said[:1]))


def find_message(visible: QuerySet[Ticket], number: int, message: UUID) -> Message:
    """A message of this ticket, with its address. Raises `NotFound`."""
    ticket = find_ticket(visible, number)
    theirs = Message.objects.filter(conversation=ticket.conversation_id)
    found = theirs.select_related("address").filter(id=message).first()
    if found is None:
        raise NotFound("There is no such message on this ticket.")
    return found


@dataclass(frozen=True, slots=True)
class Sealed:
    """Where a file lies, and its key in the clear."""

    name: str = field(repr=False)
    stored_as: str
    key: bytes = field(repr=False)


def find_file(vault: Vault, visible: QuerySet[Ticket], number: int, file: UUID) -> Sealed:
    """A kept attachment of this ticket. Raises `NotFound`, also when its content was not kept."""
    ticket = find_ticket(visible, number)
    row = (
        Attachment.objects.select_related("message__address")
        .filter(id=file, message__conversation=ticket.conversation_id)
        .exclude(stored_as="")
        .first()
    )
    if row is None:
        raise NotFound("There is no such file on this ticket.")
    address = row.message.address
    place = f"attachment.key:{row.stored_as}"
    key = vault.open(address.key_wrapped, address.id, place, bytes(row.key_cipher))
    return Sealed(_file_name(vault, row, address), row.stored_as, key)


def _contact(vault: Vault, ticket: Ticket) -> Sender | None:
    contact = ticket.conversation.contact
    try:
        return sender_of(vault, contact) if contact else None
    except Erased:
        return None


def _verdict(vault: Vault, ticket: Ticket) -> dict[str, Any]:
    decision = ticket.decision
    if decision is None:
        return {}
    address = ticket.conversation.address
    place = f"decision.verdict:{decision.id}"
    verdict = open_json(vault, address, place, bytes(decision.verdict_cipher))
    assert isinstance(verdict, dict)
    return verdict


def _categories(ticket: Ticket, verdict: dict[str, Any]) -> tuple[str, ...]:
    """What the router can tell apart, and what this ticket is now."""
    known = {str(scored["name"]) for scored in verdict.get("categories", ())}
    return tuple(sorted(known | {ticket.category, "other"}))


def _tier(address: Address) -> str:
    link = AddressLink.objects.filter(address=address, undone_at=None).select_related("customer")
    found = link.first()
    return found.customer.tier if found else "standard"


def same_customer(vault: Vault, visible: QuerySet[Ticket], ticket: Ticket) -> tuple[Other, ...]:
    """Tickets of every address that belongs to the same customer, as far as the reader may see them."""
    customer = AddressLink.objects.filter(
        address=ticket.conversation.address_id, undone_at=None
    ).values("customer")
    addresses = AddressLink.objects.filter(customer__in=customer, undone_at=None).values("address")
    rows = (
        visible.filter(conversation__address__in=addresses)
        .exclude(id=ticket.id)
        .select_related("conversation__address")
        .order_by(newest())[:8]
    )
    return tuple(Other(row.number, _subject(vault, row), row.status, row.opened_at) for row in rows)


def _subject(vault: Vault, ticket: Ticket) -> str:
    try:
        return subject_of(vault, ticket)
    except Erased:
        return ""


def _thread(vault: Vault, ticket: Ticket) -> tuple[tuple[Item, ...], bool]:
    found = Event.objects.filter(conversation=ticket.conversation_id).select_related(*_OF_EVENT)
    events = list(found.order_by("-seq")[: THREAD + 1])
    return _items(vault, ticket.conversation_id, events[:THREAD][::-1]), len(events) > THREAD


def items_after(
    vault: Vault, conversation: UUID, after: int, limit: int, *, only_said: bool = False
) -> tuple[Item, ...]:
    """What happened in a conversation after `after`, oldest first; `only_said`: messages and notes alone."""
    found = Event.objects.filter(conversation=conversation, seq__gt=after)
    if only_said:
        found = found.filter(message__isnull=False)
    events = list(found.select_related(*_OF_EVENT).order_by("seq")[:limit])
    return _items(vault, conversation, events)


_OF_EVENT = ("message__address", "message__user", "message__inbox")


def _items(vault: Vault, conversation: UUID, events: list[Event]) -> tuple[Item, ...]:
    messages = [event.message for event in events if event.message is not None]
    names = _names(events)
    files, (problems, waiting) = _files(vault, messages), _problems(conversation)
    found = (_item(vault, event, names, files, problems) for event in events)
    return tuple(replace(one, waits=one.message in waiting) for one in found)


def _names(events: Iterable[Event]) -> dict[str, str]:
    """Names of the colleagues who acted, by `user:<id>`."""
    ids = {event.actor.removeprefix("user:") for event in events if event.actor.startswith("user:")}
    found = User.objects.filter(id__in=ids).values_list("id", "name")
    return {f"user:{user}": name for user, name in found}


def _files(vault: Vault, messages: Iterable[Message]) -> dict[UUID, list[File]]:
    addresses = {message.id: message.address for message in messages}
    found: dict[UUID, list[File]] = defaultdict(list)
    for row in Attachment.objects.filter(message__in=list(addresses)).order_by("id"):
        name = _file_name(vault, row, addresses[row.message_id])
        problem = row.problem or ("" if row.stored_as else "not kept")
        found[row.message_id].append(File(row.id, name, row.media_type, row.size, problem))
    return found


def _file_name(vault: Vault, row: Attachment, address: Address) -> str:
    place = f"attachment.name:{row.message_id}"
    try:
        return vault.open(address.key_wrapped, address.id, place, bytes(row.name_cipher)).decode()
    except Erased:
        return ""


def _problems(conversation: UUID) -> tuple[dict[UUID, list[Undelivered]], set[UUID]]:
    """What the customer may not have got: given up, unknown, or failing at this moment; and which messages just wait."""
    rows = OutboxRow.objects.filter(conversation=conversation).exclude(
        state__in=[OutboxRow.State.SENT, OutboxRow.State.CANCELLED]
    )
    found: dict[UUID, list[Undelivered]] = defaultdict(list)
    waiting: set[UUID] = set()
    for row in rows.order_by("id"):
        if row.state == OutboxRow.State.WAITING and not row.last_error:
            waiting.add(row.message_id)
            continue
        found[row.message_id].append(Undelivered(row.id, row.state, row.last_error, row.not_before))
    return found, waiting


def _item(
    vault: Vault,
    event: Event,
    names: dict[str, str],
    files: dict[UUID, list[File]],
    problems: dict[UUID, list[Undelivered]],
) -> Item:
    message = event.message
    name = names.get(event.actor, "")
    if message is None:
        return Item(event.seq, event.kind, event.at, event.actor, name, event.data)
    try:
        body: Body | None = open_body(vault, message)
    except Erased:
        body = None
    return Item(
        seq=event.seq,
        kind=event.kind,
        at=message.sent_at,
        actor=event.actor,
        name=message.user.name if message.user else name,
        data=event.data,
        message=message.id,
        author=message.author,
        channel=message.inbox.channel,
        inbox=message.inbox,
        writer=other_writer(vault, message) if event.public_seq is None else "",
        body=body or Body(text=""),
        is_note=message.kind == Message.Kind.NOTE,
        is_automatic=message.is_automatic,
        is_public=event.public_seq is not None,
        is_erased=body is None,
        files=tuple(files.get(message.id, ())),
        problems=tuple(problems.get(message.id, ())),
    )
