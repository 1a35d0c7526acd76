"""How soon the reader of the log looks again: at once for whoever speaks alone, a moment later while many speak."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

import web.feed
from bot.receive import receive
from tests.company import Company, Writer
from web.feed import Feed, HouseView

NEVER = 3600.0
MOMENT = 1.0
"""Seconds in which what is not held back would have been told; the poll comes four times in it."""


@pytest.fixture
async def desk(company: Company, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HouseView]:
    """A view of everything, of a reader that gathers without end where it gathers at all."""
    monkeypatch.setattr(web.feed, "GATHER_SECONDS", NEVER)
    feed = Feed(company.house)
    await feed.start()
    with feed.watch_all() as view:
        yield view
    await feed.stop()


async def tell(company: Company, desk: HouseView, *names: str) -> None:
    """A mail of each, all of them stored in the same moment."""
    mails = [Writer(f"{name}@customers.example").mail("Where is it?") for name in names]
    desk.news.clear()
    await company.house.database.run(receive, company.house, company.mail, mails)
    async with asyncio.timeout(30):
        await desk.news.wait()


async def test_who_speaks_alone_waits_for_nobody(company: Company, desk: HouseView) -> None:
    for _ in range(3):
        await tell(company, desk, "a")


async def test_while_several_speak_what_happens_is_gathered(
    company: Company, desk: HouseView
) -> None:
    await tell(company, desk, "a", "b")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(MOMENT):
            await tell(company, desk, "c")
