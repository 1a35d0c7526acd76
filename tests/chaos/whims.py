"""What befalls Redis in the middle of a run. It is no kill of ours, and must not be noticed by any customer."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable

from tests.fakes.redis_server import RedisServer


class Whims:
    """What befalls Redis in the middle of a run: a death or a freeze now and then, for a few seconds."""

    def __init__(self, redis: RedisServer | None, seed: int) -> None:
        self._redis = redis
        self._dice = random.Random(seed)
        self._task: asyncio.Task[None] | None = None
        self.done: Counter[str] = Counter()

    def strike(self, share: float = 0.2, seconds: float = 4.0) -> None:
        """Perhaps; not while it is away already."""
        is_away = self._task is not None and not self._task.done()
        if self._redis is None or is_away or self._dice.random() > share:
            return
        ways = {"killed": (self._redis.kill, self._redis.start)}
        ways["frozen"] = (self._redis.freeze, self._redis.thaw)
        name = self._dice.choice(sorted(ways))
        self.done[name] += 1
        self._task = asyncio.create_task(self._befall(*ways[name], seconds))

    async def _befall(
        self, away: Callable[[], None], back: Callable[[], None], seconds: float
    ) -> None:
        await asyncio.to_thread(away)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(back)

    async def end(self) -> None:
        """Waits until it is back."""
        if self._task is not None:
            await self._task
