"""What a worker sees of a conversation it has claimed: waiting and earlier messages, state, the customer's tickets.

Claiming and finishing are `store.turns`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from core.knowledge import Said
from core.message import Button, Sender
from core.rating import may_rate
from store.asked import is_answered_by, is_last_word
from store.bodies import Body, open_body, open_content, open_json, sender_of
from store.events import QUIET
from store.models import (
    AddressLink,
    Attachment,
    Conversation,
    Event,
    Message,
    Survey,
    Ticket,
)
from store.newest import newest
from store.statements import Columns, Given, Select
from store.vault import Erased, Vault

HISTORY = 12
OWN = 20
"""Tickets of the customer that a turn knows of."""
AT_ONCE = 40
"""Waiting messages that one turn answers together; what is left has the next turn."""


_SAID = Given("conversation", models.UUIDField())
_WAITING = Select(
    lambda: (
        Message.objects.filter(conversation=_SAID, author=Message.Author.CUSTOMER, turn=None)
        .select_related("address")
        .order_by("seq")
    )
)
_FIRST = (
    Message.objects.filter(conversation=_SAID, author=Message.Author.CUSTOMER, turn=None)
    .order_by("seq")
    .values("seq")[:1]
)
_BEFORE = Columns(
    lambda: (
        Message.objects.filter(
            conversation=_SAID,
            seq__lt=Coalesce(_FIRST, Given("end", models.BigIntegerField())),
        )
        .exclude(Q(kind=Message.Kind.NOTE) | Q(author=Message.Author.SYSTEM))
        .order_by("-seq")
        .values_list(
            "id", "seq", "author", "kind", "body_cipher", "address_id", "address__key_wrapped"
        )
    )
)
_LINK = Select(
    lambda: AddressLink.objects.filter(
        address=Given("address", models.UUIDField()), undone_at=None
    ).select_related("customer")
)
_WHO = AddressLink.objects.filter(
    address=Given("address", models.UUIDField()), undone_at=None
).values("customer")[:1]
_TICKETS = Select(
    lambda: (
        Ticket.objects.filter(
            conversation__address__addresslink__customer=_WHO,
            conversation__address__addresslink__undone_at=None,
        )
        .select_related("team")
        .order_by(newest())
    )
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An inbound message that no turn has answered; `address` and `inbox`: where it came from. `for_people`: why people
    get it at once; `is_quiet`: nothing of ours may be said to it by a machine. `written_to`: which address of the inbox,
    where it has several. `is_to_survey`: a reply to the very message that asked how it was, whatever was said since."""

    id: UUID
    seq: int
    text: str = field(repr=False)
    subject: str = field(repr=False)
    accepted_at: datetime
    wants_person: bool = False
    address: UUID | None = None
    inbox: UUID | None = None
    for_people: str = ""
    is_quiet: bool = False
    says_matter: bool = False
    written_to: str = ""
    is_to_survey: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message from before the waiting ones. `titles`: articles cited in it; `buttons`: choices it offered."""

    seq: int
    speaker: str
    kind: str
    text: str = field(repr=False)
    titles: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnTicket:
    """A ticket of the customer who is speaking."""

    number: int
    category: str
    status: str
    team: str
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A conversation that this worker may think about for a while.

    `earlier`: what was said before the waiting messages, oldest first. `state`: the dialogue state.
    `mail`: where a visitor who leaves is written to, known from their sign-in or their own words; empty for none.
    `has_ticket`: asked only of a resolved conversation, False for others. `survey_open`, `rated_at`: of one that is
    resolved, or in which somebody writes what may be a rating; `is_last_word`: nobody has spoken since that question.
    `wordless_since`: when it was rated last, if nothing has been said on why and these are the next words of who did.
    """

    conversation: UUID
    claim: int
    speaker_fence: int
    speaker: str
    status: str
    brand: str
    inbox: UUID
    channel: str
    language: str
    tier: str
    contact: Sender = field(repr=False)
    mail: str = field(repr=False)
    waiting: tuple[Waiting, ...]
    earlier: tuple[Earlier, ...] = field(repr=False)
    state: dict[str, Any] = field(repr=False)
    tickets: tuple[OwnTicket, ...]
    attempts: int
    survey_open: bool
    has_ticket: bool
    seen_to: int = -1
    """Number of the newest event of the conversation when it was claimed."""
    rated_at: datetime | None = None
    is_last_word: bool = False
    wordless_since: datetime | None = None
    until: datetime | None = None
    """End of the lease: no two claims of a conversation have the same."""

    @property
    def text(self) -> str:
        """The waiting messages as one."""
        return "\n".join(message.text for message in self.waiting)

    @property
    def history(self) -> tuple[Said, ...]:
        """The earlier turns as context for a question, oldest first."""
        return tuple(Said(item.speaker, item.text) for item in self.earlier)


