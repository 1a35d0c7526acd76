"""On PostgreSQL what arrives may be gone on with before it is on the disk, and nobody outside is told of it, or of what was made of it, before."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection, connections, transaction
from django.db.utils import OperationalError

import store.watched
import web.feed
from bot.doorbell import Doorbell
from bot.house import House
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.errors import ClaimLost
from core.message import Attached, Inbound, Reply
from store import database as store_database
from store.claims import Claimed
from store.database import Database
from store.disk import ServerLog, settle
from store.events import Position, feed_end
from store.models import Address, Event, Message
from store.turns import claim
from store.watched import news_after
from tests.company import Company, Writer
from tests.fakes.postgresql import Server
from web.feed import Feed

MOMENT = 0.3
"""Seconds in which something that is not awaited would have happened."""
LEASE = timedelta(seconds=30)
Tasks = asyncio.Task[Any]


@dataclass
class SlowLog:
    """Flushes when it is told to; counts what it was asked."""

    asked: int = 0
    is_asked: threading.Event = field(default_factory=threading.Event)
    ready: threading.Event = field(default_factory=threading.Event)

    def before(self, flushed: Callable[..., None]) -> Callable[..., None]:
        """What stands for `flushed`."""

        def waited(*args: object) -> None:
            self.asked += 1
            self.is_asked.set()
            assert self.ready.wait(60)
            flushed(*args)

        return waited


@pytest.fixture
async def log(
    company: Company, database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SlowLog]:
    if database != "postgresql":
        pytest.skip("SQLite's log has tests of its own")
    slow = SlowLog()
    await is_there(company.house)
    monkeypatch.setattr(ServerLog, "__call__", slow.before(ServerLog.__call__))
    yield slow
    slow.ready.set()


async def is_there(house: House) -> None:
    """The connection over which the log is flushed is opened when it is first wanted."""
    async with asyncio.timeout(30):
        while house.database._disk.server() is None:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


def a_mail(name: str) -> Inbound:
    return Writer(f"{name}@customers.example").mail("Where is it?")


def posted(company: Company, mail: Inbound) -> Tasks:
    run = company.house.database.run(receive, company.house, company.mail, [mail])
    return asyncio.create_task(run)


async def is_over(*tasks: Tasks) -> bool:
    done, _ = await asyncio.wait(tasks, timeout=MOMENT)
    return bool(done)


async def stored(company: Company, count: int) -> None:
    async with asyncio.timeout(30):
        while await company.house.database.read(Message.objects.count) != count:
            pass


def claimed(company: Company) -> Any:
    house = company.house
    return house.database.run(claim, house.vault, "w", LEASE, 8, house.clock())


async def test_it_may_be_gone_on_with_before_it_is_on_the_disk_and_nobody_is_told(
    company: Company, log: SlowLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[str, ...]] = []
    monkeypatch.setattr(Doorbell, "ring", lambda _, *names: rung.append(names))
    first = posted(company, a_mail("first"))
    assert not await is_over(first)
    assert rung == [("turns",)], "who looks for events may show them outside"
    (held,) = await claimed(company)
    assert held.text == "Where is it?"
    log.ready.set()
    assert len(await first) == 1
    assert rung == [("turns",), ("events",)]


async def test_one_flush_serves_all_who_committed_before_it(company: Company, log: SlowLog) -> None:
    early = posted(company, a_mail("early"))
    assert await asyncio.to_thread(log.is_asked.wait, 30)
    late = [posted(company, a_mail(name)) for name in "abcdef"]
    await stored(company, 7)
    assert not await is_over(early, *late), "the flush that has begun does not cover them"
    log.ready.set()
    await asyncio.gather(early, *late)
    assert log.asked == 2


async def test_a_repetition_is_told_no_sooner_than_the_first(
    company: Company, log: SlowLog
) -> None:
    """It writes nothing, so no commit would wait for it; but the provider throws its own away when it is told."""
    mail = a_mail("twice")
    first = posted(company, mail)
    await stored(company, 1)
    again = posted(company, mail)
    assert not await is_over(first, again)
    log.ready.set()
    assert [one.is_duplicate for (one,) in (await first, await again)] == [False, True]


async def test_a_repetition_by_itself_waits_too(
    company: Company, log: SlowLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where files came along it shares no commit, nor where there is no connection for the flush yet."""
    by_itself = SlowLog()
    monkeypatch.setattr(store_database, "settle", by_itself.before(settle))
    log.ready.set()
    photo = Attached("broken.png", "image/png", b"pixels")
    mail = replace(a_mail("twice"), attachments=(photo,))
    first = posted(company, mail)
    assert not await is_over(first)
    by_itself.ready.set()
    await first
    by_itself.ready.clear()
    again = posted(company, mail)
    assert not await is_over(again)
    by_itself.ready.set()
    assert (await again)[0].is_duplicate
    assert by_itself.asked == 2


