"""The grammar of server-sent events: headers, frames and heartbeats. What is sent is the streams' concern."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pydantic_core import to_json

Writer = Callable[[str], Awaitable[None]]

HEARTBEAT_SECONDS = 15.0
HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
}


def frame(data: object, number: object = None) -> str:
    """One event; without a number it is not replayed to a client that comes back."""
    text = to_json(data).decode()
    return f"data: {text}\n\n" if number is None else f"id: {number}\ndata: {text}\n\n"


async def beat(news: asyncio.Event, write: Writer, seconds: float = HEARTBEAT_SECONDS) -> None:
    """Waits for news for so long at most; then a comment keeps proxies and the client sure that we are here."""
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        await write(": here\n\n")
