"""Honest words in a backlog: who will wait longer than is promised is told so, once, and about how long. Whose turn it is: `store.fairness`."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import texts
from bot.house import House
from bot.reply import parts_of
from channels.contract import AnswersInline
from core.message import AddressKind, Reply
from store.backlog import PACE, Waiter, inbox_of, pace, tell_wait, waiters
from store.overdue import turn_waits

SOON = timedelta(seconds=3)
"""Nobody is told before they have waited for so long: most are answered by then."""
AT_ONCE = 40
"""So many in one round, for telling takes time from answering."""


def tell_of_waits(house: House, now: datetime) -> int:
    """Tells those whose answer will come later than `work.tell_wait_seconds` after they asked; how many. In a
    database thread."""
    limit = timedelta(seconds=house.settings.work.tell_wait_seconds)
    if not limit or turn_waits(now) < SOON:
        return 0
    served = pace(now)
    told = 0
    for waiter in waiters(now):
        if now - waiter.since < SOON or told == AT_ONCE:
            break
        still = PACE * waiter.place / served if served else None
        if now - waiter.since + (still or timedelta(0)) >= limit:
            told += _tell(house, waiter, still, now)
    if told:
        house.doorbell.ring("outbox")
    return told


def _tell(house: House, waiter: Waiter, still: timedelta | None, now: datetime) -> bool:
    inbox = inbox_of(waiter)
    channel = house.channel_of(inbox)
    # A mail is not read while one waits; a caller hears its words in the call itself.
    if channel.can.address is AddressKind.EMAIL or isinstance(channel, AnswersInline):
        return False
    language = waiter.language or (inbox.brand.languages or ["en"])[0]
    reply = Reply(texts.waiting(language, still), kind="notice")
    return tell_wait(house.vault, waiter, reply, parts_of(reply, channel, language), now)
