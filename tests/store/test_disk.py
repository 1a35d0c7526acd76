"""On SQLite nobody is told of a commit before it is on the disk, and one flush serves all who committed before it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.utils import OperationalError
from django.http import HttpRequest

import store.disk
from bot.receive import receive
from store.disk import Disk, FileLog, flush
from store.events import Position
from store.models import Message
from store.turns import claim
from tests.company import Company, Writer
from web.api import events
from web.desk_stream import _Viewer, staff_for
from web.feed import ConversationView, Feed
from web.streams import StreamApp

MOMENT = 0.3
"""Seconds in which something that is not awaited would have happened."""


class SlowDisk:
    """Flushes when it is told to; counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Path] = []
        self.is_asked = threading.Event()
        self.ready = threading.Event()
        self.problem: OSError | None = None

    def __call__(self, log: str) -> None:
        self.asked.append(Path(log))
        self.is_asked.set()
        assert self.ready.wait(30)
        if self.problem is not None:
            raise self.problem


@pytest.fixture
async def disk(
    company: Company, database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SlowDisk]:
    if database != "sqlite":
        pytest.skip("PostgreSQL's log has tests of its own")
    slow = SlowDisk()
    monkeypatch.setattr(store.disk, "flush", slow)
    yield slow
    slow.ready.set()


def write_to(company: Company, name: str, external_id: str = "") -> asyncio.Task[Any]:
    mail = Writer(f"{name}@customers.example").mail("Where is it?", external_id=external_id)
    run = company.house.database.run(receive, company.house, company.mail, [mail])
    return asyncio.create_task(run)


async def is_over(*tasks: asyncio.Task[Any]) -> bool:
    done, _ = await asyncio.wait(tasks, timeout=MOMENT)
    return bool(done)


async def count(company: Company) -> int:
    return await company.house.database.read(Message.objects.count)


async def test_nobody_is_told_before_it_is_on_the_disk(company: Company, disk: SlowDisk) -> None:
    first = write_to(company, "first")
    assert not await is_over(first)
    assert await count(company) == 1, "it is committed, and the lock is free for others"
    disk.ready.set()
    assert len(await first) == 1
    assert disk.asked[0].name == f"{Path(connection.settings_dict['NAME']).name}-wal"


async def test_one_flush_serves_all_who_committed_before_it(
    company: Company, disk: SlowDisk
) -> None:
    early = write_to(company, "early")
    assert await asyncio.to_thread(disk.is_asked.wait, 30)
    late = [write_to(company, name) for name in "abcdef"]
    async with asyncio.timeout(30):
        while await count(company) < 7:
            pass
    assert not await is_over(early, *late), "the flush that has begun does not cover them"
    disk.ready.set()
    await asyncio.gather(early, *late)
    assert len(disk.asked) == 2


async def test_a_disk_that_refuses_is_told_to_everybody(company: Company, disk: SlowDisk) -> None:
    disk.problem = OSError(5, "Input/output error")
    both = [write_to(company, "a"), write_to(company, "b")]
    disk.ready.set()
    for task in both:
        with pytest.raises(OperationalError, match="Input/output error"):
            await task


async def test_who_leaves_while_the_disk_works_spoils_nobody_elses_answer(
    company: Company, disk: SlowDisk
) -> None:
    """A caller that is cancelled may take its own answer along, never the thread that serves all of them."""
    database = company.house.database
    settled = asyncio.create_task(database.settled())
    assert await asyncio.to_thread(disk.is_asked.wait, 30)
    both = [write_to(company, name) for name in "ab"]
    async with asyncio.timeout(30):
        while await count(company) < 2:
            pass
    for one in (settled, both[0]):
        one.cancel()
    await asyncio.wait({settled, both[0]})
    disk.ready.set()
    async with asyncio.timeout(30):
        assert len(await both[1]) == 1
        await database.settled()


