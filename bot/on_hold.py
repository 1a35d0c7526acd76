"""Keeping a caller on hold at the desk, and taking them back. Who stands where is `store.on_hold`; connecting and hanging up are `bot.line`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog

from bot import desk
from bot.house import House
from channels.contract_line import HoldsLine
from core.errors import Failed, PermanentFailure
from core.line import Beside, Move, Standing
from store.faults import reached
from store.jobs import enqueue
from store.models import User
from store.on_hold import HOLD, Meant, about_of, begin, keep_own_call, to_tell, undo

log = structlog.get_logger()


def hold(house: House, user: User, number: int, version: int | None = None) -> None:
    """The caller with whom the user speaks hears that they are on hold. Raises `Conflict` where nobody speaks."""
    _ask(house, user, number, Move.HOLD, version)


def take_back(house: House, user: User, number: int, version: int | None = None) -> None:
    """Whom the user keeps on hold speaks with them again. Raises `Conflict` where nobody is on hold."""
    _ask(house, user, number, Move.RESUME, version)


def _ask(house: House, user: User, number: int, move: Move, version: int | None) -> None:
    action = "hold" if move is Move.HOLD else "unhold"
    with desk.deed(house, user, number, action, version) as change:
        row, now = change.finish.conversation, house.clock()
        meant = begin(house.vault, row, user, move, now)
        enqueue(HOLD, about_of(meant), now)
    house.doorbell.ring("jobs")


async def tell_line(house: House, about: dict[str, Any]) -> None:
    """One attempt to tell the provider. What it refuses is undone and told on the ticket; of what nobody knows whether it
    was heard, the colleague makes the best: each of the two deeds can follow the other."""
    meant = _meant(about)
    conversation, run = meant.conversation, house.database.run
    asked = await run(to_tell, house.vault, meant, house.clock())
    if asked is None:
        return
    inbox, channel = asked.inbox, house.channel_of(asked.inbox)
    webhook = f"{house.settings.public_url}/webhooks/{inbox.channel}/{inbox.slug}"
    try:
        assert isinstance(channel, HoldsLine)
        if not meant.is_called_back:
            await channel.hold(asked.leg, asked.here, webhook)
            reached("held")
            return
        thread = await channel.far_end(asked.leg)
        # Known before it is asked for: the provider comes back with it at once.
        if await run(keep_own_call, house.vault, meant, thread, house.clock()):
            await channel.park(thread, asked.here, webhook)
            reached("parked")
    except Failed as failure:
        log.warning("hold_failed", conversation=str(conversation), problem=type(failure).__name__)
        if isinstance(failure, PermanentFailure) or getattr(failure, "certain", True):
            await run(undo, house.vault, meant, house.clock())
            house.doorbell.ring("events")


def _meant(about: dict[str, Any]) -> Meant:
    standing = Standing(str(about["standing"]))
    # An older version has not said where they stood before.
    usual = Standing.TALKING if standing is Standing.HELD else Standing.HELD
    return Meant(
        UUID(str(about["conversation"])),
        int(about["ring"]),
        int(about["stint"]),
        standing,
        Standing(str(about.get("before", usual))),
        Beside(str(about.get("beside", ""))),
    )
