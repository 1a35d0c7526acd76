"""Providers bring everything again, late, and at once to several web processes: each message is there exactly once."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import httpx2
import pytest

from bot.bootstrap import build_house
from bot.company import make_inbox
from bot.house import House
from store.models import InboxRow, Message
from tests.company import Company, StandingClock
from tests.fakes import webhook
from web.arrivals import ArrivalApp
from web.streams import StreamApp

SIZES = [150, pytest.param(2_000, marks=[pytest.mark.journey, pytest.mark.timeout(3600)])]
"""Messages: the short form, and what is promised (R03)."""


@pytest.mark.parametrize("messages", SIZES)
async def test_whatever_is_brought_again_is_one_message(
    company: Company, clock: StandingClock, messages: int
) -> None:
    settings = {
        "source": "shop",
        "url": "http://127.0.0.1:9/replies",
        "incoming_secret": webhook.INCOMING,
        "outgoing_secret": webhook.OUTGOING,
    }
    make = company.house.database.run
    await make(make_inbox, company.house, company.brand, "shop", "Shop", "webhook", settings)
    dice = random.Random(7)
    system = webhook.FakeSystem(clock=lambda: clock().timestamp())
    calls = [system.say("ann", f"need-{n % 30}", f"message {n}") for n in range(messages)]
    deliveries = [call for call in calls for _ in range(dice.randint(1, 4))]
    dice.shuffle(deliveries)
    houses = [company.house, _another(company.house, clock)]
    statuses = await _bring(houses, deliveries, dice)
    assert set(statuses) == {200}
    clock.advance(minutes=4)
    assert set(await _bring(houses, calls[:20], dice)) == {200}, (
        "a repeat is answered like the first"
    )
    assert await make(Message.objects.count) == await make(InboxRow.objects.count) == messages
    await asyncio.to_thread(houses[1].database.close)
    houses[1].doorbell.close()


def _another(house: House, clock: StandingClock) -> House:
    """What a second web process has: connections and caches of its own."""
    return replace(build_house(house.settings), clock=clock)


async def _bring(
    houses: list[House], calls: list[webhook.Signed], dice: random.Random
) -> list[int]:
    """All at once, each to either process."""
    webs = [
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(ArrivalApp(house, StreamApp(house))),
            base_url="http://test",
        )
        for house in houses
    ]
    room = asyncio.Semaphore(16)

    async def one(call: webhook.Signed) -> int:
        async with room:
            web = dice.choice(webs)
            answer = await web.post(
                "/webhooks/webhook/shop", content=call.body, headers=call.headers
            )
            return answer.status_code

    statuses = await asyncio.gather(*map(one, calls))
    for web in webs:
        await web.aclose()
    return list(statuses)
