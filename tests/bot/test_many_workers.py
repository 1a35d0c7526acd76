"""Four workers that stall and die over one database: each conversation in its own order, and they share what waits."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import defaultdict
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, cast

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


@dataclass
class Process:
    """A worker with parts of its own, which all go with it, as do the tasks that it began."""

    name: str
    house: House
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def begin(self, dice: random.Random) -> None:
        """Works from now on."""
        worker = Worker(self.house, cast("Dialogue", Slow(dice)), self.name)
        before = OWNER.set(self)
        asyncio.create_task(worker.run())  # noqa: RUF006  it is in `tasks`
        OWNER.reset(before)

    async def die(self) -> None:
        """Cut off in the middle of whatever it does. A process takes its transactions with it; here they run in
        threads, and one that took a lease after the leases were given back would hold it to its end."""
        while left := {task for task in self.tasks if not task.done()}:
            for task in left:
                task.cancel()
            await asyncio.wait(left)
        await asyncio.to_thread(self.house.database.close)
        self.house.doorbell.close()  # which the last transaction may have rung


OWNER: ContextVar[Process | None] = ContextVar("owner", default=None)


def _owned(loop: asyncio.AbstractEventLoop, coro: Any, **more: Any) -> asyncio.Task[Any]:
    """A task of the process in which it is begun."""
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **more)
    if owner := OWNER.get():
        owner.tasks.add(task)
    return task


async def _work(
    company: Company,
    channel: ScriptedChannel,
    count: int,
    dice: random.Random,
    all_said: asyncio.Event,
    deaths: int = 0,
) -> None:
    """`count` workers, until everything that was said is done; one in turn dies, and another one is started."""
    names = itertools.count()

    def start() -> Process:
        process = Process(f"w{next(names)}", _house(company, channel))
        process.begin(dice)
        return process

    asyncio.get_running_loop().set_task_factory(_owned)
    running = [start() for _ in range(count)]
    database = company.house.database
    for round_number in range(600 + 50 * deaths):
        if all_said.is_set() and await database.read(_settled):
            break
        await asyncio.sleep(0.1)
        if round_number % 5 == 4 and round_number < 5 * deaths:
            dead = running.pop(dice.randrange(len(running)))
            await dead.die()
            await database.run(release_worker, dead.name)
            running.append(start())
    await asyncio.gather(*(one.die() for one in running))


def _house(company: Company, channel: ScriptedChannel) -> House:
    """One process's parts; the provider is the same for all."""
    work = Work(poll_seconds=0.05, lease_seconds=1.0, conversations=2)
    usual = company.house.settings.model_copy(update={"work": work})
    return replace(
        build_house(usual),
        clock=company.house.clock,
        channel_of=lambda inbox: channel,  # type: ignore[arg-type,return-value]
    )


@pytest.mark.parametrize(("conversations", "each"), SIZES)
async def test_order_holds_while_workers_stall_and_die(
    company: Company, conversations: int, each: int
) -> None:
    dice = random.Random(11)
    writers = [Writer(f"c{n:03}@customers.example") for n in range(conversations)]
    channel = FindingChannel()
    run = company.house.database.run
    all_said = asyncio.Event()
    deaths = 8 * conversations // 12
    working = asyncio.create_task(_work(company, channel, 4, dice, all_said, deaths))
    for number in range(each):
        for writer in dice.sample(writers, len(writers)):
            words = f"{writer.address} {number:02}"
            await run(receive, company.house, company.mail, [writer.mail(words)])
            await asyncio.sleep(0.01)
    all_said.set()
    await working
    assert await run(_settled)
    await run(_check_order, company, channel, conversations, each)


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
        seen = 0
        all_said = asyncio.Event()
        all_said.set()
        dice = random.Random(3)
        working = asyncio.create_task(_work(company, company.provider, count, dice, all_said))
        while not working.done():
            seen = max(seen, await run(_in_hand))
            await asyncio.sleep(0.01)
        most.append(seen)
    assert most[0] <= 2 < most[1] <= 8


def _in_hand() -> int:
    return Conversation.objects.filter(lease_until__isnull=False).count()


@pytest.mark.parametrize("ticks", range(6))
async def test_a_worker_that_is_cut_off_just_when_somebody_rings_ends(
    company: Company, ticks: int
) -> None:
    """`asyncio.wait_for` of Python 3.11 forgets that it was cancelled where what it waits for comes at that moment."""
    worker = Worker(company.house, cast("Dialogue", ScriptedDialogue()), "w")

    async def nothing(is_rung: bool) -> bool:
        return False

    looping = asyncio.create_task(worker._loop("turns", nothing, 3_600.0))
    for _ in range(5):
        await asyncio.sleep(0)
    worker._bells["turns"].set()
    for _ in range(ticks):
        await asyncio.sleep(0)
    looping.cancel()
    done, _ = await asyncio.wait({looping}, timeout=20)
    assert done == {looping}
    assert looping.cancelled()
