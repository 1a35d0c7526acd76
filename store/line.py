"""Who waits on the telephone for a person, each move one transaction. What a move does is `core.line`; ringing is `bot.line`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from core.errors import Conflict
from core.ids import ThreadKey
from core.line import (
    ASKED,
    AT_TELEPHONE,
    CONNECTED,
    ON_LINE,
    TOGETHER,
    InLine,
    LineStep,
    Move,
    Standing,
    moved,
)
from store.beside import ends, take_beside
from store.bodies import Body, seal_body
from store.events import Log
from store.line_seen import of_second, opening, seen
from store.line_told import answered, tell
from store.models import (
    Address,
    Call,
    Conversation,
    ConversationKey,
    Inbox,
    InboxRow,
    Message,
    Reservation,
    Ticket,
    User,
)
from store.receiving import Filed, attach
from store.statements import is_inserted
from store.turns import lock
from store.vault import Vault

HANG_UP = "hang_up"
"""The job that ends a colleague's call."""


def take_step(vault: Vault, inbox: Inbox, step: LineStep, now: datetime) -> InLine | None:
    """Carries out what the channel was told; how they stand now, None where nobody of this line is meant."""
    with _locked(vault, inbox, step.thread) as conversation:
        if conversation is None:
            return None
        ticket = Ticket.objects.select_related("team__calendar").filter(conversation=conversation)
        found = ticket.first()
        call = Call.objects.filter(conversation=conversation).first()
        if call is not None and _is_another(vault, call, step):
            if step.move is not Move.JOIN or call.standing in CONNECTED:
                return None
            call.delete()
            call = None
        if call is None and found is not None and step.move is Move.JOIN:
            call = _join(vault, inbox, conversation, found, step, now)
        elif call is not None and (not step.ring or step.ring == call.ring):
            if step.consents is not None:
                call.consents = step.consents
                call.save(update_fields=["consents"])
            if step.leg and not call.leg:
                call.leg = step.leg
                call.save(update_fields=["leg"])
            to = moved(Standing(call.standing), step.at(call.stint).move)
            move_to(vault, call, conversation, to, now)
            if step.move in {Move.ALONE, Move.MEET}:
                take_beside(call, conversation, step, now)
        elif call is not None and found and step.ring == call.aside_ring:
            take_beside(call, conversation, step, now)
            return of_second(vault, call, conversation, found, now)
        elif call is not None and step.ring:
            return _stale(vault, call, conversation)
        return seen(vault, call, conversation, found, now) if call and found else None


def begin_ring(vault: Vault, conversation: Conversation, user: User, now: datetime) -> int:
    """Inside a transaction that locks the conversation: the user's telephone is going to ring. The ring's number;
    raises `Conflict` where somebody else is being connected, or nobody can be called."""
    call = Call.objects.select_for_update().filter(conversation=conversation).first()
    if call is None or not (call.may_be_called or call.standing in ON_LINE):
        raise Conflict("There is no caller who could be reached.")
    standing = moved(Standing(call.standing), Move.RING)
    if standing == call.standing or standing not in {Standing.RINGING, Standing.RINGING_BACK}:
        raise Conflict("This caller is being connected already.")
    call.ring, call.agent, call.leg = max(call.ring, call.aside_ring) + 1, user, ""
    move_to(vault, call, conversation, standing, now)
    return call.ring


def ring_for_offer(number: int, now: datetime, vault: Vault) -> tuple[UUID, int, UUID] | None:
    """The telephone of who is being offered this ticket is going to ring, if its caller is on the line: conversation,
    the ring's number and the agent. None where nobody is, or the agent has no telephone."""
    with transaction.atomic():
        found = Ticket.objects.filter(number=number, assignee=None).first()
        if (
            found is None
            or not Call.objects.filter(
                conversation=found.conversation_id, standing=Standing.WAITING
            ).exists()
        ):
            return None
        row = lock(found.conversation_id)
        offer = _offer_of(found)
        if offer is None or not offer.agent.phone:
            return None
        try:
            ring = begin_ring(vault, row, offer.agent.user, now)
        except Conflict:
            return None
        return row.id, ring, offer.agent_id


