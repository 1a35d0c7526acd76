"""A full disk: nothing is acknowledged that is not stored, clients are told to come again, and it goes on by itself."""

from __future__ import annotations

import httpx2
import pytest
from django.db import connection

from bot.company import make_inbox
from store.models import InboxRow, Message
from tests.company import Company
from tests.fakes import webhook
from web.arrivals import ArrivalApp
from web.streams import StreamApp


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


async def bring(company: Company, call: webhook.Signed) -> int:
    app = ArrivalApp(company.house, StreamApp(company.house))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as web:
        answer = await web.post("/webhooks/webhook/shop", content=call.body, headers=call.headers)
    if answer.status_code == 503:
        assert answer.headers["content-type"].startswith("application/problem+json")
    return answer.status_code


def _limit_pages(pages: int) -> int:
    """SQLite's own way of being full; how large it is now."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        count = int(cursor.fetchone()[0])
        cursor.execute(f"PRAGMA max_page_count = {pages or count}")
    return count


async def test_what_cannot_be_stored_is_a_503_and_is_accepted_once_there_is_room(
    company: Company, system: webhook.FakeSystem, database: str
) -> None:
    if database != "sqlite":
        pytest.skip("PostgreSQL is a machine of its own; that it is away is told in the same way")
    run = company.house.database.run
    calls = [system.say("ann", f"need-{n}", "x" * 2000) for n in range(40)]
    await run(_limit_pages, 0)
    statuses = [await bring(company, call) for call in calls]
    assert statuses[-1] == 503, "it was full"
    assert set(statuses) <= {200, 503}
    assert await run(Message.objects.count) == statuses.count(200), "no 2xx without a row"
    assert await run(InboxRow.objects.count) == statuses.count(200), "and nothing half stored"
    await run(_limit_pages, 1_000_000)
    assert {await bring(company, call) for call in calls} == {200}
    assert await run(Message.objects.count) == len(calls)
