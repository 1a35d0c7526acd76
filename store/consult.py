"""Asking a second colleague by telephone while the caller is on hold, and connecting the two, each step one transaction. What their telephones tell is `store.beside`; calling them is `bot.consult`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from core.errors import Conflict
from core.ids import ThreadKey
from core.line import (
    ASKED,
    AT_TELEPHONE,
    CONNECTED,
    THERE,
    Beside,
    LineStep,
    Move,
    Standing,
)
from store.beside import let_go, take_beside
from store.line import inbox_of, move_to
from store.line_seen import seen
from store.line_told import tell
from store.models import (
    Agent,
    Call,
    Conversation,
    ConversationKey,
    Inbox,
    Message,
    Ticket,
    User,
)
from store.on_hold import Asked, Meant, begin
from store.turns import lock
from store.vault import Vault

RING_SECOND = "ring_second"
"""The job that makes the second colleague's telephone ring."""


def on_the_phone(users: set[UUID]) -> set[UUID]:
    """Who of these is called, or speaks, by our telephone."""
    first = Call.objects.filter(agent__in=users, standing__in=AT_TELEPHONE)
    second = Call.objects.filter(aside_agent__in=users, beside__in=ASKED)
    found = [
        *first.values_list("agent_id", flat=True),
        *second.values_list("aside_agent_id", flat=True),
    ]
    return {one for one in found if one is not None}


def begin_consult(
    vault: Vault, conversation: Conversation, user: User, second: User, note: Message, now: datetime
) -> tuple[Meant | None, int]:
    """Inside a transaction that locks the conversation: the second colleague's telephone is going to ring. Their ring's
    number, and what is to be told first where the caller is not on hold yet. Raises `Conflict`."""
    call = Call.objects.select_for_update().filter(conversation=conversation, agent=user).first()
    if call is None or call.standing not in CONNECTED:
        raise Conflict("You are not on the telephone with this caller.")
    if call.beside in ASKED:
        raise Conflict("%(name)s is being asked already.", name=call.aside_agent)
    meant = None
    if call.standing != Standing.HELD:
        meant = begin(vault, conversation, user, Move.HOLD, now)
        call.refresh_from_db()
    if not call.leg:
        raise Conflict("Use your telephone: its call cannot be reached from here.")
    call.beside, call.aside_agent, call.aside_leg = Beside.RINGING, second, ""
    call.aside_ring, call.aside_note = max(call.ring, call.aside_ring) + 1, note
    call.save()
    tell(conversation, call, now)
    return meant, call.aside_ring


def second_of(conversation: UUID, ring: int) -> tuple[Inbox, str] | None:
    """The number that was called, and the telephone that shall ring; None where that is over."""
    call = _asked(conversation, ring).select_related("conversation__inbox").first()
    agent = Agent.objects.filter(user=call.aside_agent_id).first() if call else None
    if call is None or agent is None or not agent.phone or call.aside_leg:
        return None
    return inbox_of(call.conversation), agent.phone


def keep_second_leg(conversation: UUID, ring: int, leg: str) -> bool:
    """What the provider calls the second colleague's call; False where nobody waits for it any more."""
    return bool(_asked(conversation, ring).update(aside_leg=leg))


def _asked(conversation: UUID, ring: int) -> QuerySet[Call]:
    return Call.objects.filter(conversation=conversation, aside_ring=ring, beside__in=ASKED)


def second_missed(conversation: UUID, ring: int, now: datetime) -> None:
    """Their telephone could not be made to ring."""
    with transaction.atomic():
        row = lock(conversation)
        call = Call.objects.select_for_update().get(conversation=row)
        step = LineStep(ThreadKey(f"conversation:{row.id}"), Move.DECLINE, ring)
        if call.aside_ring == ring:
            take_beside(call, row, step, now)


def pass_on(vault: Vault, conversation: Conversation, user: User, now: datetime) -> User:
    """Inside a transaction that locks the conversation: the caller is the second colleague's from here on, and the
    first one's call is going to end. Who that is; their own call asks by itself how it goes on. Raises `Conflict`."""
    call = Call.objects.select_for_update().filter(conversation=conversation, agent=user).first()
    second = call.aside_agent if call else None
    if call is None or second is None or call.beside not in THERE:
        raise Conflict("No colleague is on the line with whom the caller could be connected.")
    if call.leg:
        let_go(call, call.leg, now)
    call.beside, call.agent = Beside.NOBODY, second
    call.ring, call.leg = call.aside_ring, call.aside_leg
    move_to(vault, call, conversation, Standing.TALKING, now)
    return second


def left_behind(vault: Vault, inbox: Inbox, step: LineStep) -> tuple[User, int] | None:
    """Who has left a second colleague with whom they spoke about a caller, and the number of the ticket; None where
    nothing of that kind was told."""
    key = ConversationKey.objects.filter(inbox=inbox, lookup=vault.lookup("thread", step.thread))
    by = Q(ring=step.ring) if step.move is Move.DECLINE else Q(aside_ring=step.ring)
    calls = Call.objects.filter(
        by,
        conversation__in=key.values("conversation"),
        standing=Standing.HELD,
        beside__in=THERE,
    )
    call = calls.select_related("agent", "conversation__ticket").first()
    if call is None or call.agent is None:
        return None
    return call.agent, call.conversation.ticket.number


def to_tell_first(vault: Vault, about: Mapping[str, Any], now: datetime) -> Asked | None:
    """How the first colleague's call goes on; None where it stands otherwise by now. To be sent to the second one is
    asked for once: asking twice would part the two."""
    with transaction.atomic():
        row = lock(UUID(str(about["conversation"])))
        call = Call.objects.select_for_update().filter(conversation=row).first()
        ticket = Ticket.objects.select_related("team__calendar").filter(conversation=row).first()
        if call is None or ticket is None or not call.leg:
            return None
        names = ("ring", "standing", "aside_ring", "beside")
        stands = tuple(getattr(call, name) for name in names)
        if stands != tuple(about[name] for name in ("ring", "standing", "aside", "beside")):
            return None
        if call.beside == Beside.ACCEPTED:
            call.beside = Beside.TALKING
            call.save(update_fields=["beside"])
        return Asked(inbox_of(row), call.leg, seen(vault, call, row, ticket, now))
