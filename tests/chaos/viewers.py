"""Visitors who keep the event stream of their conversation open, and come back by number when it breaks."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2


@dataclass
class Viewer:
    """One open stream. `seen`: the numbers it was given, in order; `away`: how long each break lasted, in seconds;
    `cuts`: how often it ended."""

    url: str
    conversation: str
    token: str
    seen: list[int] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    is_open: bool = False
    cuts: int = 0

    async def follow(self, client: httpx2.AsyncClient) -> None:
        """Reads until cancelled."""
        lost_at = 0.0
        path = f"{self.url}/chat/v1/conversations/{self.conversation}/events"
        while True:
            headers = {"authorization": f"Bearer {self.token}"}
            if self.seen:
                headers["last-event-id"] = str(self.seen[-1])
            try:
                async with client.stream("GET", path, headers=headers) as answer:
                    if answer.status_code == 200:
                        if lost_at:
                            self.away.append(time.monotonic() - lost_at)
                        lost_at = 0.0
                        async for line in answer.aiter_lines():
                            self.is_open = True
                            if line.startswith("id:"):
                                self.seen.append(int(line[3:]))
            except httpx2.HTTPError:
                pass
            self.cuts += self.is_open
            self.is_open = False
            lost_at = lost_at or time.monotonic()
            await asyncio.sleep(0.2)

    def gaps(self) -> int:
        """Numbers that were skipped, came twice or in the wrong order."""
        return sum(number != place for place, number in enumerate(self.seen, 1))


@asynccontextmanager
async def followed(viewer: Viewer, client: httpx2.AsyncClient) -> AsyncIterator[None]:
    """Reads its stream meanwhile."""
    reading = asyncio.create_task(viewer.follow(client))
    try:
        yield
    finally:
        reading.cancel()
        await asyncio.wait({reading})


def client() -> httpx2.AsyncClient:
    """For any number of open streams."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
    timeout = httpx2.Timeout(10, read=40)
    return httpx2.AsyncClient(limits=limits, timeout=timeout, trust_env=False)


async def opened(client: httpx2.AsyncClient, url: str, number: int) -> Viewer:
    """A new conversation of a visitor with an address of their own."""
    path = f"{url}/chat/v1/conversations"
    headers = {"x-forwarded-for": f"10.8.{number // 200}.{number % 200 + 1}"}
    answer = await client.post(path, json={}, headers=headers)
    answer.raise_for_status()
    told = json.loads(answer.content)
    return Viewer(url, told["conversation"], told["token"])
