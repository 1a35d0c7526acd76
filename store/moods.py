"""When a customer was upset, where the escalation matrix asks for it. Reading a message so is `bot.moods`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.escalation import Trigger
from store.bodies import open_body
from store.events import FeedEvent
from store.jobs import enqueue
from store.models import EscalationStep, Message, Ticket
from store.vault import Erased, Vault

JOB = "mood"
MOST = 20
"""Moments that are kept of a ticket; more change nothing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message whose mood is asked for."""

    text: str = field(repr=False)
    language: str


def ask_for_moods(events: Iterable[FeedEvent], now: datetime) -> int:
    """Inside a transaction: a job for each message of a customer to people, where the matrix wants to know."""
    said = {
        one.message: one.conversation
        for one in events
        if one.kind == "message" and one.actor == "customer" and one.message is not None
    }
    if not said:
        return 0
    policies = EscalationStep.objects.filter(clock=Trigger.UPSET.value).values("policy")
    rows = Ticket.objects.filter(
        conversation__in=set(said.values()), status=Ticket.Status.OPEN, policy__in=policies
    )
    listened = set(rows.values_list("conversation", flat=True))
    wanted = [message for message, conversation in said.items() if conversation in listened]
    for message in wanted:
        enqueue(JOB, {"message": str(message)}, now, key=str(message))
    return len(wanted)


def heard(vault: Vault, message: UUID) -> Heard | None:
    """What was said; None where it is erased, or a machine sent it."""
    row = Message.objects.select_related("address", "conversation").filter(id=message).first()
    if row is None or row.is_automatic:
        return None
    try:
        return Heard(open_body(vault, row).text, row.conversation.language)
    except Erased:
        return None


def note_upset(message: UUID, now: datetime) -> None:
    """This message reads as an urgent complaint; the watcher looks at its ticket at once."""
    with transaction.atomic():
        row = Message.objects.get(id=message)
        ticket = (
            Ticket.objects.select_for_update(no_key=True, of=("self",))
            .filter(conversation=row.conversation_id, status=Ticket.Status.OPEN)
            .first()
        )
        at = row.accepted_at.isoformat()
        if ticket is None or len(ticket.upset) >= MOST or at in ticket.upset:
            return
        ticket.upset = [*ticket.upset, at]
        ticket.escalate_at = now
        ticket.save(update_fields=["upset", "escalate_at"])
