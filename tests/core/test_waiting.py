"""The waiting estimate: its interval holds what happens, grows with the queue, follows a change, and is silent where nothing is known."""

from __future__ import annotations

import random
from datetime import timedelta

from core.waiting import HIGH, LEAST, LOW, SAMPLE, estimate, pace_of

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
