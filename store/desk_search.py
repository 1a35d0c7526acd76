"""What a search shows: tickets with the place where the words stand, and the text that a ticket is found by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import QuerySet

from store.bodies import open_body
from store.desk import name_of, page_by_number, subject_of
from store.dossier_view import words_of_dossier
from store.models import Address, Attachment, Message, Ticket
from store.search import finds, matching
from store.statements import Given, Select
from store.vault import Vault, VaultError

AROUND = 60
"""Characters of a message shown on each side of a word that was found."""
READ_BACK = 40
"""Latest messages of a conversation that are read for that place."""
LONGEST_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A ticket that was found. `before`, `found`, `after`: the words around the place, if it is in a message."""

    number: int
    who: str = field(repr=False)
    subject: str = field(repr=False)
    status: str
    channel: str
    last_at: datetime
    before: str = field(default="", repr=False)
    found: str = field(default="", repr=False)
    after: str = field(default="", repr=False)


def search(
    vault: Vault, visible: QuerySet[Ticket], question: str, now: datetime, limit: int
) -> list[Hit]:
    """The newest tickets among `visible` that hold all words of the question; in five queries."""
    wanted = matching(vault, question)
    if wanted is None:
        return []
    found = visible.filter(wanted, conversation__address__key_wrapped__isnull=False)
    page = page_by_number(vault, found, now, after=None, limit=limit)
    places = _places(vault, [ticket for ticket, _, _ in page], question)
    return [
        Hit(
            ticket.number,
            row.who,
            row.subject or row.preview,
            ticket.status,
            row.channel,
            row.last_at,
            *places.get(ticket.conversation_id, ("", "", "")),
        )
        for ticket, row, _ in page
    ]


def _places(
    vault: Vault, tickets: Sequence[Ticket], question: str
) -> dict[UUID, tuple[str, str, str]]:
    rows = Message.objects.filter(conversation__in=[one.conversation_id for one in tickets])
    found: dict[UUID, tuple[str, str, str]] = {}
    read: dict[UUID, int] = defaultdict(int)
    for message in rows.select_related("address").order_by("-seq")[: READ_BACK * len(tickets)]:
        read[message.conversation_id] += 1
        if message.conversation_id in found or read[message.conversation_id] > READ_BACK:
            continue
        try:
            text = " ".join(open_body(vault, message).text.split())
        except VaultError:
            continue
        if place := finds(question, text):
            start, end = place
            before = text[max(start - AROUND, 0) : start]
            cut = "…" if start > AROUND else ""
            found[message.conversation_id] = (
                cut + before,
                text[start:end],
                text[end : end + AROUND],
            )
    return found


_TALK = Given("conversation", models.UUIDField())
_SAID = Select(
    lambda: Message.objects.filter(conversation=_TALK).select_related("address").order_by("-seq")
)
_FILES = Select(
    lambda: Attachment.objects.filter(message__conversation=_TALK).select_related(
        "message__address"
    )
)


def text_of(vault: Vault, ticket: Ticket) -> str:
    """All that a ticket is found by: who, subject, what was said and noted, names of files, tags, fields and tasks. `conversation__address`
    is loaded. Raises `Erased` when the customer's data is gone; other participants' words are then left out."""
    address = ticket.conversation.address
    parts = [name_of(vault, address), _value(vault, address), subject_of(vault, ticket)]
    length = 0
    for message in _SAID.rows(conversation=ticket.conversation_id):
        try:
            body = open_body(vault, message)
        except VaultError:
            continue
        parts += [body.subject, body.text]
        length += len(body.text)
        if length > LONGEST_TEXT:
            break
    return "\n".join([*parts, *_file_names(vault, ticket), *words_of_dossier(vault, ticket)])


def _value(vault: Vault, address: Address) -> str:
    """The address itself; a visitor's is a number of ours that nobody looks for."""
    if address.kind == "visitor":
        return ""
    place = f"address.value:{address.id}"
    return vault.open(address.key_wrapped, address.id, place, bytes(address.value_cipher)).decode()


def _file_names(vault: Vault, ticket: Ticket) -> list[str]:
    names = []
    for row in _FILES.rows(conversation=ticket.conversation_id):
        address, place = row.message.address, f"attachment.name:{row.message_id}"
        try:
            sealed = bytes(row.name_cipher)
            names.append(vault.open(address.key_wrapped, address.id, place, sealed).decode())
        except VaultError:
            continue
    return names
