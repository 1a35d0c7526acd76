"""Fetching from mailboxes: one holder per inbox under a Duty, the cursor stored with what it fetched."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import structlog
from django.db.utils import DatabaseError, InterfaceError

from bot.apps import app_of, take_removal, whose
from bot.at_board import carry_out, step_in, tell
from bot.house import House
from bot.inline import react
from bot.receive import receive
from bot.unreadable import set_aside
from channels.contract import JUST_NOW, NOBODYS, Arrival, HasAPast, Polls, PollsIfSet
from core.board import BoardStep, Told
from core.errors import (
    BadSignature,
    ClaimLost,
    Failed,
    MalformedPayload,
    NotFound,
    TemporaryFailure,
)
from store.duties import FETCH, Held, forget_fetching, give_back, keep, take, unfetched
from store.faults import reached
from store.models import Inbox
from store.receiving import Cursor, advance
from store.vault import VaultError

log = structlog.get_logger()

LEASE = timedelta(seconds=30)
QUIET_BEATS = 4
"""Longer than the other side may be silent before we give it up."""
LOOK_FOR_INBOXES = 5.0
TRIES = 3
"""So often one arrival may break us before it is set aside."""
_tries: Counter[tuple[UUID, bytes]] = Counter()


async def keep_fetching(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Holds every mailbox that nobody else holds, until `stopping`; within seconds new inboxes are found, and those
    left that were switched off."""
    held: dict[str, asyncio.Task[None]] = {}
    failing: set[UUID] = set()
    try:
        while not stopping.is_set():
            with contextlib.suppress(DatabaseError, InterfaceError):
                polled, wanted, left = await house.database.read(_looked, house)
                await _end([held.pop(slug) for slug in held.keys() - wanted])
                if left:
                    await house.database.run(forget_fetching, left)
                for inbox in polled:
                    if inbox.slug not in held or held[inbox.slug].done():
                        held[inbox.slug] = asyncio.create_task(
                            _hold(house, inbox, worker, stopping, failing)
                        )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_FOR_INBOXES):
                    await stopping.wait()
    finally:
        await _end(list(held.values()))


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _looked(house: House) -> tuple[list[Inbox], set[str], list[str]]:
    """The inboxes to fetch; the slugs of those that somebody is to fetch, also where their settings are of no use now;
    and of those that were fetched once and are not to be."""
    polled, wanted = [], set()
    for row in Inbox.objects.filter(is_active=True).exclude(channel="webchat"):
        try:
            if _is_polled(house, row):
                polled.append(row)
                wanted.add(row.slug)
        except (ValueError, NotFound, VaultError) as problem:
            # One inbox with unusable settings must not stop the others.
            log.error("inbox_unusable", inbox=row.slug, problem=type(problem).__name__)
            wanted.add(row.slug)
    return polled, wanted, unfetched(wanted)


def _is_polled(house: House, inbox: Inbox) -> bool:
    channel = house.channel_of(inbox)
    is_set = channel.is_polled if isinstance(channel, PollsIfSet) else True
    return is_set and isinstance(channel, Polls)


