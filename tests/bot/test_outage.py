"""The database goes away and comes back: nothing is accepted meanwhile, and nobody has to restart anything."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest
from django.db import connection
from django.db.utils import OperationalError

from bot.dialogue import Dialogue
from bot.house import House
from bot.receive import receive
from bot.settings import Work
from bot.work import Worker
from store.database import Database
from store.models import Message, OutboxRow
from tests.bot.scripted import FastClock, ScriptedDialogue
from tests.company import Company, Writer, make_company
from tests.fakes.postgresql import Server


@pytest.fixture
def company(house: House, database: str) -> Company:
    """The company, on the one database that can go away."""
    if database == "sqlite":
        pytest.skip("skipped: SQLite is a file of ours")
    work = Work(poll_seconds=0.05, lease_seconds=1.0)
    settings = house.settings.model_copy(update={"work": work})
    return make_company(replace(house, clock=FastClock(), settings=settings))


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "this did not happen in time"
        await asyncio.sleep(0.05)


def test_a_worker_outlives_a_crash_of_the_database(company: Company, postgresql: Server) -> None:
    house, maya = company.house, Writer()
    worker = Worker(house, cast("Dialogue", ScriptedDialogue()), "tested")
    sent = company.provider.taken

    async def run() -> None:
        running = asyncio.create_task(worker.run())
        await house.database.run(receive, house, company.mail, [maya.mail("before")])
        while not await house.database.read(  # noqa: ASYNC110 - no event tells of a commit
            OutboxRow.objects.filter(state="sent").exists
        ):
            await asyncio.sleep(0.05)
        postgresql.stop(signal.SIGQUIT)
        mail = maya.mail("meanwhile")
        for _ in range(3):
            with pytest.raises(OperationalError):
                await house.database.run(receive, house, company.mail, [mail])
        await asyncio.sleep(0.5)
        assert not running.done(), "the worker must wait, not die"
        postgresql.start()
        await house.database.run(receive, house, company.mail, [mail])
        await until(lambda: len(sent) == 2)
        worker.stop()
        await asyncio.wait_for(running, 30)

    try:
        asyncio.run(run())
    finally:
        connection.close()
        if postgresql.process is None:
            postgresql.start()
    assert [item.text for item in sent] == ["Answer to: before", "Answer to: meanwhile"]
    assert Message.objects.filter(author=Message.Author.CUSTOMER).count() == 2


def test_no_thread_keeps_a_connection_to_a_server_that_is_gone(
    company: Company, postgresql: Server
) -> None:
    """What meets the loss, in a commit that it would have shared, is run by itself; the other threads find out by
    themselves, and nobody is refused."""
    house, maya = company.house, Writer()
    apart = Database(4)
    barrier = threading.Barrier(4)

    def meet() -> None:
        barrier.wait(30)
        Message.objects.exists()

    async def run() -> None:
        await asyncio.gather(*(apart.run(meet) for _ in range(4)))
        postgresql.stop(signal.SIGQUIT)
        postgresql.start()
        assert await apart.run(receive, house, company.mail, [maya.mail("after the crash")])
        await asyncio.gather(*(apart.run(meet) for _ in range(4)))

    try:
        asyncio.run(run())
    finally:
        apart.close()
        connection.close()
        if postgresql.process is None:
            postgresql.start()
