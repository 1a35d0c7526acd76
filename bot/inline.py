"""Replies that travel in the response to the customer's own call (voice, modals). All other replies are `bot.deliver`'s.

What a turn says on such a channel is held back from delivery while the call may still be waiting for it;
whoever comes first after that, delivers it.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog
from django.db import Error as DatabaseError

from bot.deliver import LEASE, outbound_of
from bot.house import House
from channels.contract import (
    Answer,
    AnswersInline,
    Arrival,
    Channel,
    Reacts,
    Repeats,
    ShowsTickets,
    Signs,
)
from channels.contract_line import HoldsLine
from core.errors import ThreadlineError
from store.database import AT_ONCE
from store.faults import reached
from store.models import Inbox, Message
from store.onlookers import open_tickets_of
from store.outbox import anything_for, lease_of, mark_retry, mark_sent, said_last
from store.receiving import Accepted
from store.turns import Finish

log = structlog.get_logger()

GLANCE_SECONDS = 0.05
REACTION_SECONDS = 1.5
"""Providers wait 3 seconds for the acknowledgement, and for what is shown."""
SHOWN_SECONDS = 0.5
"""So long an acknowledgement waits for that."""
MANY_WAIT = 2 * AT_ONCE
"""Behind so many that wait to be stored, acknowledging has fallen behind."""
MARGIN = timedelta(seconds=2)
"""What rendering and recording may take after the last glance."""


def held_until(channel: Channel, finish: Finish) -> datetime | None:
    """Until when only the customer's own call may carry what is said now; None on other channels."""
    if not isinstance(channel, AnswersInline):
        return None
    asked = (
        Message.objects.filter(conversation=finish.conversation, author=Message.Author.CUSTOMER)
        .order_by("-seq")
        .values_list("accepted_at", flat=True)
        .first()
    )
    return (asked or finish.now) + timedelta(seconds=channel.inline_seconds) + MARGIN


async def begin_to_react(house: House, inbox: Inbox, arrival: Arrival) -> asyncio.Task[None] | None:
    """`react`, for a moment waited for; the task in which it goes on, None where nothing is shown. A provider that is slow to
    show something is not kept from hearing that we have its message, and none waits for the sign that we write: that is
    left out while many wait to be acknowledged, who would wait for it."""
    channel = house.channel_of(inbox)
    if not isinstance(channel, Reacts | ShowsTickets):
        return None
    is_sign = _is_mere_sign(channel, arrival)
    if is_sign and house.database.waiting > MANY_WAIT:
        return None
    showing = asyncio.create_task(react(house, inbox, arrival))
    if not is_sign:
        await asyncio.wait({showing}, timeout=SHOWN_SECONDS)
    return showing


def _is_mere_sign(channel: Channel, arrival: Arrival) -> bool:
    try:
        return isinstance(channel, Signs) and channel.is_mere_sign(arrival)
    except ThreadlineError:
        return False


async def react(house: House, inbox: Inbox, arrival: Arrival) -> None:
    """Lets the channel show what belongs to an arrival; whatever comes of it, that is acknowledged."""
    channel = house.channel_of(inbox)
    try:
        async with asyncio.timeout(REACTION_SECONDS):
            if isinstance(channel, Reacts):
                await channel.react(arrival)
                reached("reacted")
            if isinstance(channel, ShowsTickets) and (person := channel.onlooker(arrival)):
                read = house.database.read
                tickets = await read(open_tickets_of, house.vault, inbox, person)
                await channel.show_tickets(person, tickets)
                reached("tickets_shown")
    except (ThreadlineError, TimeoutError, DatabaseError) as problem:
        log.warning("reaction_failed", channel=channel.name, problem=type(problem).__name__)


async def answer_inline(
    house: House, inbox: Inbox, arrival: Arrival, accepted: Accepted, worker: str
) -> Answer:
    """Waits for what is said to this arrival, up to the channel's limit, and renders it; else the
    channel's holding answer, and the reply goes out the ordinary way. Where no turn of the bot follows, for
    people have the word, nobody is kept waiting for one: a caller gets a place in their line."""
    channel = house.channel_of(inbox)
    assert isinstance(channel, AnswersInline)
    if not (accepted.wants_turn or accepted.is_duplicate):
        if isinstance(channel, HoldsLine):
            return channel.for_people(arrival)
        return channel.holding(arrival)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + channel.inline_seconds
    while loop.time() < deadline:
        if await house.database.read(anything_for, accepted.conversation, inbox.id):
            answer = await _render(house, inbox, arrival, accepted, worker)
            if answer is not None:
                return answer
        await asyncio.sleep(GLANCE_SECONDS)
    return channel.holding(arrival)


async def say_again(house: House, inbox: Inbox, arrival: Arrival) -> Answer | None:
    """What was last said, for a customer who asks for that; None where nobody does, or nothing was said."""
    channel = house.channel_of(inbox)
    key = channel.wants_again(arrival) if isinstance(channel, Repeats) else None
    if key is None:
        return None
    assert isinstance(channel, Repeats)
    rows = await house.database.read(said_last, house.vault, inbox.id, key)
    if not rows:
        return None
    outbounds = [outbound_of(row, channel, house.settings.public_url) for row in rows]
    answer, _ = channel.render(arrival, outbounds)
    return answer


async def _render(
    house: House, inbox: Inbox, arrival: Arrival, accepted: Accepted, worker: str
) -> Answer | None:
    channel = house.channel_of(inbox)
    assert isinstance(channel, AnswersInline)
    run, now, talk = house.database.run, house.clock, accepted.conversation
    rows = await run(lease_of, house.vault, worker, LEASE, talk, inbox.id, now())
    if not rows:
        return None
    try:
        outbounds = [outbound_of(row, channel, house.settings.public_url) for row in rows]
        answer, receipts = channel.render(arrival, outbounds)
        reached("rendered")
    except ThreadlineError as error:
        for row in rows:
            await run(mark_retry, row.id, row.fence, str(error), now(), now())
        return None
    for row, receipt in zip(rows, receipts, strict=True):
        await run(mark_sent, house.vault, row.id, row.fence, receipt, now())
    return answer
