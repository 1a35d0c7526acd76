"""The circuit breaker under an injected clock."""

from __future__ import annotations

import asyncio

import pytest

from bot.breaker import Breaker
from core.errors import DialogueFailed


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def breaker(watch: Watch) -> Breaker:
    return Breaker("rasa", watch, limit=3, rest=5.0)


def fail(breaker: Breaker) -> None:
    with pytest.raises(DialogueFailed, match="broken"), breaker.guard():
        raise DialogueFailed("broken")


def opened(breaker: Breaker) -> Breaker:
    for _ in range(3):
        fail(breaker)
    return breaker


def test_it_opens_at_the_limit_and_not_before(breaker: Breaker) -> None:
    fail(breaker)
    fail(breaker)
    assert breaker.state == "closed"
    fail(breaker)
    assert breaker.state == "open"


def test_a_success_forgets_the_failures(breaker: Breaker) -> None:
    fail(breaker)
    fail(breaker)
    with breaker.guard():
        pass
    fail(breaker)
    assert breaker.state == "closed"


def test_open_it_refuses_without_asking(breaker: Breaker) -> None:
    entered = False
    with pytest.raises(DialogueFailed, match="resting"), opened(breaker).guard():
        entered = True
    assert not entered


def test_after_its_rest_one_probe_closes_it(breaker: Breaker, watch: Watch) -> None:
    opened(breaker)
    watch.seconds = 5.0
    assert breaker.state == "half_open"
    with breaker.guard():
        pass
    assert breaker.state == "closed"


def test_a_failed_probe_opens_it_for_another_rest(breaker: Breaker, watch: Watch) -> None:
    opened(breaker)
    watch.seconds = 5.0
    fail(breaker)
    assert breaker.state == "open"
    watch.seconds = 9.9
    assert breaker.state == "open"
    watch.seconds = 10.0
    assert breaker.state == "half_open"


def test_only_one_probes_at_a_time(breaker: Breaker, watch: Watch) -> None:
    opened(breaker)
    watch.seconds = 5.0
    with breaker.guard(), pytest.raises(DialogueFailed, match="resting"), breaker.guard():
        pass


def test_a_cancelled_probe_leaves_the_way_free_for_the_next(breaker: Breaker, watch: Watch) -> None:
    opened(breaker)
    watch.seconds = 5.0
    with pytest.raises(asyncio.CancelledError), breaker.guard():
        raise asyncio.CancelledError
    with breaker.guard():
        pass
    assert breaker.state == "closed"


def test_other_errors_are_not_the_neighbours_fault(breaker: Breaker) -> None:
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), breaker.guard():
            raise ZeroDivisionError
    assert breaker.state == "closed"