async def test_a_flush_that_fails_is_told_to_everybody_and_the_next_has_another_connection(
    company: Company, log: SlowLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[str, ...]] = []
    monkeypatch.setattr(Doorbell, "ring", lambda _, *names: rung.append(names))
    disk = company.house.database._disk
    used = disk.server()
    assert used is not None
    both = [posted(company, a_mail("a")), posted(company, a_mail("b"))]
    await stored(company, 2)
    end = f"SELECT pg_terminate_backend({used._line._connection.info.backend_pid:d}, 30000)"
    await company.house.database.read(lambda: connection.cursor().execute(end))
    log.ready.set()
    for task in both:
        with pytest.raises(OperationalError, match="disk"):
            await task
    assert all("events" not in names for names in rung)
    assert (await posted(company, a_mail("a")))[0].is_duplicate is False
    await is_there(company.house)
    assert disk.server() is not used
    await posted(company, a_mail("c"))


async def test_who_waits_for_a_lock_for_too_long_has_not_lost_the_server(
    company: Company, log: SlowLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others share is undone, and each is run by itself; the line to the disk has others who wait over it."""
    log.ready.set()
    held = Writer("held@customers.example")
    await posted(company, held.mail("Where is it?"))
    locked, go_on, gave_up = threading.Event(), threading.Event(), threading.Event()

    def lock() -> None:
        with transaction.atomic():
            list(Address.objects.select_for_update())
            locked.set()
            assert go_on.wait(60)

    def apart(database: Database, taken: Any) -> None:
        gave_up.set()
        by_themselves(database, taken)

    by_themselves = Database._write_apart
    monkeypatch.setattr(Database, "_write_apart", apart)
    disk = company.house.database._disk
    used, lost = disk.server(), company.house.database._lost
    locking = asyncio.create_task(company.house.database.run(lock))
    assert await asyncio.to_thread(locked.wait, 60)
    waits = posted(company, held.mail("And now?"))
    assert await asyncio.to_thread(gave_up.wait, 60)
    go_on.set()
    await asyncio.gather(waits, locking)
    assert disk.server() is used
    assert company.house.database._lost == lost


async def test_who_waits_over_a_line_that_is_given_up_is_answered_over_it(
    company: Company, log: SlowLog
) -> None:
    log.ready.set()
    disk = company.house.database._disk
    used, go_on = disk.server(), threading.Event()
    assert used is not None
    busy = disk._pool.submit(go_on.wait, 60)
    disk.leave_server()
    assert disk.server() is None, "another is opened"
    over: Future[str] = Future()
    disk.give(used, over, "stored")
    go_on.set()
    assert busy.result(60)
    assert await asyncio.to_thread(over.result, 60) == "stored"
    await is_there(company.house)
    assert disk.server() is not used


async def test_behind_a_pooler_each_commit_waits_for_itself(
    company: Company, log: SlowLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same connection may lead to another server's process, of after a crash, each time."""
    options = {**connection.settings_dict["OPTIONS"], "prepare_threshold": None}
    monkeypatch.setitem(connections.settings["default"], "OPTIONS", options)
    async with asyncio.timeout(30):
        await posted(company, a_mail("a"))
    assert log.asked == 0


async def test_a_look_that_others_go_on_from_waits_for_what_it_found(
    company: Company, log: SlowLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = SlowLog()
    monkeypatch.setattr(store_database, "settle", looks.before(settle))
    first = posted(company, a_mail("a"))
    await stored(company, 1)
    read = company.house.database.read_settled
    look = asyncio.create_task(read(lambda: list(Event.objects.all())))
    assert not await is_over(first, look)
    looks.ready.set()
    assert len(await look) == 1
    log.ready.set()
    await first
    assert await read(lambda: list(Message.objects.filter(seq=99))) == []
    assert looks.asked == 1, "who finds nothing says nothing"


@dataclass
class Crash:
    """Ends the server as a bug in it would, while what it has not written down is in its memory alone."""

    server: Server
    writer: int

    async def __call__(self) -> None:
        os.kill(self.writer, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(RuntimeError):
                if await asyncio.to_thread(_writer_of, self.server) != self.writer:
                    return
            await asyncio.sleep(0.05)
        raise AssertionError("the server did not come back")


def _writer_of(server: Server) -> int:
    """The process that writes the log down when nobody else does."""
    asks = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"
    told = server.run("psql", "-At", "-d", "postgres", "-c", asks).strip()
    return int(told) if told else 0


@pytest.fixture
def crash(request: pytest.FixtureRequest, database: str) -> Iterator[Crash]:
    """Until it is called, what nobody has waited for stays in the server's memory."""
    if database != "postgresql":
        pytest.skip("SQLite has no server")
    postgresql: Server = request.getfixturevalue("postgresql")
    writer = _writer_of(postgresql)
    os.kill(writer, signal.SIGSTOP)
    yield Crash(postgresql, writer)
    with suppress(ProcessLookupError):
        os.kill(writer, signal.SIGCONT)
    connection.close()


async def test_what_this_process_has_flushed_is_not_flushed_once_more(
    company: Company, log: SlowLog, crash: Crash, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a claim leaves behind is nothing that a reader of the log would say."""
    log.ready.set()
    looks = SlowLog()
    looks.ready.set()
    monkeypatch.setattr(store.watched, "settle", looks.before(settle))
    house = company.house
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as reader:
        begin = await loop.run_in_executor(reader, feed_end)
        await posted(company, a_mail("a"))
        assert len(await claimed(company)) == 1
        flushed = house.database.flushed

        def look() -> int:
            return len(news_after(house.vault, begin, lambda _: None, 100, 100, flushed)[0])

        assert await loop.run_in_executor(reader, look) == 1
        assert looks.asked == 0
        await loop.run_in_executor(reader, lambda: connection.close())
        assert await loop.run_in_executor(reader, look) == 1
        assert looks.asked == 1, "another server may have begun meanwhile"
        await loop.run_in_executor(reader, lambda: connection.close())


async def again(deed: Callable[[], Any]) -> Any:
    """A thread may find out only now that its connection was lost."""
    for _ in range(20):
        with suppress(Error):
            return await deed()
    return await deed()


async def test_what_a_crash_takes_was_told_to_nobody(
    company: Company, log: SlowLog, crash: Crash
) -> None:
    """The flush is asked of the server that has it, never of the one that came after."""
    mail = a_mail("lost")
    lost = posted(company, mail)
    await stored(company, 1)
    (held,) = await claimed(company)
    await crash()
    log.ready.set()
    with pytest.raises(OperationalError, match="disk"):
        await lost
    database = company.house.database
    assert await again(lambda: database.read(Message.objects.count)) == 0
    with pytest.raises(ClaimLost):
        await finished(company, held)
    (kept,) = await again(lambda: posted(company, mail))
    assert not kept.is_duplicate
    with pytest.raises(ClaimLost):
        await finished(company, held)
    (once_more,) = await claimed(company)
    await finished(company, once_more)
    assert await database.read(Message.objects.count) == 2


def finished(company: Company, held: Claimed) -> Any:
    house, said = company.house, Outcome((Reply("An answer."),), {})
    return again(lambda: house.database.run(finish_turn, house, held, said))


async def test_what_was_told_survives_a_crash(company: Company, crash: Crash) -> None:
    """All that was flushed, of what may be seen first too."""
    await is_there(company.house)
    await asyncio.gather(*(posted(company, a_mail(name)) for name in "abc"))
    await crash()
    assert await again(lambda: company.house.database.read(Message.objects.count)) == 3


async def test_a_reader_skips_nothing_when_numbers_are_given_once_more(
    company: Company, log: SlowLog, crash: Crash, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = SlowLog()
    monkeypatch.setattr(store.watched, "settle", looks.before(settle))
    monkeypatch.setattr(web.feed, "POLL_SECONDS", 60.0)
    house = company.house
    feed = Feed(house)
    await feed.start()
    begun = feed.position
    try:
        lost = []
        for number in range(6):  # each with a number of its own
            lost.append(posted(company, a_mail(f"lost{number}")))
            await stored(company, number + 1)
        numbers = await house.database.read(_newest)
        house.doorbell.ring("events")
        assert await asyncio.to_thread(looks.is_asked.wait, 30)
        await crash()
        looks.ready.set()
        log.ready.set()
        ends = await asyncio.gather(*lost, return_exceptions=True)
        assert [type(end) for end in ends] == [OperationalError] * 6
        assert feed.position == begun
        await again(lambda: posted(company, a_mail("kept")))
        kept = await house.database.read(_newest)
        assert kept < numbers
        async with asyncio.timeout(30):
            while feed.position != kept:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
    finally:
        await feed.stop()


def _newest() -> Position:
    return Position(*Event.objects.order_by("-xid", "-id").values_list("xid", "id")[0])