def rung_at(number: int, user: User) -> tuple[UUID, int] | None:
    """The conversation and the ring's number, while this person's telephone rings for that ticket."""
    calls = Call.objects.filter(conversation__ticket__number=number, agent=user)
    return calls.filter(standing=Standing.RINGING).values_list("conversation_id", "ring").first()


def own_call(tickets: QuerySet[Ticket], user: User) -> Ticket | None:
    """Of these, the one with whose caller this person's telephone rings or is held, or about whose caller they are asked."""
    own = Q(conversation__call__agent=user, conversation__call__standing__in=AT_TELEPHONE)
    asked = Q(conversation__call__aside_agent=user, conversation__call__beside__in=ASKED)
    return (
        tickets.filter(own | asked)
        .select_related("conversation__call__agent", "conversation__call__aside_agent")
        .order_by("-conversation__call__moved_at")
        .first()
    )


def offered_by_ring(
    vault: Vault, inbox: Inbox, step: LineStep
) -> tuple[User, Reservation | None] | None:
    """Who is rung for a ticket that they do not have, and their offer of it, None where that is over; None where no
    offer is meant."""
    key = ConversationKey.objects.filter(inbox=inbox, lookup=vault.lookup("thread", step.thread))
    calls = Call.objects.filter(conversation__in=key.values("conversation"), ring=step.ring)
    call = calls.select_related("agent", "conversation__ticket").first()
    if call is None or call.agent is None:
        return None
    ticket = call.conversation.ticket
    if ticket.assignee_id == call.agent_id:
        return None
    offer = _offer_of(ticket)
    return call.agent, offer if offer and offer.agent.user_id == call.agent_id else None


def _offer_of(ticket: Ticket) -> Reservation | None:
    live = Reservation.objects.filter(ticket=ticket, state=Reservation.State.OFFERED)
    return live.select_related("agent__user").first()


def undo_ring(
    vault: Vault, conversation: UUID, ring: int, now: datetime, *, failed: bool = True
) -> None:
    """The telephone could not be made to ring, or its call is over without a word of that (not `failed`): the caller
    stands where they stood, or has talked."""
    with transaction.atomic():
        row = lock(conversation)
        call = Call.objects.select_for_update().get(conversation=row)
        if call.ring == ring:
            move_to(
                vault, call, row, moved(Standing(call.standing), Move.DECLINE), now, failed=failed
            )
        elif call.aside_ring == ring:
            gone = LineStep(ThreadKey(f"conversation:{row.id}"), Move.DECLINE, ring)
            take_beside(call, row, gone, now)


def keep_leg(conversation: UUID, ring: int, leg: str) -> None:
    """What the provider calls the colleague's call, while that is the latest one."""
    Call.objects.filter(conversation=conversation, ring=ring).update(leg=leg)


def own_leg(conversation: UUID, user: User) -> tuple[int, str] | None:
    """The number of the ringing, and the call, at which this person's own telephone rings or is held: for the caller, or
    for the colleague who asks them about one."""
    calls = Call.objects.filter(conversation=conversation)
    own = calls.filter(agent=user, standing__in=AT_TELEPHONE).values_list("ring", "leg")
    asked = calls.filter(aside_agent=user, beside__in=ASKED).values_list("aside_ring", "aside_leg")
    return own.first() or asked.first()


def is_together(conversation: UUID) -> bool:
    """True while the caller speaks with a colleague: nothing may break into that."""
    return Call.objects.filter(conversation=conversation, standing__in=CONNECTED).exists()


def is_over(conversation: UUID) -> bool:
    """True once the caller has hung up: nothing that is said there is heard."""
    ended = [Standing.TALKED, Standing.GONE, Standing.MESSAGE, Standing.CALL_BACK]
    return Call.objects.filter(conversation=conversation, standing__in=ended).exists()


