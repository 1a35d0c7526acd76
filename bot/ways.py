"""Which way a colleague's words go: where the customer wrote last, or where the colleague says, if the customer allows it."""

from __future__ import annotations

from collections.abc import Collection

from bot.house import House
from bot.reply import way_to
from core.errors import NotAllowed, NotFound
from core.message import AddressKind
from store.customers import addresses_of
from store.models import Address, Conversation, Inbox
from store.post_talk import private_way
from store.turns import Way
from store.ways import Reach, reaches_of


def reaches(
    house: House, row: Conversation, addresses: Collection[Address] | None = None
) -> list[Reach]:
    """Every way to the customer of this conversation, its own first. `addresses`: the customer's, if known."""
    if addresses is None:
        addresses = addresses_of(row.address_id)
    inboxes = list(Inbox.objects.filter(brand=row.brand_id, is_active=True).order_by("slug"))
    starters: dict[str, Inbox] = {}
    for inbox in inboxes:
        can = house.channel_of(inbox).can
        if can.starts:
            starters.setdefault(can.address, inbox)
    private = private_way(house.vault, row, house.clock())
    return reaches_of(house.vault, row, addresses, inboxes, starters, private)


def chosen(house: House, row: Conversation, name: str) -> Way | None:
    """The way of that name, or where the customer wrote last if there is none; None: as the conversation began.

    Raises `NotFound` for what is no way to this customer, `NotAllowed` where they want nothing from there.
    """
    for reach in reaches(house, row):
        if name == reach.name if name else reach.is_last:
            if reach.is_refused and name:
                raise NotAllowed("The customer wants no messages there.")
            return None if reach.is_own else way_to(house, row, reach.address, reach.inbox)
    if name:
        raise NotFound("There is no such way to this customer.")
    return None


def takes_words_alone(house: House, row: Conversation, way: Way | None) -> bool:
    """True for the one private answer to a public post: a single message, and no files."""
    private = private_way(house.vault, row, house.clock()) if way is not None else None
    return private is not None and way is not None and way.address.id == private.id


def is_in_public(row: Conversation, way: Way | None) -> bool:
    """True for what everybody will read."""
    to = way.address if way is not None else row.address
    return to.kind == AddressKind.PUBLIC
