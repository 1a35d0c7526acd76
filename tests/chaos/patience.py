"""Waiting for what must come about, and saying what did not. Everything that a run waits for is waited for here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class NotInTime(Exception):
    """What did not come about, as one sentence: the run ends, and tells what it found up to then."""


async def until(condition: Callable[[], Awaitable[bool]], seconds: float, what: str) -> float:
    """Waits until it is so; after how many seconds. Raises `NotInTime`, with `what` it waited for."""
    start = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            while True:
                if await condition():
                    return time.monotonic() - start
                await asyncio.sleep(0.05)
    except TimeoutError as problem:
        raise NotInTime(f"Not within {seconds:.0f} s: {what}.") from problem
