"""What must not be sent though it waits: to those who want nothing, to addresses that do not exist, to machines that answer machines."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from core.message import AddressKind
from store.backlog import is_answered_since
from store.consent import REASON, is_refused
from store.events import QUIET, Log
from store.models import Address, Event, Message, OutboxRow
from store.turns import lock

ANSWERED = "the answer came before this could be said"
GONE_EVENT = "address_gone"
GONE_FOR = timedelta(days=60)
"""So long nothing is sent to an address that a mail server said does not exist."""
GONE = "mail to this address came back: it does not exist"
READ = "read in the chat"
IN_PUBLIC = "only people speak where everybody reads"
MACHINE = "so many automatic mails in so short a time: a machine may be answering"
THROUGH_A_LIST = "the last mail came through a list or forbids it: no machine answers"
AUTOMATIC = ((timedelta(hours=1), 5), (timedelta(days=1), 20))
"""So many mails a machine of ours sends to one address, whatever the headers of the answers say."""


def reason_against(row: OutboxRow, now: datetime) -> str:
    """Why this row must not be sent, empty where it may. Asked when it is leased, so that the last word counts."""
    if is_refused(row.address, row.inbox_id):
        return REASON
    if is_answered_since(row.message):
        return ANSWERED
    if is_read(row):
        return READ
    if row.address.kind == AddressKind.PUBLIC and row.message.is_automatic:
        return IN_PUBLIC
    if row.address.kind != AddressKind.EMAIL:
        return ""
    if is_gone(row.address_id, now):
        return GONE
    if row.message.is_automatic and answers_a_machine(row.address_id, now):
        return MACHINE
    if row.message.is_automatic and is_quiet(row.conversation_id):
        return THROUGH_A_LIST
    return ""


def is_quiet(conversation: UUID) -> bool:
    """True where the customer's last words came through a list, or forbid every answer of a machine: only people speak."""
    said = Event.objects.filter(
        conversation=conversation,
        kind="message",
        message__author=Message.Author.CUSTOMER,
        message__is_automatic=False,
    )
    told = said.order_by("-seq").values_list("data", flat=True).first()
    return bool(told and told.get(QUIET))


def is_read(row: OutboxRow) -> bool:
    """True for the mail of a colleague's words, or of the question how it was, that were read in the chat meanwhile.
    Once tried, it is sent."""
    said = row.message
    goes_twice = said.author == Message.Author.AGENT or said.kind == Message.Kind.SURVEY
    if row.not_before is None or row.attempts or not goes_twice:
        return False
    seq = Event.objects.filter(message=row.message_id).values_list("public_seq", flat=True).first()
    return seq is not None and seq <= row.conversation.seen_public_seq


def answers_a_machine(address: UUID, now: datetime) -> bool:
    """True when no more automatic mail may go there for a while: a loop ends here when nothing else ended it, also in
    a conversation that began elsewhere."""
    if not Address.objects.filter(id=address, kind=AddressKind.EMAIL).exists():
        return False
    sent = OutboxRow.objects.filter(
        address=address,
        message__is_automatic=True,
        state__in=[OutboxRow.State.SENT, OutboxRow.State.UNKNOWN],
    )
    return any(sent.filter(settled_at__gt=now - span).count() >= most for span, most in AUTOMATIC)


def is_gone(address: UUID, now: datetime) -> bool:
    """True when mail to this address came back for good, and nobody has written from it since."""
    # Whatever came back had been sent: its conversation is found by that, where "address or contact" reads them all.
    theirs = OutboxRow.objects.filter(address=address).values("conversation")
    events = Event.objects.filter(conversation__in=theirs, kind=GONE_EVENT)
    # By the conversation's index: ordered by number, a planner walks through all events from the newest.
    theirs_gone = events.filter(data__address=str(address), at__gt=now - GONE_FOR)
    last = theirs_gone.aggregate(last=Max("at"))["last"]
    if last is None:
        return False
    written = Message.objects.filter(address=address, author=Message.Author.CUSTOMER)
    return not written.filter(is_automatic=False, accepted_at__gt=last).exists()


def note_gone(row_id: int, now: datetime) -> None:
    """A mail server said that the recipient of this row does not exist."""
    with transaction.atomic():
        row = OutboxRow.objects.get(id=row_id)
        conversation = lock(row.conversation_id)
        log = Log(conversation, now)
        log.add(GONE_EVENT, "system", data={"address": str(row.address_id)})
        log.write()
        conversation.save(update_fields=["last_seq", "last_public_seq"])