def about_to_see(row: Conversation) -> None:
    """`seen_of` will be called: what it asks first of all such rows is one wait for the server."""
    _WAITING.expect(conversation=row.id, limit=AT_ONCE)
    _BEFORE.expect(conversation=row.id, end=row.last_seq + 1, limit=HISTORY)
    _LINK.expect(address=row.address_id, limit=1)
    _TICKETS.expect(address=row.address_id, limit=OWN)


def seen_of(vault: Vault, row: Conversation) -> Claimed:
    """Everything a turn may know, read in the transaction that claimed the row."""
    waiting = _WAITING.rows(conversation=row.id, limit=AT_ONCE)
    told = tuple(_waiting(vault, row, message) for message in waiting)
    before = _BEFORE.rows(conversation=row.id, end=row.last_seq + 1, limit=HISTORY)[::-1]
    link = _LINK.first(address=row.address_id)
    is_resolved = row.status == Conversation.Status.RESOLVED
    may_answer = is_resolved or any(may_rate(message.text) for message in told)
    survey = Survey.objects.filter(conversation=row).first() if may_answer else None
    return Claimed(
        conversation=row.id,
        claim=row.claim,
        speaker_fence=row.speaker_fence,
        speaker=row.speaker,
        status=row.status,
        brand=row.brand.slug,
        inbox=row.inbox_id,
        channel=row.inbox.channel,
        language=row.language,
        tier=link.customer.tier if link else "standard",
        contact=sender_of(vault, row.address),
        mail=_mail(vault, row),
        waiting=told,
        earlier=tuple(_earlier(vault, *columns) for columns in before),
        state=open_json(
            vault, row.address, f"conversation.state:{row.id}", bytes(row.state_cipher)
        ),
        tickets=own_tickets(row.address_id),
        attempts=row.turn_attempts,
        survey_open=survey is not None and survey.answered_at is None,
        rated_at=survey.answered_at if survey is not None else None,
        is_last_word=survey is not None and is_last_word(row),
        wordless_since=_wordless_since(vault, row, survey, waiting) if is_resolved else None,
        has_ticket=is_resolved and Ticket.objects.filter(conversation=row).exists(),
        seen_to=row.last_seq,
        until=row.lease_until,
    )


def _wordless_since(
    vault: Vault, row: Conversation, survey: Survey | None, waiting: Sequence[Message]
) -> datetime | None:
    if survey is None or survey.answered_at is None or not waiting:
        return None
    if open_json(vault, row.address, f"survey.comment:{survey.id}", bytes(survey.comment_cipher)):
        return None
    rated = Event.objects.filter(conversation=row, kind="rated").order_by("-seq").first()
    before = Message.objects.filter(conversation=row, author=Message.Author.CUSTOMER)
    last = before.filter(seq__lt=waiting[0].seq).order_by("-seq").first()
    if rated is None or last is None or last.seq > rated.seq:
        return None
    if any(message.address_id != last.address_id for message in waiting):
        return None
    brings_files = Attachment.objects.filter(message__in=[message.id for message in waiting])
    return None if brings_files.exists() else rated.at


def _mail(vault: Vault, row: Conversation) -> str:
    """The address that replies go to when they are not read here; empty where it was erased since."""
    if row.contact is None:
        return ""
    try:
        return sender_of(vault, row.contact).value
    except Erased:
        return ""


def _waiting(vault: Vault, row: Conversation, message: Message) -> Waiting:
    body = _opened(vault, message)
    wants_person = bool(body.extra.get("wants_person"))
    return Waiting(
        message.id,
        message.seq,
        body.text,
        body.subject,
        message.accepted_at,
        wants_person,
        message.address_id,
        message.inbox_id,
        str(body.extra.get("for_people", "")),
        bool(body.extra.get(QUIET)),
        bool(body.extra.get("says_matter")),
        str(body.extra.get("written_to", "")),
        is_to_survey=may_rate(body.text)
        and is_answered_by(row, str(body.extra.get("replies_to", ""))),
    )


def _earlier(
    vault: Vault,
    message: UUID,
    seq: int,
    author: str,
    kind: str,
    sealed: bytes,
    address: UUID,
    key: bytes | None,
) -> Earlier:
    """From the columns of `_BEFORE`: a turn looks at a dozen, and at little of each."""
    try:
        body = open_content(vault, message, bytes(sealed), address, key)
    except Erased:
        body = {}
    titles = tuple(item["title"] for item in body.get("citations", ()))
    buttons = tuple(Button(**item) for item in body.get("buttons", ()))
    return Earlier(seq, author, kind, body.get("text", ""), titles, buttons)


def _opened(vault: Vault, message: Message) -> Body:
    """The body; empty where another participant of the conversation was erased."""
    try:
        return open_body(vault, message)
    except Erased:
        return Body("")


def own_tickets(address: UUID) -> tuple[OwnTicket, ...]:
    """Tickets of every address that is linked to the customer of this one; nobody else's."""
    rows = _TICKETS.rows(address=address, limit=OWN)
    return tuple(
        OwnTicket(row.number, row.category, row.status, row.team.name, row.next_due) for row in rows
    )
