"""Exactly one worker does what is one duty; it is missed soon when it dies, and no fault of a round ends the work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from django.db.utils import OperationalError

from bot import boards, offers, watch
from bot.duty import LONGEST, Duty, in_rounds
from core.errors import ClaimLost
from store.duties import Held, beats, give_back, take
from tests.company import Company
from web.health import PROMPT, SILENT

LEASE = timedelta(seconds=0.9)
FAST = 0.02


def work_at(
    company: Company,
    step: Callable[[Held], Awaitable[bool]],
    *,
    holder: str = "w1",
    every: float = FAST,
    lease: timedelta = LEASE,
) -> tuple[asyncio.Event, asyncio.Task[None]]:
    stopping = asyncio.Event()
    duty = Duty(company.house, "sweep", holder, lease)
    return stopping, asyncio.create_task(in_rounds(duty, step, stopping, every))


def within(seconds: float, tried: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(tried(), seconds))


def test_one_works_and_the_other_takes_over_as_soon_as_it_leaves(company: Company) -> None:
    did: list[str] = []
    second_works = asyncio.Event()

    async def run() -> None:
        first_works = asyncio.Event()

        async def one(held: Held) -> bool:
            did.append(held.holder)
            first_works.set()
            return False

        async def other(held: Held) -> bool:
            did.append(held.holder)
            second_works.set()
            return False

        stop_one, first = work_at(company, one, lease=LONGEST)
        await first_works.wait()
        stop_other, second = work_at(company, other, holder="w2")
        await asyncio.sleep(10 * FAST)
        assert set(did) == {"w1"}
        stop_one.set()
        await first
        await second_works.wait()
        stop_other.set()
        await second

    within(60, run)
    first_of_w2 = did.index("w2")
    assert "w1" not in did[first_of_w2:]


def test_a_broken_round_is_followed_by_the_next(company: Company) -> None:
    problems: list[Exception] = [OperationalError("gone"), ClaimLost("somebody else")]
    fences: list[int] = []

    async def run() -> None:
        stopping, working = work_at(company, lambda held: step(held))

        async def step(held: Held) -> bool:
            if problems:
                raise problems.pop(0)
            fences.append(held.fence)
            stopping.set()
            return False

        await working

    within(60, run)
    assert fences, "it went on"
    assert problems == []


def test_while_there_is_more_it_does_not_rest(company: Company) -> None:
    left = [1, 2, 3]

    async def run() -> None:
        stopping, working = work_at(company, lambda held: step(held), every=3600)

        async def step(_: Held) -> bool:
            left.pop()
            if not left:
                stopping.set()
            return bool(left)

        await working

    within(60, run)
    assert left == []


def test_however_long_a_round_is_signs_of_life_come(company: Company) -> None:
    rounds = 0
    seen: set[object] = set()

    async def run() -> None:
        async def step(_: Held) -> bool:
            nonlocal rounds
            rounds += 1
            return False

        stopping, working = work_at(company, step, every=3600, lease=timedelta(seconds=0.3))
        while len(seen) < 3:
            await asyncio.sleep(FAST)
            seen.update((await company.house.database.read(beats)).values())
        stopping.set()
        await working

    within(60, run)
    assert rounds == 1


def test_who_lost_it_stops_until_it_is_free_again(company: Company) -> None:
    """A worker that was frozen past its lease finds somebody else there, and does nothing more."""

    async def run() -> None:
        run_one = company.house.database.run
        duty = Duty(company.house, "sweep", "w1", LEASE)
        mine = await duty.held()
        assert mine is not None
        await run_one(give_back, mine)  # its lease ended while it slept
        theirs = await run_one(take, "sweep", "w2", timedelta(minutes=5))
        assert theirs is not None
        duty._asked_at = None
        assert await duty.held() is None
        await run_one(give_back, theirs)
        duty.lost()
        again = await duty.held()
        assert again is not None
        assert again.fence > theirs.fence

    within(60, run)


def test_no_lease_is_so_long_that_its_holder_would_be_called_silent(company: Company) -> None:
    """One duty held for fifteen minutes beat every five, and `/health` was degraded a minute after every start."""
    with pytest.raises(ValueError, match="renew"):
        Duty(company.house, "renew", "w1", LONGEST + timedelta(seconds=1))
    assert 2 * LONGEST / 3 < 3 * SILENT, "one late beat is forgiven"
    prompt = {"watch": watch.LEASE, "offer": offers.LEASE}
    assert set(prompt) == set(PROMPT)
    assert all(2 * lease / 3 < SILENT for lease in prompt.values())


def test_a_board_that_is_never_done_keeps_its_duty(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[object] = set()

    async def always_more(house: object, worker: str) -> int:
        await asyncio.sleep(FAST)
        return 1

    monkeypatch.setattr(boards, "DUTY_LEASE", timedelta(seconds=0.3))
    monkeypatch.setattr(boards, "show_some", always_more)

    async def run() -> None:
        stopping = asyncio.Event()
        working = asyncio.create_task(boards.keep_boards(company.house, "w1", stopping))
        while len(seen) < 3:
            await asyncio.sleep(FAST)
            seen.update((await company.house.database.read(beats)).values())
        stopping.set()
        await working

    within(60, run)
