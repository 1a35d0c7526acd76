"""A web process that is told to stop while a post waits for the database: the post is finished, or refused and comes again."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import psycopg
import pytest

from tests import databases
from tests.web.live.conftest import Chat, Stream, Web, started


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = metafunc.config.getoption("--database")
    kinds = databases.KINDS if chosen == "both" else (chosen,)
    metafunc.parametrize("leaver", kinds, indirect=True, scope="module")


@pytest.fixture(scope="module")
def leaver(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """A process of our own, which the tests stop and start."""
    with started(request, tmp_path_factory.mktemp("leaver"), request.param, "leaver") as leaver:
        yield leaver


@contextmanager
def nobody_can_write(web: Web) -> Iterator[None]:
    """Somebody else holds the lock that each message needs."""
    if web.database:
        with psycopg.connect(web.database) as elsewhere:
            elsewhere.execute("LOCK TABLE store_message IN SHARE MODE")
            yield
            elsewhere.rollback()
        return
    elsewhere = sqlite3.connect(web.state / "threadline.db", isolation_level=None)
    elsewhere.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        elsewhere.execute("ROLLBACK")
        elsewhere.close()


async def finishing(web: Web, seconds: float) -> None:
    """A new process that has so long to finish what is open: on a busy machine what is finished at once takes a while."""
    web.finish = seconds
    await asyncio.to_thread(web.stop)
    await asyncio.to_thread(web.start)


async def posting(web: Web, chat: Chat) -> asyncio.Task[httpx2.Response]:
    """A post that waits for the lock."""
    task = asyncio.create_task(asyncio.to_thread(web.post, chat, "Where is my parcel?", "once"))
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(web.do, "waiting"):
            pass
    return task


async def told_to_stop(web: Web, stream: Stream) -> list[str]:
    """What the stream says last."""
    assert web.process is not None
    web.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(60):
        return [line async for line in stream.rest()]


async def begun_again(web: Web) -> None:
    """The process ends by itself, and the next one stands in its place."""
    assert web.process is not None
    assert await asyncio.to_thread(web.process.wait, 60) == -signal.SIGTERM
    await asyncio.to_thread(web.stop)
    await asyncio.to_thread(web.start)


async def only_once(web: Web, chat: Chat) -> None:
    """Brought again it is the same message, and the stream has it once."""
    again = await asyncio.to_thread(web.post, chat, "Where is my parcel?", "once")
    assert (again.status_code, again.json()["seq"]) == (202, 1)
    async with web.events(chat) as stream:
        assert (await stream.next(60)).id == "1"
        with pytest.raises(TimeoutError):
            await stream.next(0.5)


async def test_what_can_be_finished_is_and_streams_are_told_to_come_back(leaver: Web) -> None:
    await finishing(leaver, 120)
    chat = leaver.open()
    assert os.read(leaver.serving, 2) == b"1", "whoever keeps the port has heard that it serves"
    async with leaver.events(chat) as stream:
        with nobody_can_write(leaver):
            task = await posting(leaver, chat)
            last = await told_to_stop(leaver, stream)
            assert os.read(leaver.serving, 1) == b"", "and now that it does no more"
            assert leaver.process is not None
            assert leaver.process.poll() is None
        assert last[-2:] == [f"retry: {last[-2][7:]}", ""]
        assert 100 <= int(last[-2][7:]) < 1_000, "sooner than after any other break"
        answer = await task
    assert (answer.status_code, answer.json()) == (202, {"seq": 1})
    await begun_again(leaver)
    await only_once(leaver, chat)


async def test_what_cannot_be_finished_is_refused_and_is_one_message_when_it_comes_again(
    leaver: Web,
) -> None:
    await finishing(leaver, 3)
    chat = leaver.open()
    with nobody_can_write(leaver):
        async with leaver.events(chat) as stream:
            task = await posting(leaver, chat)
            await told_to_stop(leaver, stream)
        answer = await task
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["content-type"] == "application/problem+json"
        assert leaver.process is not None
        assert await asyncio.to_thread(leaver.process.wait, 60) == -signal.SIGTERM
    await begun_again(leaver)
    await only_once(leaver, chat)
