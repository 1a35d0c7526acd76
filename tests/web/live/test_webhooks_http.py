"""Providers' webhooks: verified, stored once, acknowledged; and channels that answer in the response itself."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import httpx2
import pytest

from tests.web.live.conftest import Web
from tests.web.live.test_arrivals_http import problem

GENUINE = {"X-Line": "genuine"}


def call(web: Web, text: str, number: str, headers: dict[str, str] = GENUINE) -> httpx2.Response:
    body = json.dumps({"call": number, "text": text})
    return web.http.post("/webhooks/telephone/line", content=body, headers=headers)


@pytest.fixture
def number() -> str:
    return uuid4().hex


def test_forged_and_unreadable_calls_are_refused(web: Web, number: str) -> None:
    told = problem(call(web, "hello", number, {}), 401)
    assert told == problem(call(web, "hello", number, {"X-Line": "other"}), 401)
    answer = web.http.post("/webhooks/telephone/line", content=b"\xff", headers=GENUINE)
    problem(answer, 400)
    large = b"x" * (5 * 1024 * 1024 + 1)
    answer = web.http.post("/webhooks/telephone/line", content=large, headers=GENUINE)
    problem(answer, 413)


async def test_the_reply_travels_in_the_response(web: Web, number: str) -> None:
    calling = asyncio.create_task(asyncio.to_thread(call, web, "What is my balance?", number))
    await said(web, "Twelve euros.")
    assert (await calling).text == "Twelve euros."
    state, receipt = web.do("outbox")[-1]
    assert (state, receipt.partition(":")[0]) == ("sent", "said")
    assert web.do("deliver") == 0, "what was said is not sent again"


async def test_a_worker_leaves_the_reply_to_the_call_that_waits(web: Web, number: str) -> None:
    calling = asyncio.create_task(asyncio.to_thread(call, web, "And yesterday?", number))
    await said(web, "Eleven.")
    assert web.do("deliver") == 0
    assert (await calling).text == "Eleven."


async def test_a_late_reply_goes_out_the_ordinary_way(web: Web, number: str) -> None:
    answer = await asyncio.to_thread(call, web, "And tomorrow?", number)
    assert answer.text == "One moment"
    await said(web, "Nobody knows.")
    for _ in range(60):  # the call is over, but its time has not quite run out
        if web.do("deliver"):
            break
        await asyncio.sleep(0.1)
    state, receipt = web.do("outbox")[-1]
    assert (state, receipt.partition(":")[0]) == ("sent", "called back")


async def said(web: Web, text: str) -> None:
    """The bot answers as soon as there is something to answer."""
    for _ in range(100):
        if await asyncio.to_thread(web.do, "answer", text=text):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("no call came in")
