"""What is asked while others are being served is served together; what is done with it is the caller's.

One thread serves, for two would wait for one another's locks and for the interpreter. The busier it is, the more it
takes at once, and models cost less so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from typing import Any, Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Together(Generic[Asked, Given]):
    """Gathers questions in one event loop and serves them in a thread."""

    def __init__(
        self,
        serve: Callable[[Sequence[Asked]], Iterable[Given | Exception]],
        pool: Executor,
        *,
        most: int,
    ) -> None:
        """`serve`: runs in `pool`; gives for each question, in order, what is to be returned or raised, each as
        soon as it is known. `most`: questions at once."""
        self._serve = serve
        self._pool = pool
        self._most = most
        self._waiting: list[tuple[Asked, asyncio.Future[Given]]] = []
        self._serving: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Given:
        """What `serve` gives for it. Raises what `serve` gives to be raised, or raises itself."""
        future: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve_all())
        return await future

    async def _serve_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                await loop.run_in_executor(self._pool, self._serve_each, loop, taken)
            except Exception as problem:  # noqa: BLE001  it is raised by each who still waits
                for _, future in taken:
                    _tell(future, problem)
        self._serving = None

    def _serve_each(
        self, loop: asyncio.AbstractEventLoop, taken: Sequence[tuple[Asked, asyncio.Future[Given]]]
    ) -> None:
        """Tells each what it asked for while the next is served: what follows for it is done meanwhile."""
        answers = self._serve([asked for asked, _ in taken])
        for (_, future), answer in zip(taken, answers, strict=True):
            loop.call_soon_threadsafe(_tell, future, answer)


def _tell(future: asyncio.Future[Any], answer: Any) -> None:
    if future.done():  # who asked has left
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
