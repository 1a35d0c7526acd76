"""Who asks while others are served is served with the others, in order, and each gets what is theirs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import pytest_asyncio

from bot.together import Together


class Doubling:
    """Doubles numbers; holds its first call until it is let go, and notes what it is asked for."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.calls.append(list(numbers))
        self.entered.set()
        assert self.go_on.wait(10)
        if 13 in numbers:
            raise RuntimeError("thirteen")
        return [ValueError(n) if n < 0 else 2 * n for n in numbers]


@pytest.fixture
def doubling() -> Doubling:
    return Doubling()


@pytest_asyncio.fixture
async def together(doubling: Doubling) -> AsyncIterator[Together[int, int]]:
    with ThreadPoolExecutor(2) as pool:
        yield Together(doubling, pool, most=3)
        doubling.go_on.set()


async def held(
    together: Together[int, int], doubling: Doubling, *numbers: int
) -> list[asyncio.Task[int]]:
    """The first number is being served, the others wait."""
    tasks = [asyncio.create_task(together.ask(numbers[0]))]
    await asyncio.to_thread(doubling.entered.wait, 10)
    tasks += [asyncio.create_task(together.ask(number)) for number in numbers[1:]]
    await asyncio.sleep(0)
    return tasks


async def test_those_who_wait_are_served_together(
    together: Together[int, int], doubling: Doubling
) -> None:
    tasks = await held(together, doubling, 1, 2, 3, 4, 5)
    doubling.go_on.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8, 10]
    assert doubling.calls == [[1], [2, 3, 4], [5]]
    assert await together.ask(6) == 12, "it serves again after it had nothing to do"


async def test_each_gets_their_own_failure(
    together: Together[int, int], doubling: Doubling
) -> None:
    tasks = await held(together, doubling, 1, -2, 3)
    doubling.go_on.set()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert (done[0], done[2]) == (2, 6)
    assert isinstance(done[1], ValueError)


async def test_a_failure_of_all_reaches_all_and_nobody_after(
    together: Together[int, int], doubling: Doubling
) -> None:
    tasks = await held(together, doubling, 1, 13, 3)
    doubling.go_on.set()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert done[0] == 2
    assert [type(answer) for answer in done[1:]] == [RuntimeError, RuntimeError]
    assert await together.ask(4) == 8


async def test_who_leaves_does_not_take_the_others_along(
    together: Together[int, int], doubling: Doubling
) -> None:
    tasks = await held(together, doubling, 1, 2, 3)
    tasks[1].cancel()
    await asyncio.sleep(0)
    doubling.go_on.set()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert (done[0], done[2]) == (2, 6)
    assert isinstance(done[1], asyncio.CancelledError)
