"""Speaking with a colleague first while the caller is on hold, and connecting the two. Who stands where is `store.consult`; what is said on the telephones is the channel's."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from bot import desk
from bot.house import House
from bot.permissions import May, may, require, tickets_of
from channels.contract_line import HoldsLine
from core.assignment import Available
from core.errors import Conflict, Failed, NotFound, PermanentFailure, Rejected
from core.ids import ThreadKey
from core.line import LineStep, Move, Ring
from core.message import Reply
from store import handover, tickets
from store.consult import (
    RING_SECOND,
    begin_consult,
    keep_second_leg,
    left_behind,
    on_the_phone,
    pass_on,
    second_missed,
    second_of,
    to_tell_first,
)
from store.faults import reached
from store.jobs import enqueue
from store.line import inbox_of
from store.mentions import mention
from store.models import Agent, Conversation, Inbox, User
from store.on_hold import HOLD, about_of
from store.presence import presence_of

log = structlog.get_logger()

LEAVES = frozenset({Move.DECLINE, Move.PART})


@dataclass(frozen=True, slots=True)
class Reachable:
    """A colleague who can be called about a ticket. `presence`: None for who takes no conversations."""

    id: UUID
    name: str
    presence: Available | None
    is_on_phone: bool


def colleagues(house: House, user: User, number: int) -> list[Reachable]:
    """Who may see the ticket, works on tickets and has a telephone, by name. Raises `NotFound`."""
    require(user, May.WORK_TICKETS)
    if not tickets_of(user).filter(number=number).exists():
        raise NotFound("There is no ticket %(number)s.", number=number)
    people = [one for one in _with_telephone(user) if _may_be_asked(one, number)]
    busy, now = on_the_phone({one.id for one in people}), house.clock()
    return [Reachable(one.id, one.name, presence_of(one, now), one.id in busy) for one in people]


def _with_telephone(user: User) -> list[User]:
    agents = Agent.objects.filter(user__is_active=True).exclude(phone="").exclude(user=user)
    return [agent.user for agent in agents.select_related("user").order_by("user__name")]


def _may_be_asked(colleague: User, number: int) -> bool:
    sees = tickets_of(colleague).filter(number=number).exists()
    return sees and may(colleague, May.WORK_TICKETS)


def ask(
    house: House, user: User, number: int, colleague: UUID, reason: str, version: int | None = None
) -> None:
    """The caller goes on hold, and the colleague's telephone rings; what they are asked is a note that mentions them.
    Raises `NotFound` for one who cannot be called, and `Conflict` where nobody speaks, or they are on the telephone."""
    words = desk.typed_in(reason)
    with desk.deed(house, user, number, "consult", version, colleague=str(colleague)) as change:
        found = next((one for one in _with_telephone(user) if one.id == colleague), None)
        if found is None or not _may_be_asked(found, number):
            raise NotFound("There is no such colleague who could be called about this ticket.")
        if on_the_phone({found.id}):
            raise Conflict("%(name)s is on the telephone.", name=found.name)
        row, now = change.finish.conversation, house.clock()
        note = tickets.note(change, Reply(words))
        mention(change, note, [found])
        meant, ring = begin_consult(house.vault, row, user, found, note, now)
        if meant is not None:
            enqueue(HOLD, about_of(meant), now)
        about = {"conversation": str(row.id), "ring": ring}
        enqueue(RING_SECOND, about, now, key=f"{row.id}.{ring}")
    house.doorbell.ring("jobs")


def connect_caller(house: House, user: User, number: int, version: int | None = None) -> None:
    """The caller whom the user keeps on hold speaks with the colleague whom they asked; the ticket is that one's. Raises
    `Conflict` where no colleague is on the line."""
    with desk.deed(house, user, number, "connect_caller", version) as change:
        row, now = change.finish.conversation, house.clock()
        second = pass_on(house.vault, row, user, now)
        desk.say_what_waits(house, change)
        handover.to_colleague(change, second)
    house.doorbell.ring("jobs")


def heed_leaving(house: House, inbox: Inbox, step: LineStep) -> None:
    """Who hangs up on a colleague whom they asked has connected the caller with them. Where that cannot be, the caller is
    back in line, and the colleague is told."""
    found = left_behind(house.vault, inbox, step) if step.move in LEAVES else None
    if found is None:
        return
    user, number = found
    try:
        connect_caller(house, user, number)
    except Rejected as problem:
        log.info("not_connected_by_leaving", problem=type(problem).__name__)


async def ring_second(house: House, about: dict[str, Any]) -> None:
    """One attempt to make the second colleague's telephone ring. What fails is told on the ticket and at the first
    one's telephone, not tried again."""
    conversation, ring = UUID(str(about["conversation"])), int(about["ring"])
    run = house.database.run
    found = await house.database.read(second_of, conversation, ring)
    if found is None:
        return
    inbox, phone = found
    channel = house.channel_of(inbox)
    webhook = f"{house.settings.public_url}/webhooks/{inbox.channel}/{inbox.slug}"
    try:
        assert isinstance(channel, HoldsLine)
        thread = ThreadKey(f"conversation:{conversation}")
        leg = await channel.ring(Ring(thread, ring, phone, webhook))
        reached("second_rung")
    except Failed as failure:
        log.warning("ring_failed", conversation=str(conversation), problem=type(failure).__name__)
        await run(second_missed, conversation, ring, house.clock())
        house.doorbell.ring("events", "jobs")
        return
    if not await run(keep_second_leg, conversation, ring, leg):
        with suppress(Failed):
            await channel.hang_up(leg)
        reached("second_let_go")


async def tell_first(house: House, about: dict[str, Any]) -> None:
    """How the first colleague's call goes on. Who is gone needs no word; what else fails is tried again, and they hear it
    meanwhile as often as they are told that the caller is on hold."""
    asked = await house.database.run(to_tell_first, house.vault, about, house.clock())
    if asked is None:
        return
    inbox, channel = asked.inbox, house.channel_of(asked.inbox)
    webhook = f"{house.settings.public_url}/webhooks/{inbox.channel}/{inbox.slug}"
    assert isinstance(channel, HoldsLine)
    with suppress(PermanentFailure):
        await channel.hold(asked.leg, asked.here, webhook)
    reached("first_told")


async def let_go(house: House, about: dict[str, Any]) -> None:
    """Ends a call that nobody waits for any more. One that is over needs it no longer; what else fails is tried again."""
    inbox = await house.database.read(_inbox, UUID(str(about["conversation"])))
    channel = house.channel_of(inbox)
    assert isinstance(channel, HoldsLine)
    with suppress(PermanentFailure):
        await channel.hang_up(str(about["leg"]))
    reached("let_go")


def _inbox(conversation: UUID) -> Inbox:
    return inbox_of(Conversation.objects.select_related("inbox").get(id=conversation))
