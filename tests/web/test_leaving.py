"""The end of a web process, request by request: finished, refused with a time to come again, or not begun any more; and what its start leaves to settle."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from web.leaving import Leaving
from web.serve import settle

SOON = 0.05


class Slow:
    """An app that answers when it is told to. `/stubborn` is deaf to being cancelled, `/begun` has said half of it."""

    def __init__(self) -> None:
        self.goes_on = asyncio.Event()
        self.asked = asyncio.Event()
        self.is_cancelled = asyncio.Event()
        self.over: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = Request(scope).url.path

        async def halves() -> AsyncIterator[str]:
            yield "one "
            self.asked.set()
            await self.goes_on.wait()
            yield "two"

        if path == "/begun":
            await StreamingResponse(halves())(scope, receive, send)
            return
        self.asked.set()
        waiting = asyncio.create_task(self.goes_on.wait())
        while not waiting.done():
            try:
                await asyncio.shield(waiting)
            except asyncio.CancelledError:
                self.is_cancelled.set()
                if path != "/stubborn":
                    raise
        await PlainTextResponse("done")(scope, receive, send)
        self.over.append(path)


@asynccontextmanager
async def asked(
    path: str, seconds: float
) -> AsyncIterator[
    tuple[Slow, Leaving, Callable[[str], Awaitable[httpx2.Response]], asyncio.Task[httpx2.Response]]
]:
    """A request in hand when the process is told to stop."""
    slow = Slow()
    leaving = Leaving(slow, seconds)
    transport = httpx2.ASGITransport(app=leaving)
    async with (
        httpx2.AsyncClient(transport=transport, base_url="http://test") as client,
        asyncio.timeout(10),
    ):
        task = asyncio.create_task(client.get(path))
        await slow.asked.wait()
        leaving.begin()
        yield slow, client.get, task


async def test_what_is_finished_in_time_is_answered() -> None:
    async with asked("/", 15) as (slow, get, task):
        slow.goes_on.set()
        assert (await task).text == "done"
        assert (await get("/")).text == "done", "until then nobody is turned away"


async def test_what_is_not_finished_is_told_when_to_come_again() -> None:
    async with asked("/", SOON) as (slow, get, task):
        answer = await task
        assert (answer.status_code, slow.over) == (503, [])
        assert int(answer.headers["retry-after"]) >= 1
        slow.goes_on.set()
        assert (await get("/")).status_code == 503, "what comes later is not begun"
        assert slow.over == []


async def test_an_app_that_goes_on_all_the_same_says_nothing_more() -> None:
    async with asked("/stubborn", SOON) as (slow, _, task):
        await slow.is_cancelled.wait()
        slow.goes_on.set()
        assert (await task).status_code == 503
        assert slow.over == ["/stubborn"]


async def test_what_has_begun_its_answer_is_left_to_end_it() -> None:
    async with asked("/begun", SOON) as (slow, get, task):
        assert (await get("/")).status_code == 503
        slow.goes_on.set()
        assert (await task).text == "one two"


def test_what_a_start_made_is_not_looked_through_again_and_the_rest_in_little() -> None:
    before = gc.get_threshold()
    gc.unfreeze()  # `tests.lanes` has done the same for the tests, which go on so
    try:
        gc.set_threshold(50_000)  # as the start has it (`bot.__main__`)
        settle()
        assert gc.get_freeze_count() > 50_000
        assert len(gc.get_objects()) < gc.get_freeze_count()
        kept: list[list[int]] = []
        young = gc.get_stats()[0]["collections"]
        kept.extend([] for _ in range(12_000))
        assert gc.get_stats()[0]["collections"] >= young + 2, "one search would find all of these"
    finally:
        gc.set_threshold(*before)
