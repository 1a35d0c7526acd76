"""Merging two tickets of one customer, taking that back, and taking out what is another need. The transactions are
`store.merging` and `store.parting`."""

from __future__ import annotations

from uuid import UUID

from bot.desk import deed, say_what_waits
from bot.house import House
from bot.permissions import tickets_of
from channels.contract import Streams
from core.errors import Conflict, NotFound
from store import merging, parting
from store.desk_ticket import find_ticket
from store.models import User


def merge(house: House, user: User, number: int, into: int, version: int | None = None) -> None:
    """Ticket `number` ends in `into`, which goes on. Raises `NotFound` for what the user may not see, `Conflict`
    for other customers' tickets and for a chat, whose visitor would wait at a window in which nothing happens."""
    other = find_ticket(tickets_of(user), into)
    with deed(house, user, number, "merge", version, into=into) as change:
        if isinstance(house.channel_of(change.finish.conversation.inbox), Streams):
            raise Conflict(
                "A chat may still be open at the customer's: merge the other one into it."
            )
        say_what_waits(house, change)
        merging.merge(change, other)


def split(house: House, user: User, number: int, version: int | None = None) -> None:
    """Takes a merging back. Raises `IllegalTransition` where there was none."""
    with deed(house, user, number, "split", version) as change:
        merging.split(change)


def part(house: House, user: User, number: int, way: str, version: int | None = None) -> int:
    """What joined the thread from `way` (`store.ways.Reach.name`) is another need, and becomes a ticket of its own; its
    number. Merging that one into this takes it back. Raises `NotFound`."""
    address, inbox = ids_in(way)
    with deed(house, user, number, "part", version, way=way) as change:
        return parting.part(change, address, inbox)


def take_out(
    house: House, user: User, number: int, message: str, version: int | None = None
) -> int:
    """One mail of the customer is another need, and becomes a ticket of its own; its number. Merging that one into this takes it
    back. Raises `NotFound`, `Conflict`."""
    with deed(house, user, number, "take_out", version, message=message) as change:
        return parting.take_out(change, _id(message))


def _id(message: str) -> UUID:
    try:
        return UUID(message)
    except ValueError as error:
        raise NotFound("The customer wrote no such message here.") from error


def ids_in(way: str) -> tuple[UUID, UUID]:
    """The address and the inbox that a way names."""
    address, _, inbox = way.partition(".")
    try:
        return UUID(address), UUID(inbox)
    except ValueError as error:
        raise NotFound("There is no such way.") from error
