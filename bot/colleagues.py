"""Where colleagues work from beside the desk: codes that show who they are there, and taking that back. Their deeds there are `bot.at_board`."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from bot.house import House
from bot.permissions import May, require
from store import colleagues
from store.audit import record
from store.colleagues import Linked
from store.models import User


def new_code(house: House, user: User) -> str:
    """A code to enter at a provider within ten minutes. Raises `NotAllowed` for who works on no tickets."""
    require(user, May.WORK_TICKETS)
    return colleagues.new_code(user, house.clock())


def addresses(house: House, user: User) -> list[Linked]:
    """Where this person is known."""
    return colleagues.addresses_of(house.vault, user)


def forget(house: House, user: User, address: UUID) -> None:
    """They are not known there any more. Raises `NotFound`."""
    with transaction.atomic():
        colleagues.forget(user, address)
        record(
            house.vault,
            at=house.clock(),
            actor=f"user:{user.id}",
            action="colleague.forget",
            subject=f"user:{user.id}",
            details={"address": str(address)},
        )
