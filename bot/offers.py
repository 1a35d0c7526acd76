"""Offering waiting tickets to agents: the duty that makes and ends offers, and what agents do about them and their presence."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from bot.desk import deed
from bot.duty import Duty, in_rounds
from bot.house import House
from bot.permissions import May, require
from channels.registry import work_kinds
from core.assignment import Available, TeamRule, offers
from core.errors import MalformedPayload
from store import presence, reservations, tickets
from store.assignment import anything_to_offer, scene, team_rules
from store.duties import Held
from store.jobs import enqueue
from store.line import HANG_UP, ring_for_offer, rung_at
from store.models import User
from store.targets import advance_plan, plans_due

log = structlog.get_logger()

LEASE = timedelta(seconds=20)
EVERY = 1.0
"""Rounds after which the lease is prolonged: each time is a write."""
RULES_EVERY = timedelta(minutes=1)
"""How often the teams' rules and handling times are read anew."""


@dataclass(slots=True)
class Offering:
    """What is remembered from round to round."""

    rules: dict[UUID, TeamRule] = field(default_factory=dict)
    read_at: datetime | None = None


async def keep_offering(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Holds the `offer` duty whenever nobody else does, until `stopping`."""
    memory = Offering()

    async def step(held: Held) -> bool:
        if await house.database.read(anything_to_offer, house.clock()):
            await house.database.run(offer_once, house, held, memory)
        return False

    await in_rounds(Duty(house, "offer", worker, LEASE), step, stopping, EVERY)


def offer_once(house: House, held: Held, memory: Offering | None = None) -> list[int]:
    """One round, in a database thread; the numbers of the tickets that were offered. Raises `ClaimLost`."""
    memory = memory or Offering()
    now = house.clock()
    ended = reservations.end_offers(now) + sum(advance_plan(one, now) for one in plans_due(now))
    if memory.read_at is None or now - memory.read_at >= RULES_EVERY:
        memory.rules, memory.read_at = team_rules(now), now
    seen = scene(work_kinds(), now)
    planned = offers(seen.waiting, seen.workers, memory.rules, now)
    made = reservations.make_offers(held, planned, now) if planned else []
    for number in made:
        log.info("ticket_offered", ticket=number)
    ring_offered(house, made)
    if made or ended:
        house.doorbell.ring("events")
    return made


def ring_offered(house: House, numbers: Sequence[int]) -> None:
    """The telephones of who is offered a caller on the line ring at once, with the packet on their screen."""
    for number in numbers:
        if (rung := ring_for_offer(number, house.clock(), house.vault)) is not None:
            conversation, ring, agent = rung
            about = {"conversation": str(conversation), "ring": ring, "agent": str(agent)}
            enqueue("ring", about, house.clock(), key=f"{conversation}.{ring}")
            house.doorbell.ring("events", "jobs")


def accept(house: House, user: User, offer: UUID) -> int:
    """Takes the offered ticket; its number. Raises `NotFound`, and `Conflict` when the offer is over."""
    require(user, May.WORK_TICKETS)
    number = reservations.offered_ticket(user, offer)
    with deed(house, user, number, "accept") as change:
        reservations.accept(change.ticket, user, offer, change.finish.now)
        tickets.take(change)
    return number


def decline(house: House, user: User, offer: UUID) -> int:
    """Leaves the ticket to others for good; its number. Raises `NotFound`, `Conflict`."""
    require(user, May.WORK_TICKETS)
    number = reservations.offered_ticket(user, offer)
    reservations.decline(user, offer, house.clock())
    if (found := rung_at(number, user)) is not None:
        conversation, ring = found
        about = {"conversation": str(conversation), "ring": ring}
        enqueue(HANG_UP, about, house.clock(), key=f"{conversation}.{ring}")
        house.doorbell.ring("jobs")
    house.doorbell.ring("events")
    return number


def be(house: House, user: User, state: str) -> Available:
    """The user says whether they are there. Raises `MalformedPayload`, `NotFound` for who is no agent."""
    require(user, May.WORK_TICKETS)
    try:
        wanted = Available(state)
    except ValueError as problem:
        known = ", ".join(Available)
        raise MalformedPayload(
            "One is %(known)s; not '%(state)s'.", known=known, state=state
        ) from problem
    return presence.be(user, wanted, house.clock())


def beat(house: House, user: User, *, arrives: bool = False) -> Available | None:
    """The user's desk is open. None for those who take no conversations."""
    return presence.beat(user, house.clock(), arrives=arrives)
