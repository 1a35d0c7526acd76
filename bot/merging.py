"""Merging two tickets of one customer, and taking that back. The transactions are `store.merging`."""

from __future__ import annotations

from bot.desk import deed
from bot.house import House
from bot.permissions import tickets_of
from channels.contract import Streams
from core.errors import Conflict
from store import merging
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
        merging.merge(change, other)


def split(house: House, user: User, number: int, version: int | None = None) -> None:
    """Takes a merging back. Raises `IllegalTransition` where there was none."""
    with deed(house, user, number, "split", version) as change:
        merging.split(change)
