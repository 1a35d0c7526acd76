"""The waiting estimate: its interval holds what happens, grows with the queue and narrows with what is known."""

from __future__ import annotations

import random
from datetime import timedelta

from core.waiting import HIGH, LOW, estimate

HOUR = timedelta(hours=1)


def test_without_evidence_nothing_is_foretold() -> None:
    assert estimate(1, 0, HOUR) is None
    assert estimate(40, 1, HOUR) is None, "longer than a day"


def test_further_back_waits_longer_and_more_evidence_is_surer() -> None:
    first, fifth = estimate(1, 30, HOUR), estimate(5, 30, HOUR)
    assert first is not None
    assert fifth is not None
    assert first.low < fifth.low
    assert first.high < fifth.high
    sure = estimate(5, 300, timedelta(hours=10))
    assert sure is not None
    assert sure.high - sure.low < fifth.high - fifth.low


def test_eight_of_ten_waits_lie_in_the_interval() -> None:
    """Queues of any pace: what was taken in an hour foretells when the next ones are."""
    chance = random.Random(3)
    inside = total = 0
    for _ in range(3000):
        rate, place = 10 ** chance.uniform(0.5, 1.6), chance.randint(1, 12)
        taken, at = 0, chance.expovariate(rate)
        while at < 1:
            taken, at = taken + 1, at + chance.expovariate(rate)
        found = estimate(place, taken, HOUR)
        if found is None:
            continue
        waited = sum(chance.expovariate(rate) for _ in range(place)) * HOUR
        inside += found.low <= waited <= found.high
        total += 1
    assert abs(inside / total - (HIGH - LOW)) < 0.03
