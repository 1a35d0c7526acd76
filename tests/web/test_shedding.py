"""More arrives than can be stored: what is turned away was not accepted, comes again, and is stored once."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import httpx2
import pytest

from bot.company import make_inbox
from bot.settings import Web
from core.errors import TemporaryFailure
from store.models import Message
from tests.company import Company
from tests.fakes import webhook
from web.arrivals import ArrivalApp
from web.gate import RETRY_SPREAD, Allowance, Gate
from web.problems import RETRY_SECONDS
from web.streams import StreamApp

MOST = 3


@pytest.fixture
def system(company: Company) -> webhook.FakeSystem:
    """A system that brings messages by the signed webhook."""
    settings = {
        "source": "shop",
        "url": "http://127.0.0.1:9/replies",
        "incoming_secret": webhook.INCOMING,
        "outgoing_secret": webhook.OUTGOING,
    }
    make_inbox(company.house, company.brand, "shop", "Shop", "webhook", settings)
    return webhook.FakeSystem(clock=lambda: company.house.clock().timestamp())


async def test_behind_a_full_line_nothing_more_is_accepted_and_nothing_accepted_is_dropped(
    company: Company, system: webhook.FakeSystem
) -> None:
    settings = company.house.settings.model_copy(update={"web": Web(most_waiting=MOST)})
    house = replace(company.house, settings=settings)
    app = ArrivalApp(house, StreamApp(house))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    calls = [system.say("ann", f"need-{n}", "hello") for n in range(MOST + 4)]
    goes_on = threading.Event()
    # What a database that has stopped looks like: each of its threads waits for it.
    blocks = [asyncio.create_task(house.database.run(goes_on.wait)) for _ in range(MOST)]
    await asyncio.sleep(0)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as web:

        async def bring(call: webhook.Signed) -> httpx2.Response:
            path = "/webhooks/webhook/shop"
            return await web.post(path, content=call.body, headers=call.headers)

        try:
            async with asyncio.timeout(20):  # who is not turned away waits for ever
                turned_away = [await bring(call) for call in calls]
                opened = await web.post("/chat/v1/conversations", json={})
        finally:
            goes_on.set()
        await asyncio.gather(*blocks)
        again = [await bring(call) for call in calls]
    assert {answer.status_code for answer in (*turned_away, opened)} == {503}
    for answer in turned_away:
        later = int(answer.headers["retry-after"])
        assert RETRY_SECONDS <= later < RETRY_SECONDS + RETRY_SPREAD
    assert {answer.status_code for answer in again} == {200}
    assert await house.database.run(Message.objects.count) == len(calls)
    assert house.database.waiting == 0


async def test_what_was_cancelled_or_failed_leaves_the_line(company: Company) -> None:
    def fail() -> None:
        raise ValueError("of no use")

    database = company.house.database
    with pytest.raises(ValueError, match="of no use"):
        await database.run(fail)
    goes_on = threading.Event()
    asked = asyncio.create_task(database.run(goes_on.wait))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    waited = database.waiting
    goes_on.set()
    assert waited == 1, "it runs still, whoever asked for it has left"
    await database.run(lambda: None)
    for _ in range(3_000):  # on PostgreSQL it runs in a thread of its own
        if not database.waiting:
            break
        await asyncio.sleep(0.01)
    assert database.waiting == 0


def test_there_is_room_up_to_the_limit() -> None:
    gate = Gate(Allowance())
    gate.room(MOST - 1, MOST)
    with pytest.raises(TemporaryFailure):
        gate.room(MOST, MOST)
