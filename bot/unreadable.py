"""What could not be read is set aside whole, and whoever sent it is told once. When that is, `bot.fetch` decides; whom its first lines name, the channel."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from bot import texts
from bot.house import House
from bot.reply import tell
from channels.contract import Arrival
from channels.contract_board import Asks
from channels.contract_unread import Named, NamesSender
from core.errors import NotFound
from core.message import Reply
from store import unreadable
from store.models import Inbox, InboxRow, Message
from store.receiving import Cursor
from store.vault import VaultError

KEPT_FOR = timedelta(days=90)
"""So long its bytes are kept at least: there is nothing else of it."""


def set_aside(
    house: House,
    inbox: Inbox,
    arrival: Arrival,
    problem: str,
    cursor: Cursor,
    *,
    tells: bool = True,
) -> None:
    """One transaction: kept for a person, and its sender told, or nothing of both. The second time it says nothing.

    `tells`: False where whom it names has broken us too.
    """
    now = house.clock()
    raw_until = _until(house, now)
    with transaction.atomic():
        row = unreadable.quarantine(
            house.vault, inbox, arrival.body, problem, now=now, raw_until=raw_until, cursor=cursor
        )
        is_told = tells and row is not None and _tell(house, row, arrival, now)
    if is_told:
        house.doorbell.ring("outbox")


def _until(house: House, now: datetime) -> datetime:
    return now + max(KEPT_FOR, timedelta(days=house.settings.raw_days))


def _tell(house: House, row: InboxRow, arrival: Arrival, now: datetime) -> bool:
    channel = house.channel_of(row.inbox)
    named = channel.answerable(arrival) if isinstance(channel, NamesSender) else None
    if named is None or _is_ours(house, named):
        return False
    finish = unreadable.begin(house.vault, row, named.sender, named.keys, now)
    if finish is None:
        return False
    reply = Reply(texts.unreadable(row.inbox.brand.languages), kind="notice")
    tell(finish, reply, channel, author=Message.Author.SYSTEM)
    unreadable.complete(row, finish)
    return True


def _is_ours(house: House, named: Named) -> bool:
    """True for an address of any inbox of ours, whatever brand's: two of them would talk to each other."""
    for inbox in Inbox.objects.all():
        try:
            channel = house.channel_of(inbox)
        except (ValueError, NotFound, VaultError):
            continue  # with unusable settings it neither receives nor sends
        if channel.can.address is not named.sender.kind or not isinstance(channel, Asks):
            continue
        if channel.asked(named.sender.value) is None:
            return True
    return False
