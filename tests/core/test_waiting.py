"""The waiting estimate: its interval holds what happens, grows with the queue, follows a change, and is silent where nothing is known."""

from __future__ import annotations

import random
from datetime import timedelta

from core.waiting import HIGH, LEAST, LOW, SAMPLE, Wait, estimate, pace_of, remaining, too_late

HOUR = timedelta(hours=1)


def test_without_evidence_nothing_is_foretold() -> None:
    assert estimate(HOUR, [1.0] * (LEAST - 1)) is None
    assert estimate(HOUR, [1.0] * LEAST) is not None
    assert estimate(timedelta(hours=25), [1.0] * LEAST) is None, "longer than a day"


def test_the_pace_is_of_who_is_ahead_and_who_was_taken() -> None:
    assert pace_of(3, 6, HOUR) == timedelta(minutes=30)
    assert pace_of(3, 0, HOUR) == 3 * HOUR, "as if one had been"


def test_the_middle_eight_of_ten_are_kept() -> None:
    ratios = [float(n) for n in range(101)]
    random.Random(1).shuffle(ratios)
    found = estimate(timedelta(minutes=1), ratios)
    assert found is not None
    assert (found.low, found.high) == (timedelta(minutes=10), timedelta(minutes=90))


def test_eight_of_ten_waits_lie_in_the_interval_also_after_the_queue_has_changed() -> None:
    """Queues whose pace is wrong by a factor of their own, which changes half-way."""
    chance = random.Random(3)
    inside = total = 0
    for _ in range(40):
        ratios: list[float] = []
        for at in range(600):
            bias = 3.0 if at < 200 else 0.4
            ratio = bias * chance.lognormvariate(0, 0.8)
            pace = chance.uniform(1, 30) * timedelta(minutes=1)
            found = estimate(pace, ratios[-SAMPLE:])
            if found is not None and at >= 200 + SAMPLE:
                inside += found.low <= pace * ratio <= found.high
                total += 1
            ratios.append(ratio)
    assert abs(inside / total - (HIGH - LOW)) < 0.03


def test_in_a_line_what_is_left_comes_from_those_who_waited_longer() -> None:
    waits = [timedelta(minutes=n) for n in range(1, 20)]
    assert remaining(waits, timedelta(0)) == Wait(timedelta(minutes=2), timedelta(minutes=18))
    found = remaining(waits, timedelta(minutes=10))
    assert found == Wait(timedelta(minutes=1), timedelta(minutes=9)), "nine waited longer than ten"
    assert remaining(waits, timedelta(minutes=11)) is None, "eight say too little"
    assert remaining([], timedelta(0)) is None


def test_what_is_left_holds_eight_of_ten_at_any_moment_of_the_wait() -> None:
    chance = random.Random(11)
    inside = total = 0
    for _ in range(4000):
        waits = [timedelta(minutes=chance.lognormvariate(1.5, 0.7)) for _ in range(41)]
        mine, waited = waits.pop(), timedelta(minutes=chance.uniform(0, 4))
        found = remaining(waits, waited) if mine > waited else None
        if found is not None:
            inside += found.low <= mine - waited <= found.high
            total += 1
    assert 0.77 < inside / total < 0.9, "of few, a little more than eight of ten"


def test_how_probable_a_broken_promise_is() -> None:
    waits = [timedelta(minutes=n) for n in range(1, 41)]
    assert too_late(waits, timedelta(0), timedelta(minutes=20)) == (20 + 1) / (40 + 2)
    assert too_late(waits, timedelta(minutes=20), timedelta(minutes=30)) == (10 + 1) / (20 + 2)
    assert too_late(waits, timedelta(minutes=21), timedelta(minutes=30)) is None, "too few"
    assert too_late([], timedelta(minutes=31), timedelta(minutes=30)) == 1.0
