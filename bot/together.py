"""What is asked while others are being served is served together; what is done with it is the caller's.

One thread serves, for two would wait for one another's locks and for the interpreter. The busier it is, the more it
takes at once, and models cost less so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Together(Generic[Asked, Given]):
    """Gathers questions in one event loop and serves them in a thread."""

    def __init__(
        self,
        serve: Callable[[Sequence[Asked]], Sequence[Given | Exception]],
        pool: Executor,
        *,
        most: int,
    ) -> None:
        """`serve`: runs in `pool`; gives for each question, in order, what is to be returned or raised.
        `most`: questions at once."""
        self._serve = serve
        self._pool = pool
        self._most = most
        self._waiting: list[tuple[Asked, asyncio.Future[Given]]] = []
        self._serving: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Given:
        """What `serve` gives for it. Raises what `serve` gives to be raised, or raises itself."""
        return await self.begin(asked)

    def begin(self, asked: Asked) -> asyncio.Future[Given]:
        """The same for who does not wait in a task."""
        future: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve_all())
        return future

    async def _serve_all(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            answers = await self._served([asked for asked, _ in taken])
            for (_, future), answer in zip(taken, answers, strict=True):
                if future.done():  # who asked has left
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
        self._serving = None

    async def _served(self, asked: Sequence[Asked]) -> Sequence[Given | Exception]:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._serve, asked)
        except Exception as problem:  # noqa: BLE001  it is raised by each who asked
            return [problem] * len(asked)
