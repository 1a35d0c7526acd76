"""The one way out: leased outbox rows through their channel, with retries, dead letters and honest unknowns."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import structlog

from bot.degrade import shaped
from bot.house import House
from channels.contract import Channel, Finds
from core.errors import PermanentFailure, TemporaryFailure
from core.ids import ThreadKey
from core.knowledge import Citation
from core.message import Button, Outbound
from store.models import Inbox
from store.outbox import Leased, lease, mark_failed, mark_retry, mark_sent

log = structlog.get_logger()

BACKOFF = (5.0, 30.0, 120.0, 600.0, 3600.0, 14400.0, 43200.0)
"""Seconds before each further attempt (RELIABILITY section 2, rule 7); after the last: a dead letter."""
LEASE = timedelta(seconds=60)
SEND_SECONDS = 45.0


async def deliver_some(house: House, worker: str, limit: int) -> int:
    """Leases and sends up to `limit` rows at once; returns how many there were."""
    hold = timedelta(minutes=house.settings.work.hold_minutes)
    rows = await house.database.run(lease, house.vault, worker, LEASE, hold, limit, house.clock())
    await asyncio.gather(*(deliver(house, row) for row in rows))
    return len(rows)


async def deliver(house: House, row: Leased) -> None:
    """One attempt for one leased row, its outcome recorded under the row's fence."""
    inbox = await house.database.read(Inbox.objects.get, id=row.inbox)
    channel = house.channel_of(inbox)
    outbound = outbound_of(row, channel)
    run, now = house.database.run, house.clock
    try:
        if row.may_have_arrived and not await _surely_not_sent(house, row, channel, outbound):
            return
        receipt = await asyncio.wait_for(channel.send(outbound), SEND_SECONDS)
    except TemporaryFailure as failure:
        if not failure.certain:
            await run(mark_failed, row.id, row.fence, "unknown", str(failure), now())
        elif row.attempts >= len(BACKOFF):
            await run(mark_failed, row.id, row.fence, "dead", str(failure), now())
        else:
            later = now() + timedelta(seconds=_wait(row.attempts, failure.retry_after))
            await run(mark_retry, row.id, row.fence, str(failure), later, now())
        log.warning("delivery_failed", outbox=row.id, certain=failure.certain)
    except PermanentFailure as failure:
        await run(mark_failed, row.id, row.fence, "dead", str(failure), now())
        log.warning("delivery_refused", outbox=row.id)
    except TimeoutError:
        await run(mark_failed, row.id, row.fence, "unknown", "no answer in time", now())
        log.warning("delivery_timed_out", outbox=row.id)
    else:
        await run(mark_sent, house.vault, row.id, row.fence, receipt, now())


async def _surely_not_sent(house: House, row: Leased, channel: Channel, outbound: Outbound) -> bool:
    """Settles an attempt that ended without a word: found means sent; a channel that cannot look is unknown."""
    run = house.database.run
    if not isinstance(channel, Finds):
        reason = "a process died while this was being sent; it may have arrived"
        await run(mark_failed, row.id, row.fence, "unknown", reason, house.clock())
        return False
    receipt = await asyncio.wait_for(channel.find(outbound), SEND_SECONDS)
    if receipt is None:
        return True
    await run(mark_sent, house.vault, row.id, row.fence, receipt, house.clock())
    return False


def outbound_of(row: Leased, channel: Channel) -> Outbound:
    """What the adapter is given: this row's part, shaped to what the channel can show."""
    citations = tuple(Citation(**item) for item in row.body.citations)
    buttons = tuple(Button(**item) for item in row.body.buttons)
    links = [(item.title, item.url) for item in citations]
    pieces = shaped(row.body.text, links, buttons, channel.can, row.language)
    is_last = row.part >= len(pieces) - 1
    return Outbound(
        key=str(row.key),
        to=row.to,
        text=pieces[min(row.part, len(pieces) - 1)],
        thread_key=ThreadKey(row.earlier_keys[0]) if row.earlier_keys else None,
        in_reply_to=tuple(ThreadKey(key) for key in row.earlier_keys),
        subject=row.subject,
        author=row.author,
        buttons=buttons if is_last and len(buttons) <= channel.can.buttons else (),
        citations=citations if is_last and channel.can.citations else (),
        is_automatic=row.is_automatic,
        extra={"conversation": str(row.conversation), "ticket": row.ticket, "kind": row.kind},
    )


def _wait(attempts: int, retry_after: float | None) -> float:
    """Full jitter around the schedule; what the provider asked for wins."""
    if retry_after is not None:
        return retry_after
    return BACKOFF[attempts] * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