async def _hold(
    house: House, inbox: Inbox, worker: str, stopping: asyncio.Event, failing: set[UUID]
) -> None:
    """Fetches until that fails or `stopping`. `failing`: mailboxes whose last attempt failed."""
    run = house.database.run
    alive = inbox.id not in failing
    held = await run(take, f"{FETCH}{inbox.slug}", worker, LEASE, alive=alive)
    if held is None:
        return
    beating = asyncio.create_task(_beat(house, held, 0 if alive else QUIET_BEATS))
    fetching = asyncio.create_task(_fetch(house, inbox, held))
    waiting = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({beating, fetching, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if fetching.done():
            failing.add(inbox.id)
            if problem := fetching.exception():
                log.warning("fetch_failed", inbox=inbox.slug, problem=type(problem).__name__)
        else:
            failing.discard(inbox.id)
    finally:
        for task in (beating, fetching, waiting):
            task.cancel()
        await asyncio.gather(beating, fetching, waiting, return_exceptions=True)
        with contextlib.suppress(DatabaseError, InterfaceError):
            await run(give_back, held)


async def _beat(house: House, held: Held, quiet: int) -> None:
    """Ends when somebody else has taken the duty. The first `quiet` beats keep the lease without a sign of life:
    a mailbox that failed a moment ago shows first that it goes well."""
    while await house.database.run(keep, held, LEASE, alive=quiet <= 0):
        quiet -= 1
        await asyncio.sleep(LEASE.total_seconds() / 3)


async def _fetch(house: House, inbox: Inbox, held: Held) -> None:
    channel = house.channel_of(inbox)
    assert isinstance(channel, Polls)
    row = await house.database.read(_row, inbox.id)
    try:
        place = row.cursor or await _begin(house, row, channel, held)
        async with contextlib.aclosing(channel.arrivals(dict(place))) as arrivals:
            async for arrival, cursor in arrivals:
                # A socket brings what happens now, and says no time.
                if arrival.kind == "frame" or arrival.received_at == JUST_NOW:
                    arrival = replace(arrival, received_at=house.clock())
                meant: Inbox | None = row
                if app_of(house, row) is not None:
                    meant = await house.database.read(_meant, house, row, arrival)
                at_board = None
                if meant is None:
                    arrival = replace(arrival, meta={**arrival.meta, NOBODYS: True})
                else:
                    now = Cursor(cursor, held.fence)
                    at_board = await _accept_surely(house, row, meant, arrival, now)
                with contextlib.suppress(Failed, MalformedPayload):
                    await channel.settled(arrival)
                    reached("settled")
                if at_board is not None and meant is not None:
                    await tell(house, meant, *at_board)
                elif meant is not None:
                    await react(house, meant, arrival)
    except (TemporaryFailure, ClaimLost) as reason:
        log.warning("mailbox_away", inbox=inbox.slug, problem=str(reason))


async def _begin(house: House, inbox: Inbox, channel: Polls, held: Held) -> dict[str, Any]:
    """The place of a mailbox that was never fetched. Until it was kept, mail that somebody read elsewhere while nobody
    fetched was taken for part of the past."""
    place = await channel.begun() if isinstance(channel, HasAPast) else {}
    if place:
        await house.database.run(advance, inbox, Cursor(place, held.fence))
    return place


def _row(inbox: UUID) -> Inbox:
    return Inbox.objects.select_related("brand").get(id=inbox)


def _meant(house: House, inbox: Inbox, arrival: Arrival) -> Inbox | None:
    """Of which inbox it is: over the socket of an app come the calls of all its accounts. What cannot be read is kept
    at the inbox that fetched it."""
    try:
        return whose(house, inbox, arrival)
    except MalformedPayload:
        return inbox


async def _accept_surely(
    house: House, inbox: Inbox, meant: Inbox, arrival: Arrival, cursor: Cursor
) -> tuple[BoardStep, Told] | None:
    """Stores what was fetched; what we break on again and again is kept for a person and lets the others pass.
    What a colleague did at a board comes back with what to tell them."""
    try:
        return await house.database.run(_accept, house, inbox, meant, arrival, cursor)
    except (DatabaseError, InterfaceError, ClaimLost, Failed, OSError):
        raise  # nothing to do with this mail, not even a full disk: it comes again
    except Exception as problem:  # a border: whatever one mail breaks must not stop the mailbox
        poison = (inbox.id, sha256(arrival.body).digest())
        _tries[poison] += 1
        log.exception("arrival_broke", inbox=inbox.slug, tries=_tries[poison])
        if _tries[poison] < TRIES:
            raise TemporaryFailure(f"a mail broke us: {type(problem).__name__}") from problem
        reason = f"we broke on it {TRIES} times: {type(problem).__name__}"
        # Where its first lines break us too, it comes a fourth time, and nobody is told.
        tells = _tries[poison] == TRIES
        run = house.database.run
        try:
            await run(set_aside, house, inbox, arrival, reason, cursor, tells=tells)
        except (DatabaseError, InterfaceError, ClaimLost):
            _tries[poison] -= 1
            raise
        del _tries[poison]
        return None


def _accept(
    house: House, inbox: Inbox, meant: Inbox, arrival: Arrival, cursor: Cursor
) -> tuple[BoardStep, Told] | None:
    """One transaction: what was fetched and how far we are. What cannot be read is kept for a person."""
    try:
        house.channel_of(inbox).verify(arrival)
        # A socket has no cursor of its own: what is not acknowledged comes again.
        if (step := step_in(house, meant, arrival)) and (told := carry_out(house, meant, step)):
            return step, told
        take_removal(house, meant, arrival)
        inbounds = house.channel_of(meant).parse(arrival)
    except (MalformedPayload, BadSignature) as problem:
        log.warning("arrival_quarantined", inbox=inbox.slug, problem=str(problem))
        set_aside(house, inbox, arrival, str(problem), cursor)
        return None
    receive(house, meant, inbounds, cursor if meant.id == inbox.id else None)
    return None