def keep_recording(
    vault: Vault, inbox: Inbox, step: LineStep, file: Filed, now: datetime
) -> UUID | None:
    """A note with the recording of a talk, for colleagues only; its content is fetched later. None where it is
    known already, or the talk was not to be recorded."""
    with _locked(vault, inbox, step.thread) as row:
        call = Call.objects.filter(conversation=row).first() if row else None
        if row is None or call is None or not call.consents:
            return None
        arrival = InboxRow(
            inbox=inbox,
            lookup=vault.lookup("arrival", step.reference),
            content=vault.lookup("content", step.reference),
            received_at=now,
            conversation=row,
        )
        if not is_inserted(arrival):
            return None
        log = Log(row, now)
        message = Message(
            conversation=row,
            address=row.address,
            inbox=inbox,
            author=Message.Author.SYSTEM,
            kind=Message.Kind.NOTE,
            seq=log.next_seq(),
            turn=row.turns,
            sent_at=now,
            accepted_at=now,
        )
        text = f"Recording, {step.seconds // 60}:{step.seconds % 60:02d}"
        message.body_cipher = seal_body(vault, row.address, message, Body(text=text))
        message.save(force_insert=True)
        attach(vault, row.address, message, [file])
        log.add("note", "system", message=message)
        log.write()
        row.save(update_fields=["last_seq", "last_public_seq"])
        return message.id


def move_to(
    vault: Vault,
    call: Call,
    conversation: Conversation,
    standing: Standing,
    now: datetime,
    *,
    failed: bool = False,
) -> None:
    """Inside a transaction that locks the conversation: writes where the caller stands now, and that it happened."""
    if standing == call.standing:
        return
    if standing in TOGETHER and call.connected_at is None:
        call.connected_at = now
    if standing is Standing.TALKING or (standing, call.standing) == (
        Standing.TALKED,
        Standing.CALLING,  # whose telephone rang first; only now is it known that they spoke
    ):
        answered(conversation, now)
    was_held = call.standing == Standing.HELD
    call.standing, call.moved_at = standing, now
    if was_held:
        ends(call, now)
    call.save()
    tell(conversation, call, now, failed)


def _is_another(vault: Vault, call: Call, step: LineStep) -> bool:
    """True where the customer's own call is not the one that is known: they called again, or it is late news."""
    if step.ring or call.lookup is None:
        return False
    return bytes(call.lookup) != vault.lookup("thread", step.thread)


def inbox_of(conversation: Conversation) -> Inbox:
    """The number that was called; a conversation may have begun elsewhere."""
    call = Call.objects.select_related("inbox").filter(conversation=conversation).first()
    return (call.inbox if call else None) or conversation.inbox


def _caller(inbox: Inbox, conversation: Conversation) -> Address:
    said = Message.objects.filter(
        conversation=conversation, inbox=inbox, author=Message.Author.CUSTOMER
    )
    last = said.select_related("address").order_by("-seq").first()
    return last.address if last else conversation.address


def _join(
    vault: Vault,
    inbox: Inbox,
    conversation: Conversation,
    ticket: Ticket,
    step: LineStep,
    now: datetime,
) -> Call:
    is_there = opening(ticket.team, now) is None
    call = Call.objects.create(
        conversation=conversation,
        inbox=inbox,
        address=_caller(inbox, conversation),
        lookup=vault.lookup("thread", step.thread),
        standing=Standing.WAITING if is_there else Standing.AWAY,
        entered_at=now,
        moved_at=now,
        may_be_called=step.may_be_called,
    )
    tell(conversation, call, now)
    return call


def _stale(vault: Vault, call: Call, conversation: Conversation) -> InLine:
    """An old ringing of a telephone: to whoever picks it up, the caller is gone."""
    thread = ThreadKey(f"conversation:{conversation.id}")
    return InLine(thread, Standing.GONE, ring=call.ring)


@contextmanager
def _locked(vault: Vault, inbox: Inbox, thread: ThreadKey) -> Iterator[Conversation | None]:
    with transaction.atomic():
        key = ConversationKey.objects.filter(inbox=inbox, lookup=vault.lookup("thread", thread))
        found = key.values_list("conversation_id", flat=True).first()
        conversation = lock(found) if found else None
        is_erased = conversation is not None and conversation.address.key_wrapped is None
        yield None if is_erased else conversation