def test_an_answer_that_nobody_waits_for_any_more_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever left before, and whoever leaves while the disk works."""
    slow = SlowDisk()
    monkeypatch.setattr(store.disk, "flush", slow)
    disk = Disk()
    futures: list[Future[int]] = [Future() for _ in range(4)]
    futures[0].cancel()
    for number, future in enumerate(futures[:2]):
        disk.give(FileLog("log"), future, number)
    assert slow.is_asked.wait(30)
    for number, future in enumerate(futures[2:], 2):
        disk.give(FileLog("log"), future, number)
    for future in futures[1:3]:
        future.cancel()
    slow.ready.set()
    assert futures[3].result(30) == 3
    disk.close()
    assert futures[0].cancelled()


async def test_only_a_claim_may_be_forgotten_with_the_power(
    company: Company, disk: SlowDisk
) -> None:
    """A lease whose holder dies with the machine need not wait for the disk."""
    disk.ready.set()
    await write_to(company, "a")
    disk.ready.clear()
    asked = len(disk.asked)
    house = company.house
    lease = timedelta(seconds=30)
    async with asyncio.timeout(20):
        held = await house.database.run(claim, house.vault, "w", lease, 1, house.clock())
    assert (len(held), len(disk.asked)) == (1, asked)


async def test_what_changes_nothing_does_not_wait(company: Company, disk: SlowDisk) -> None:
    async with asyncio.timeout(20):
        assert await company.house.database.run(Message.objects.count) == 0
    assert disk.asked == []


async def test_a_repetition_is_told_no_sooner_than_the_first(
    company: Company, disk: SlowDisk
) -> None:
    """It changes nothing; but the provider throws its own away when it is told."""
    first = write_to(company, "a", "twice")
    assert not await is_over(first)
    disk.ready.set()
    await first
    disk.ready.clear()
    again = write_to(company, "a", "twice")
    assert not await is_over(again)
    disk.ready.set()
    assert (await again)[0].is_duplicate


async def test_a_stream_shows_nothing_that_is_not_on_the_disk(
    company: Company, disk: SlowDisk
) -> None:
    feed = Feed(company.house)
    disk.ready.set()
    await feed.start()
    disk.ready.clear()
    try:
        with feed.watch_all() as desk:
            told = asyncio.create_task(desk.news.wait())
            written = write_to(company, "a")
            assert not await is_over(told, written)
            disk.ready.set()
            async with asyncio.timeout(20):
                await told
            await written
    finally:
        await feed.stop()


async def test_who_goes_on_from_a_place_is_told_of_nothing_before_it_that_is_not_on_the_disk(
    company: Company, disk: SlowDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream that is resumed, of the chat and of the desk, and the page of events of the API."""
    house = company.house
    monkeypatch.setattr(events, "caller_in", lambda request: SimpleNamespace(user=company.lead))
    told: list[str] = []

    async def write(text: str) -> None:
        told.append(text)

    written = write_to(company, "a")
    assert not await is_over(written)
    talk = await house.database.read(lambda: Message.objects.get().conversation_id)
    staff = await house.database.read(staff_for, company.lead)
    streams = StreamApp(house)
    view = ConversationView(talk)
    chat = asyncio.create_task(streams._read(view))
    assert not await is_over(chat)
    desk = asyncio.create_task(streams._desk._replay(_Viewer(staff, Position(), write)))
    assert not await is_over(desk)
    page = asyncio.create_task(
        house.database.read(lambda: events.list_happenings(HttpRequest()).items)
    )
    assert not await is_over(page)
    assert told == []
    disk.ready.set()
    assert len(await chat) == len(await page) == 1
    await desk
    assert len(told) == 1
    await written


def test_elsewhere_each_commit_waits_for_the_disk(company: Company, database: str) -> None:
    """Deeds of the desk and commands do not go through `Database.run`: their own connections wait."""
    if database != "sqlite":
        pytest.skip("PostgreSQL waits for its disk by itself")
    with connection.cursor() as cursor:
        full = 2
        assert cursor.execute("PRAGMA synchronous").fetchone() == (full,)


def test_flushing_is_asked_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "store.sqlite3-wal"
    flush(str(log))  # a log that was copied into the database is gone
    log.write_bytes(b"frames")
    flushed: list[int] = []
    real = os.fdatasync

    def note(file: int) -> None:
        flushed.append(os.fstat(file).st_ino)
        real(file)

    monkeypatch.setattr(os, "fdatasync", note)
    flush(str(log))
    assert flushed == [log.stat().st_ino]


def test_the_log_is_copied_into_the_file_seldom(company: Company, database: str) -> None:
    """Whoever commits copies it, and waits for the disk twice meanwhile."""
    if database != "sqlite":
        pytest.skip("PostgreSQL copies in a process of its own")
    file = Path(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE heap (piece BLOB)")
        before = file.stat().st_size
        cursor.execute("INSERT INTO heap VALUES (zeroblob(8000000))")
        assert file.stat().st_size == before
