"""Four workers that stall and die over one database: each conversation in its own order, and they share what waits."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import defaultdict
from dataclasses import replace
from typing import cast

import pytest

from bot.bootstrap import build_house
from bot.dialogue import Dialogue, TurnResult
from bot.house import House
from bot.receive import receive
from bot.settings import Work
from bot.supervisor import release_worker
from bot.work import Worker
from core.understanding import Turn
from store.bodies import open_body
from store.models import Conversation, Message, OutboxRow, Ticket
from tests.bot.scripted import ScriptedDialogue, says
from tests.company import Company, FindingChannel, ScriptedChannel, Writer

SIZES = [(12, 5), pytest.param(200, 50, marks=[pytest.mark.journey, pytest.mark.timeout(3600)])]
"""Conversations, and messages of each: the short form, and what is promised (R04)."""
WAITS = 0.05


class Slow(ScriptedDialogue):
    """Waits for its answer, as for a neighbour, and now and then for much longer than a lease."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice

    async def turn(self, turn: Turn) -> TurnResult:
        stalls = self.dice.random() < 0.05
        await asyncio.sleep(2.0 if stalls else WAITS)
        return says(f"Answer to: {turn.text}")


def _settled() -> bool:
    waits = Conversation.objects.filter(wants_turn_at__isnull=False).exists()
    return not waits and not OutboxRow.objects.filter(state=OutboxRow.State.WAITING).exists()


async def _work(
    houses: list[House], dice: random.Random, all_said: asyncio.Event, deaths: int
) -> None:
    """Until everything that was said is done; one worker in turn is cut off in the middle of whatever it does."""
    names = itertools.count()
    running: list[tuple[str, asyncio.Task[None]]] = []

    def start(house: House) -> None:
        name = f"w{next(names)}"
        worker = Worker(house, cast("Dialogue", Slow(dice)), name)
        running.append((name, asyncio.create_task(worker.run())))

    for house in houses:
        start(house)
    for round_number in range(600 + 50 * deaths):
        if all_said.is_set() and await houses[0].database.read(_settled):
            break
        await asyncio.sleep(0.1)
        if round_number % 5 == 4 and round_number < 5 * deaths:
            place = dice.randrange(len(running))
            name, task = running.pop(place)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await houses[0].database.run(release_worker, name)
            start(dice.choice(houses))
    for _, task in running:
        task.cancel()
    await asyncio.gather(*(task for _, task in running), return_exceptions=True)


def _houses(company: Company, count: int, channel: ScriptedChannel) -> list[House]:
    """As many processes' parts, all with the same provider."""
    work = Work(poll_seconds=0.05, lease_seconds=1.0, conversations=2)
    usual = company.house.settings.model_copy(update={"work": work})
    return [
        replace(build_house(usual), clock=company.house.clock, channel_of=lambda inbox: channel)  # type: ignore[arg-type,return-value]
        for _ in range(count)
    ]


@pytest.mark.parametrize(("conversations", "each"), SIZES)
async def test_order_holds_while_workers_stall_and_die(
    company: Company, conversations: int, each: int
) -> None:
    dice = random.Random(11)
    writers = [Writer(f"c{n:03}@customers.example") for n in range(conversations)]
    channel = FindingChannel()
    houses = _houses(company, 4, channel)
    run = company.house.database.run
    all_said = asyncio.Event()
    deaths = 8 * conversations // 12
    working = asyncio.create_task(_work(houses, dice, all_said, deaths))
    for number in range(each):
        for writer in dice.sample(writers, len(writers)):
            words = f"{writer.address} {number:02}"
            await run(receive, company.house, company.mail, [writer.mail(words)])
            await asyncio.sleep(0.01)
    all_said.set()
    await working
    assert await run(_settled)
    await run(_check_order, company, channel, conversations, each)
    for house in houses:
        house.doorbell.close()
        await asyncio.to_thread(house.database.close)


def _check_order(company: Company, channel: ScriptedChannel, conversations: int, each: int) -> None:
    said: dict[object, list[str]] = defaultdict(list)
    for message in Message.objects.select_related("address").order_by("conversation_id", "seq"):
        said[message.conversation_id, message.author].append(
            open_body(company.house.vault, message).text
        )
    customers = [texts for (_, author), texts in said.items() if author == "customer"]
    assert sum(map(len, customers)) == conversations * each
    for texts in customers:
        assert texts == sorted(texts)
    tickets = set(Ticket.objects.values_list("conversation_id", flat=True))
    with_people = {texts[0].split()[0] for (talk, _), texts in said.items() if talk in tickets}
    taken: dict[str, list[str]] = defaultdict(list)
    for outbound in channel.taken:
        taken[outbound.to.value].append(outbound.text)
    for address, texts in taken.items():
        whole = "\n".join(texts)
        found = [whole.find(f"{address} {number:02}") for number in range(each)]
        places = [place for place in found if place >= 0]
        assert places == sorted(places)
        assert all(whole.count(f"{address} {number:02}") <= 1 for number in range(each)), whole
        # A turn that died on the way too often is given to a person, who is told all of it.
        assert len(places) == each or address in with_people


async def test_workers_share_what_waits(company: Company) -> None:
    """Where the work waits, four workers have more of it in hand at once than one."""
    most = []
    for count in (1, 4):
        writers = [Writer(f"{count}.{n}@customers.example") for n in range(16)]
        run = company.house.database.run
        await run(
            receive, company.house, company.mail, [writer.mail("hello") for writer in writers]
        )
        houses = _houses(company, count, company.provider)
        seen = 0
        all_said = asyncio.Event()
        all_said.set()
        working = asyncio.create_task(_work(houses, random.Random(3), all_said, deaths=0))
        while not working.done():
            seen = max(seen, await run(_in_hand))
            await asyncio.sleep(0.01)
        most.append(seen)
        for house in houses:
            house.doorbell.close()
            await asyncio.to_thread(house.database.close)
    assert most[0] <= 2 < most[1] <= 8


def _in_hand() -> int:
    return Conversation.objects.filter(lease_until__isnull=False).count()
