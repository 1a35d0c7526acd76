"""Copies of a reply by mail: to who got the customer's own mails, where a colleague says so. Never by itself."""

from __future__ import annotations

from collections.abc import Sequence

from bot.house import House
from channels.contract_board import Asks
from core.errors import MalformedPayload
from core.message import AddressKind
from store.bodies import sender_of
from store.copies import may_get, named_by_customer
from store.models import Conversation, Inbox
from store.turns import Way
from store.vault import Erased

MOST = 20


def offered(house: House, row: Conversation, way: Way | None = None) -> tuple[str, ...]:
    """To whom a reply that goes this way may go too; nobody where it is no mail."""
    inbox, to = (way.inbox, way.address) if way is not None else (row.inbox, row.address)
    if to.kind != AddressKind.EMAIL or house.channel_of(inbox).can.address is not AddressKind.EMAIL:
        return ()
    named = named_by_customer(house.vault, row)
    if not named:
        return ()
    try:
        own = sender_of(house.vault, to).value
    except Erased:
        return ()
    boxes = _mailboxes(house, row)
    # A copy to a mailbox of ours would come back as a customer's.
    theirs = [one for one in named if all(box.asked(one) is not None for box in boxes)]
    others = [one for one in theirs if one != own]
    return tuple(one for one in others if may_get(house.vault, row.brand_id, inbox.id, one))[:MOST]


def _mailboxes(house: House, row: Conversation) -> list[Asks]:
    inboxes = Inbox.objects.filter(brand=row.brand_id, is_active=True)
    found = [house.channel_of(inbox) for inbox in inboxes]
    return [box for box in found if box.can.address is AddressKind.EMAIL and isinstance(box, Asks)]


def must_be_offered(
    house: House, row: Conversation, way: Way | None, wanted: Sequence[str]
) -> None:
    """Raises `MalformedPayload` where a copy is to go to somebody else."""
    if not wanted:
        return
    known = offered(house, row, way)
    for one in wanted:
        if one not in known:
            raise MalformedPayload(
                "A copy goes to who got the customer's own mail: %(address)s did not, or wants none.",
                address=one,
            )
