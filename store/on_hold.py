"""Callers whom a colleague keeps on hold, each step one transaction. Who stands where is `store.line`; telling the provider is `bot.on_hold`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.errors import Conflict
from core.ids import ThreadKey
from core.line import Beside, InLine, Move, Standing, moved
from store.addresses import remember_keys
from store.line import inbox_of, move_to
from store.line_seen import seen
from store.line_told import answered
from store.models import Call, Conversation, Inbox, Ticket, User
from store.turns import lock
from store.vault import Vault

HOLD = "hold"
"""The job that tells the provider."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What is to be told of which caller: `standing` at the `stint` of that `ring`, and where they stood `before`."""

    conversation: UUID
    ring: int
    stint: int
    standing: Standing
    before: Standing
    beside: Beside = Beside.NOBODY
    """How it stood with a second colleague."""

    @property
    def is_called_back(self) -> bool:
        """The caller's own call hangs on the colleague's."""
        return (self.before, self.standing) == (Standing.CALLING, Standing.HELD)


def about_of(meant: Meant) -> dict[str, Any]:
    """What the job `HOLD` is given."""
    return {
        "conversation": str(meant.conversation),
        "ring": meant.ring,
        "stint": meant.stint,
        "standing": str(meant.standing),
        "before": str(meant.before),
        "beside": str(meant.beside),
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """A colleague's call, and how it is to go on."""

    inbox: Inbox
    leg: str = field(repr=False)
    here: InLine


def begin(vault: Vault, conversation: Conversation, user: User, move: Move, now: datetime) -> Meant:
    """Inside a transaction that locks the conversation: the user puts its caller on hold, or takes them back. Raises
    `Conflict` where they do not speak, or their call cannot be reached."""
    call = Call.objects.select_for_update().filter(conversation=conversation, agent=user).first()
    standing = moved(Standing(call.standing), move) if call else None
    if call is None or standing is None or standing == call.standing:
        raise Conflict("You are not on the telephone with this caller.")
    if not call.leg:
        raise Conflict("Use your telephone: its call cannot be reached from here.")
    before, aside = Standing(call.standing), Beside(call.beside)
    call.stint += move is Move.HOLD
    move_to(vault, call, conversation, standing, now)
    return Meant(conversation.id, call.ring, call.stint, standing, before, aside)


def to_tell(vault: Vault, meant: Meant, now: datetime) -> Asked | None:
    """What the provider is to be told; None where that is over, or was asked before: two calls that meet would be parted
    by asking twice, and so would two colleagues who speak meanwhile."""
    with transaction.atomic():
        row = lock(meant.conversation)
        call = _meant(meant)
        ticket = Ticket.objects.select_related("team__calendar").filter(conversation=row).first()
        if call is None or ticket is None:
            return None
        if meant.standing is Standing.TALKING:
            if call.joined == meant.stint:
                return None
            call.joined = meant.stint
            call.save(update_fields=["joined"])
        if call.beside == Beside.TALKING:
            return None
        if call.beside == Beside.ACCEPTED:
            # Told of the hold only now, the colleague goes to the second one at once.
            call.beside = Beside.TALKING
            call.save(update_fields=["beside"])
        return Asked(inbox_of(row), call.leg, seen(vault, call, row, ticket, now))


def keep_own_call(vault: Vault, meant: Meant, thread: ThreadKey, now: datetime) -> bool:
    """Who was called back is on the line from here on by a call of their own, and has spoken with the colleague. False
    where that is over."""
    with transaction.atomic():
        row = lock(meant.conversation)
        call = _meant(meant)
        if call is None:
            return False
        lookup = vault.lookup("thread", thread)
        if call.lookup is None or bytes(call.lookup) != lookup:
            remember_keys(vault, row, (thread,), inbox_of(row))
            answered(row, now)
        call.lookup = lookup
        call.save(update_fields=["lookup"])
        return True


def undo(vault: Vault, meant: Meant, now: datetime) -> None:
    """The provider refused: they stand where they stood."""
    with transaction.atomic():
        row = lock(meant.conversation)
        call = _meant(meant)
        if call is None:
            return
        is_held = meant.standing is Standing.HELD
        call.stint -= is_held
        call.joined = 0  # to meet again may be asked for once more
        move_to(vault, call, row, meant.before, now, failed=True)
        if meant.beside is Beside.TALKING:
            # They were not parted.
            call.beside = meant.beside
            call.save(update_fields=["beside"])


def _meant(meant: Meant) -> Call | None:
    """The call, if it still stands there."""
    return (
        Call.objects.select_for_update()
        .filter(
            conversation=meant.conversation,
            ring=meant.ring,
            stint=meant.stint,
            standing=meant.standing,
        )
        .first()
    )
