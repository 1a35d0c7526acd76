"""A running house with a telephone number: the web process's own app, a worker, the database, and a caller."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import httpx2

from bot.dialogue import Dialogue
from bot.house import House
from bot.work import Worker
from tests.bot.scripted import ScriptedDialogue
from tests.fakes.twilio import Call, FakeTwilio
from tests.fakes.twilio_call import FakeCall
from web.arrivals import ArrivalApp
from web.streams import StreamApp


@dataclass
class Line:
    """A running house with a telephone number."""

    house: House
    call: FakeCall
    dialogue: ScriptedDialogue
    client: httpx2.AsyncClient

    async def do(self, deed: str, *arguments: object) -> None:
        """What the caller does; Twilio's calls go to the app meanwhile."""
        await asyncio.to_thread(getattr(self.call, deed), *arguments)

    async def read(self, look: object) -> object:
        return await self.house.database.read(look)  # type: ignore[arg-type]


class Tick:
    """Time passes as on the wall, from a fixed day."""

    def __init__(self) -> None:
        self._loop_began: float | None = None

    def __call__(self) -> datetime:
        now = time.monotonic()
        self._loop_began = self._loop_began or now
        return datetime(2027, 3, 2, 12, tzinfo=UTC) + timedelta(seconds=now - self._loop_began)


@asynccontextmanager
async def calling(house: House, twilio: FakeTwilio) -> AsyncIterator[Line]:
    dialogue = ScriptedDialogue()
    worker = Worker(house, cast("Dialogue", dialogue), "tested")
    app = ArrivalApp(house, StreamApp(house))
    loop = asyncio.get_running_loop()
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(
        transport=transport, base_url=house.settings.public_url
    ) as client:

        async def deliver(call: Call) -> tuple[int, bytes]:
            answer = await client.post(call.path, content=call.body, headers=call.headers)
            return answer.status_code, answer.content

        def post(call: Call) -> tuple[int, bytes]:
            return asyncio.run_coroutine_threadsafe(deliver(call), loop).result(20)

        webhook = f"{house.settings.public_url}/webhooks/voice/line"
        running = asyncio.create_task(worker.run())
        try:
            yield Line(house, FakeCall(twilio, webhook, post), dialogue, client)
        finally:
            worker.stop()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(running, 20)
