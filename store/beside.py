"""The second colleague, whom the first one asks while the caller is on hold: what their telephone tells, and the end of it. What moves them is `core.line`; beginning and handing over are `store.consult`.

Everything here happens inside a transaction that locks the conversation.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.line import ASKED, Beside, LineStep, Move, Standing, beside
from store.jobs import enqueue
from store.line_told import tell
from store.models import Call, Conversation

TELL_FIRST = "tell_first"
"""The job that tells the first colleague's call how it goes on."""
LET_GO = "let_go"
"""The job that ends a call which nobody waits for any more."""
MOST = 999
"""An address of the provider's carries no larger number."""


def take_beside(call: Call, conversation: Conversation, step: LineStep, now: datetime) -> None:
    """Carries out what was told of the second colleague, by their call or, when they have left, by the first one's."""
    if step.move is Move.ALONE and step.stint != min(call.aside_ring, MOST):
        return
    if step.leg and step.ring == call.aside_ring and not call.aside_leg:
        call.aside_leg = step.leg
        call.save(update_fields=["aside_leg"])
    was = Beside(call.beside)
    to = beside(was, step.move) if call.standing == Standing.HELD else was
    if to is was:
        return
    call.beside = to
    call.save(update_fields=["beside"])
    if step.move is not Move.MEET:
        tell(conversation, call, now)
    if was is Beside.RINGING:
        enqueue(TELL_FIRST, about_first(call), now)


def ends(call: Call, now: datetime) -> None:
    """The caller is no longer on hold: nobody is asked any more. A telephone that rings is put down; who speaks with the
    first one hears it when that one leaves, which they do by themselves unless the caller has gone."""
    if call.beside == Beside.RINGING and call.aside_leg:
        let_go(call, call.aside_leg, now)
    was_there = call.beside in ASKED and call.beside != Beside.RINGING
    call.beside = Beside.NOBODY
    if was_there and call.standing == Standing.TALKED:
        enqueue(TELL_FIRST, about_first(call), now)


def let_go(call: Call, leg: str, now: datetime) -> None:
    """That call is going to be ended."""
    enqueue(LET_GO, {"conversation": str(call.conversation_id), "leg": leg}, now)


def about_first(call: Call) -> dict[str, Any]:
    """For `TELL_FIRST`: nothing is told where it stands otherwise by then."""
    return {
        "conversation": str(call.conversation_id),
        "ring": call.ring,
        "standing": str(call.standing),
        "aside": call.aside_ring,
        "beside": str(call.beside),
    }
