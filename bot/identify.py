"""From an anonymous visitor to a known one, on the signed word of the website. Checking that word is the adapter's."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from bot.house import House
from bot.reply import keep_contact
from store.events import Log
from store.models import Inbox
from store.turns import Finish, lock, write
from store.visitors import Account, Placed, place


def identify(house: House, inbox: Inbox, account: Account, here: UUID | None) -> Placed:
    """Places somebody known: in the conversation `here`, whose token they hold, or in another of their own.

    Whose visitor is another account of the same website already goes on elsewhere: that one's words stay its own.
    """
    now = house.clock()
    placed = place(house.vault, inbox, account, here, now)
    with transaction.atomic():
        row = lock(placed.conversation)
        finish = Finish(house.vault, row, now, Log(row, now))
        if placed.is_new:
            finish.log.add("customer_identified", "customer")
        if account.email and row.contact_id is None:
            keep_contact(house, finish, account.email)
        if placed.is_new or finish.changed:
            write(finish)
    house.doorbell.ring("events")
    return placed
