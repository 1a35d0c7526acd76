"""Messages that wait for their recipient's morning, as people see them, and an urgent reply that does not. Delivering is `bot.deliver`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from bot.deliver import AWAKE
from bot.desk import deed
from bot.house import House
from bot.permissions import May, may, role_name
from channels.contract_quiet import KeepsQuiet
from core.errors import NotAllowed, NotFound
from store.desk_ticket import Item, Undelivered
from store.models import User
from store.outbox import has_spoken_since
from store.resting import Waits, waiting_in, wake


@dataclass(frozen=True, slots=True)
class Rest:
    """A part that waits. `until`: when it may go, on its recipient's clock."""

    waits: Waits
    until: datetime
    lets_replies_through: bool


def rests_in(house: House, conversation: UUID) -> list[Rest]:
    """What waits there for no other reason than the hour."""
    now, found = house.clock(), []
    for waits in waiting_in(house.vault, conversation):
        channel = house.channel_of(waits.inbox)
        until = channel.quiet_until(waits.to, now) if isinstance(channel, KeepsQuiet) else None
        if until is not None and isinstance(channel, KeepsQuiet):
            found.append(Rest(waits, until, channel.lets_replies_through))
    return [] if not found or has_spoken_since(conversation, now - AWAKE) else found


def with_rests(
    house: House, user: User, conversation: UUID, items: Sequence[Item]
) -> tuple[Item, ...]:
    """The thread, saying of each message that waits for the morning until when, and whether this person may send it now."""
    if not any(item.waits for item in items):
        return tuple(items)
    rests = rests_in(house, conversation)
    return tuple(_told(item, user, rests) for item in items) if rests else tuple(items)


def _told(item: Item, user: User, rests: Iterable[Rest]) -> Item:
    mine = next((one for one in rests if one.waits.message == item.message), None)
    if mine is None:
        return item
    resting = Undelivered(
        mine.waits.row, "resting", "", mine.until, may_go=_why_not(user, mine) is None
    )
    return replace(item, problems=(*item.problems, resting))


def send_now(house: House, user: User, number: int, row: int, version: int | None = None) -> None:
    """A colleague's own reply goes out in its recipient's quiet hours. Raises `NotFound`, `NotAllowed`, and `Conflict`
    when it does not wait for the hour any more.

    Laws on quiet hours are about what nobody asked for; an answer to who wrote is none. So it must be words of a
    person, to somebody who wrote from there, by their author or who may take over; consent is asked when it is sent.
    """
    with deed(house, user, number, "send_now", version, row=row) as change:
        rests = rests_in(house, change.finish.conversation.id)
        mine = next((one for one in rests if one.waits.row == row), None)
        if mine is None:
            raise NotFound("No message of this ticket waits for the morning by that number.")
        if refusal := _why_not(user, mine):
            raise refusal
        wake(change, mine.waits)


def _why_not(user: User, rest: Rest) -> NotAllowed | None:
    if not may(user, May.WORK_TICKETS):
        return NotAllowed(
            "Your role (%(name)s) does not permit this; an admin can change that.",
            name=role_name(user),
        )
    if not rest.lets_replies_through:
        return NotAllowed("The settings of this channel let nothing out in quiet hours.")
    if rest.waits.by is None:
        return NotAllowed("Only a colleague’s own reply may be sent in quiet hours.")
    if not rest.waits.answers:
        return NotAllowed(
            "The customer has not written from this number: it waits until they are awake."
        )
    if rest.waits.by != user.id and not may(user, May.TAKE_OVER):
        return NotAllowed("Only its author, or who may take over tickets, may send this now.")
    return None
