"""How much one visitor may ask for in a minute, whichever minute of the clock it is, and that counting keeps nothing for long."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.company import StandingClock
from web.gate import Allowance, Gate
from web.problems import TooMany

SIXTY = Allowance(openings=6, messages_of_address=1000, messages=60)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(datetime(2027, 3, 2, 12, 0, 30, tzinfo=UTC))


def passed(gate: Gate, tries: int) -> int:
    """How many openings of so many tries are let through."""
    count = 0
    for _ in range(tries):
        try:
            gate.opening("192.0.2.1")
        except TooMany:
            continue
        count += 1
    return count


def test_a_minute_lets_through_what_is_allowed_and_says_when_to_come_again(
    clock: StandingClock,
) -> None:
    gate = Gate(SIXTY, clock)
    assert passed(gate, 10) == 6
    with pytest.raises(TooMany) as told:
        gate.opening("192.0.2.1")
    assert told.value.retry_after == 30
    gate.opening("192.0.2.2")


def test_a_new_minute_of_the_clock_is_no_new_allowance(clock: StandingClock) -> None:
    gate = Gate(SIXTY, clock)
    assert passed(gate, 10) == 6
    clock.advance(seconds=31)
    assert passed(gate, 10) == 0, "one second of the new minute has gone"
    clock.advance(seconds=30)
    assert passed(gate, 10) == 3, "half of the last minute counts still"
    clock.advance(seconds=60)
    assert passed(gate, 10) == 4
    clock.advance(seconds=121)
    assert passed(gate, 10) == 6


def test_what_is_older_than_two_minutes_is_not_kept(clock: StandingClock) -> None:
    gate = Gate(SIXTY, clock)
    for number in range(1000):
        gate.message("192.0.2.1", str(number))
    assert len(gate._now) == 1001
    for _ in range(2):
        clock.advance(seconds=60)
        gate.message("192.0.2.1", "another")
    assert len(gate._now) + len(gate._before) == 4


def test_who_is_turned_away_is_not_counted(clock: StandingClock) -> None:
    """Else somebody who keeps trying would never come in."""
    gate = Gate(SIXTY, clock)
    assert passed(gate, 500) == 6
    clock.advance(seconds=90)
    assert passed(gate, 10) == 6
