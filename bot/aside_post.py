"""The way out and in of asides: a colleague's message through the inbox it was written for, and the answers, which are no customer's.

What colleagues do is `bot.asides`; what is stored is `store.aside_post`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from bot.deliver import opened_files
from bot.house import House
from channels.contract import Channel, Finds
from channels.contract_board import Asks
from core.errors import PermanentFailure, TemporaryFailure
from core.ids import ThreadKey
from core.message import Attached, Inbound, Outbound, Receipt
from store.aside_post import (
    TRIES,
    Going,
    about_to_name,
    aside_failed,
    aside_named,
    aside_sent,
    aside_tried,
    going,
    take_in,
)
from store.faults import reached
from store.models import Inbox
from store.receiving import Arriving, Filed

log = structlog.get_logger()

SEND_SECONDS = 40.0
"""What looking up an earlier attempt and sending may take together: within the lease of a job."""


async def send_aside(house: House, payload: dict[str, Any]) -> None:
    """One attempt at one part. Raises `TemporaryFailure`, on which the job is tried again; what never works, and what
    nobody knows, stands at the message."""
    run, message = house.database.run, UUID(str(payload["message"]))
    part = int(str(payload.get("part", 0)))
    found = await house.database.read(going, house.vault, message, part)
    if found is None:
        return
    channel, attempts = house.channel_of(found.inbox), found.attempts + 1
    parts = parts_of(found, channel)
    try:
        words, filed = parts[min(part, len(parts) - 1)]
        files = await asyncio.to_thread(opened_files, house, channel, filed)
        outbound = outbound_of(found, words, files, house.clock())
        async with asyncio.timeout(SEND_SECONDS):
            receipt = await _earlier_attempt(found, channel, outbound)
            if receipt is None:
                await run(aside_tried, message, True, attempts)
                receipt = await channel.send(outbound)
                reached("aside_out")
    except PermanentFailure as failure:
        log.warning("aside_refused", message=str(message))
        await run(aside_failed, message, "failed", str(failure), house.clock())
    except (TemporaryFailure, TimeoutError) as problem:
        await _try_again(house, found, channel, problem)
    else:
        key, more = str(receipt.own_keys[0]) if receipt.own_keys else "", part + 1 < len(parts)
        await run(aside_sent, house.vault, message, receipt.provider_id, key, house.clock(), more)
        house.doorbell.ring("events")


def parts_of(found: Going, channel: Channel) -> list[tuple[str, tuple[Filed, ...]]]:
    """Words and files of each message that goes out: one, or each file after the words."""
    if not channel.can.files_apart:
        return [(found.text, found.files)]
    return [(found.text, ()), *(("", (file,)) for file in found.files)]


def outbound_of(found: Going, words: str, files: tuple[Attached, ...], now: datetime) -> Outbound:
    """What the adapter is given of one part. A person wrote it; its reply address, where there is one, names the aside."""
    first, *others = found.about.to
    keys = tuple(ThreadKey(key) for key in found.keys)
    return Outbound(
        key=f"{found.message}:{found.part}" if found.part else str(found.message),
        to=first,
        also=tuple(others),
        text=words,
        attachments=files,
        thread_key=keys[0] if keys else None,
        in_reply_to=keys,
        subject=found.about.subject,
        author=found.author,
        is_automatic=False,
        extra={"conversation": str(found.aside)},
        at=found.at,
        sent_at=now,
    )


async def _earlier_attempt(found: Going, channel: Channel, outbound: Outbound) -> Receipt | None:
    """The receipt of an attempt that ended without a word. Raises an uncertain `TemporaryFailure` where nobody can
    tell, or not now."""
    if not found.may_have_arrived:
        return None
    if not isinstance(channel, Finds):
        raise TemporaryFailure("it may have arrived", certain=False)
    try:
        receipt = await channel.find(outbound)
        reached("aside_looked_up")
        return receipt
    except TemporaryFailure as failure:
        raise TemporaryFailure(str(failure), certain=False) from failure


async def _try_again(
    house: House, found: Going, channel: Channel, problem: TemporaryFailure | TimeoutError
) -> None:
    run, attempts = house.database.run, found.attempts + 1
    is_certain = isinstance(problem, TemporaryFailure) and problem.certain
    if attempts < TRIES and (is_certain or isinstance(channel, Finds)):
        await run(aside_tried, found.message, not is_certain, attempts)
        raise TemporaryFailure(str(problem) or "no answer in time", certain=is_certain) from problem
    state = "failed" if is_certain else "unknown"
    await run(aside_failed, found.message, state, str(problem) or "no answer", house.clock())
    house.doorbell.ring("events")


def about_to_divide(house: House, inbox: Inbox, inbounds: Sequence[Inbound]) -> None:
    """`divided` will be called."""
    if isinstance(house.channel_of(inbox), Asks):
        for inbound in inbounds:
            about_to_name(house.vault, inbox, inbound)


def divided(
    house: House, inbox: Inbox, arriving: Sequence[Arriving]
) -> tuple[list[Arriving], list[tuple[UUID, Arriving]]]:
    """What customers say, and what answers an aside (with which)."""
    if not arriving or not isinstance(house.channel_of(inbox), Asks):
        return list(arriving), []
    customers: list[Arriving] = []
    answers: list[tuple[UUID, Arriving]] = []
    for item in arriving:
        aside = aside_named(house.vault, inbox, item.inbound)
        if aside is None:
            customers.append(item)
        else:
            answers.append((aside, item))
    return customers, answers


def take_answers(
    house: House, inbox: Inbox, answers: Sequence[tuple[UUID, Arriving]], now: datetime
) -> None:
    """Inside the transaction that accepts: keeps each answer, once."""
    for aside, item in answers:
        take_in(house.vault, inbox, aside, item.inbound, item.files, now)
