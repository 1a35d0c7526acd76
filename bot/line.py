"""Callers who wait for a person: what the telephone tells, and connecting them with a colleague. Who stands where is `store.line`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from bot import desk
from bot.consult import LEAVES, heed_leaving
from bot.house import House
from bot.offers import accept, decline
from channels.contract import Answer, Arrival
from channels.contract_line import HoldsLine
from core.errors import Conflict, Failed, PermanentFailure, Rejected
from core.ids import ThreadKey
from core.line import ASKED, AT_TELEPHONE, LineStep, Move, Ring
from core.message import Attached
from store.faults import reached
from store.jobs import enqueue
from store.line import (
    HANG_UP,
    begin_ring,
    inbox_of,
    keep_leg,
    keep_recording,
    offered_by_ring,
    own_leg,
    take_step,
    undo_ring,
)
from store.models import Agent, Call, Conversation, Inbox, User

log = structlog.get_logger()

NOT_FETCHED = "kept by the provider, not fetched"


async def answer_in_line(house: House, inbox: Inbox, arrival: Arrival) -> Answer | None:
    """How the call goes on for a caller in line or a colleague; None for everything else."""
    channel = house.channel_of(inbox)
    step = channel.line_step(arrival) if isinstance(channel, HoldsLine) else None
    if step is None:
        return None
    assert isinstance(channel, HoldsLine)
    run, now = house.database.run, house.clock()
    if step.ring and step.move in LEAVES:
        await run(heed_leaving, house, inbox, step)
    if step.ring and step.move in {Move.ACCEPT, Move.DECLINE}:
        step = await run(_heed_offer, house, inbox, step)
    here = await run(take_step, house.vault, inbox, step, now)
    if here is not None:
        house.doorbell.ring("events", "jobs")
        if step.move is Move.TAPE and step.reference:
            await run(_keep_tape, house, inbox, step)
    return channel.in_line(arrival, here)


def _heed_offer(house: House, inbox: Inbox, step: LineStep) -> LineStep:
    """A telephone that rang for an offer answers the offer: the key takes the ticket, everything else declines it.
    Where the offer is over, nobody is connected."""
    found = offered_by_ring(house.vault, inbox, step)
    if found is None:
        return step
    user, offer = found
    try:
        if offer is None:
            return replace(step, move=Move.DECLINE)
        deed = accept if step.move is Move.ACCEPT else decline
        deed(house, user, offer.id)
    except Rejected as problem:
        log.info("offer_not_heeded", problem=type(problem).__name__)
        return replace(step, move=Move.DECLINE)
    return step


def _keep_tape(house: House, inbox: Inbox, step: LineStep) -> None:
    """The recording stays at the provider until a job brings it."""
    now = house.clock()
    file = house.files.keep(Attached("talk.mp3", "audio/mpeg", b"", problem=NOT_FETCHED))
    message = keep_recording(house.vault, inbox, step, file, now)
    if message is not None:
        files = {"talk.mp3": step.reference}
        enqueue(
            "fetch_files", {"inbox": str(inbox.id), "message": str(message), "files": files}, now
        )


def connect(house: House, user: User, number: int, version: int | None = None) -> None:
    """The user takes the ticket, and their telephone rings to be connected with its caller: the one in line, or one
    who is called back. Raises `Conflict` where there is no telephone at either end."""
    with desk.deed(house, user, number, "connect", version) as change:
        agent = Agent.objects.filter(user=user).exclude(phone="").first()
        if agent is None:
            raise Conflict("No telephone is known for you: an admin can enter it at Agents.")
        row = change.finish.conversation
        if not isinstance(house.channel_of(inbox_of(row)), HoldsLine):
            raise Conflict("This ticket did not come by telephone.")
        desk.take_in(change)
        ring = begin_ring(house.vault, row, user, house.clock())
        about = {"conversation": str(row.id), "ring": ring, "agent": str(agent.id)}
        enqueue("ring", about, house.clock(), key=f"{row.id}.{ring}")
    house.doorbell.ring("jobs")


async def ring_colleague(house: House, about: dict[str, Any]) -> None:
    """One attempt to make the telephone ring. What fails is told on the ticket, not tried again: a second call
    while the first one rings would be worse than none."""
    conversation, ring = UUID(str(about["conversation"])), int(about["ring"])
    run, read = house.database.run, house.database.read
    inbox, phone = await read(_ends, conversation, UUID(str(about["agent"])))
    channel = house.channel_of(inbox)
    webhook = f"{house.settings.public_url}/webhooks/{inbox.channel}/{inbox.slug}"
    try:
        assert isinstance(channel, HoldsLine)
        thread = ThreadKey(f"conversation:{conversation}")
        leg = await channel.ring(Ring(thread, ring, phone, webhook))
        reached("rung")
        await run(keep_leg, conversation, ring, leg)
    except Failed as failure:
        log.warning("ring_failed", conversation=str(conversation), problem=type(failure).__name__)
        await run(undo_ring, house.vault, conversation, ring, house.clock())
        house.doorbell.ring("events")


def hang_up(house: House, user: User, number: int, version: int | None = None) -> None:
    """The user's own telephone is put down, whether it rings or they talk; the caller keeps the place if they have not
    talked. Raises `Conflict` where there is nothing to hang up."""
    with desk.deed(house, user, number, "hang_up", version) as change:
        row = change.finish.conversation
        found = own_leg(row.id, user)
        if found is None:
            raise Conflict("You are not on the telephone with this caller.")
        ring, leg = found
        if not leg:
            raise Conflict("Hang up at your telephone: its call cannot be reached from here.")
        about = {"conversation": str(row.id), "ring": ring}
        enqueue(HANG_UP, about, house.clock(), key=f"{row.id}.{ring}")
    house.doorbell.ring("jobs")


async def put_down(house: House, about: dict[str, Any]) -> None:
    """Ends a colleague's call at the provider, which then tells that it is over. Where it was over already and nobody
    has told us, that is written down here. What fails otherwise is not tried again: whoever sees the call go on hangs up
    once more."""
    conversation, ring = UUID(str(about["conversation"])), int(about["ring"])
    run, read = house.database.run, house.database.read
    inbox, leg = await read(_leg, conversation, ring)
    if not leg:
        return
    channel = house.channel_of(inbox)
    try:
        assert isinstance(channel, HoldsLine)
        await channel.hang_up(leg)
        reached("hung_up")
    except PermanentFailure:
        await run(undo_ring, house.vault, conversation, ring, house.clock(), failed=False)
        house.doorbell.ring("events")
    except Failed as failure:
        log.warning(
            "hang_up_failed", conversation=str(conversation), problem=type(failure).__name__
        )


def _leg(conversation: UUID, ring: int) -> tuple[Inbox, str]:
    """Empty where that call is over, or was never reached."""
    row = Conversation.objects.select_related("inbox").get(id=conversation)
    held = Call.objects.filter(conversation=row, ring=ring, standing__in=AT_TELEPHONE)
    asked = Call.objects.filter(conversation=row, aside_ring=ring, beside__in=ASKED)
    leg = held.values_list("leg", flat=True).first()
    return inbox_of(row), leg or asked.values_list("aside_leg", flat=True).first() or ""


def _ends(conversation: UUID, agent: UUID) -> tuple[Inbox, str]:
    row = Conversation.objects.select_related("inbox").get(id=conversation)
    return inbox_of(row), Agent.objects.get(id=agent).phone
