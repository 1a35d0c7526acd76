"""Trying out an inbox: its channel asks the other side something harmless, and what came back is told. Nothing is stored but the audit entry."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pydantic import ValidationError

from bot.company import stored_settings
from bot.house import House
from bot.permissions import May, require
from channels.contract import InOrder, Tries
from channels.registry import channel_class
from core.errors import Failed, NotFound, PermanentFailure, TemporaryFailure
from core.ids import InboxId
from store.audit import record
from store.models import Inbox, User

PATIENCE = 20.0
"""Seconds after which the other side is taken for away."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial came to: what is in order, or the first thing that is not. `may_pass`: trying again later may help."""

    found: tuple[InOrder, ...] = ()
    problem: str = ""
    may_pass: bool = False


def try_out(house: House, by: User, slug: str) -> Tried:
    """Tries the inbox of this name with the settings that are stored now. Raises `NotAllowed`, `NotFound`."""
    require(by, May.CONFIGURE)
    inbox = Inbox.objects.filter(slug=slug).first()
    if inbox is None:
        raise NotFound("There is no channel '%(slug)s'.", slug=slug)
    tried = _tried(house, inbox)
    record(
        house.vault,
        at=house.clock(),
        actor=f"user:{by.id}",
        action="inbox.try",
        subject=f"inbox:{inbox.id}",
        details={"worked": not tried.problem},
    )
    return tried


def _tried(house: House, inbox: Inbox) -> Tried:
    """With an adapter of its own: a client that is kept belongs to another loop."""
    cls = channel_class(inbox.channel)
    try:
        settings = cls.Settings.model_validate(stored_settings(house, inbox))
    except ValidationError as problem:
        first = problem.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        return Tried(problem=f"{place}: {first['msg']}")
    channel = cls(InboxId(inbox.id), settings)
    if not isinstance(channel, Tries):
        raise NotFound("This channel cannot be tried out.")
    try:
        return Tried(found=tuple(asyncio.run(_within(channel, house))))
    except Failed as failure:
        return Tried(problem=str(failure), may_pass=not isinstance(failure, PermanentFailure))


async def _within(channel: Tries, house: House) -> list[InOrder]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await channel.try_out(house.clock())
    except TimeoutError as problem:
        raise TemporaryFailure(f"no answer within {PATIENCE:.0f} seconds") from problem
