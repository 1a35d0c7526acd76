"""Names that a provider tells only when it is asked: a job of its own for each person, after their message was stored. Keeping them is `store.people`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from bot.house import House
from channels.contract_people import KnowsPeople
from core.errors import PermanentFailure, TemporaryFailure
from core.message import Inbound
from core.redaction import redact
from store.faults import reached
from store.jobs import enqueue
from store.models import Inbox
from store.people import KINDS, due, keep_name, not_told, to_ask
from store.receiving import Accepted

log = structlog.get_logger()

JOB = "ask_name"
SECONDS = 5.0
"""So long an answer is waited for: other jobs stand behind this one, and the name may come later."""


def names_nobody(house: House, inbox: Inbox, inbounds: Sequence[Inbound]) -> bool:
    """True where somebody wrote whose name must be asked for."""
    if not any(one.sender.kind in KINDS and not one.sender.display_name for one in inbounds):
        return False
    channel = house.channel_of(inbox)
    return isinstance(channel, KnowsPeople) and channel.tells_names


def ask_later(inbox: Inbox, accepted: Sequence[Accepted], now: datetime) -> None:
    """Stores the questions with the messages, in the caller's transaction."""
    for address in due([one.writer for one in accepted if one.writer is not None], now):
        about = {"inbox": str(inbox.id), "address": str(address)}
        enqueue(JOB, about, now, key=str(address))


async def ask_name(house: House, about: dict[str, Any]) -> None:
    """Asks about one person, `about` = {inbox, address}. A refusal is no error. Raises `TemporaryFailure`: the job is tried again."""
    database, address = house.database, UUID(about["address"])
    inbox = await database.read(Inbox.objects.get, id=UUID(about["inbox"]))
    channel = house.channel_of(inbox)
    sender = await database.read(to_ask, house.vault, address)
    if sender is None or not isinstance(channel, KnowsPeople):
        return
    try:
        async with asyncio.timeout(SECONDS):
            told = await channel.profile(sender)
        reached("name_told")
    except TimeoutError as late:
        raise TemporaryFailure("no name in time") from late
    except PermanentFailure as refusal:
        log.info("name_not_told", inbox=inbox.slug, reason=str(refusal))
        await database.run(not_told, address, house.clock())
        return
    name, now = redact(told.name), house.clock()
    if await database.run(keep_name, house.vault, address, name, told.language, now):
        house.doorbell.ring("events")
