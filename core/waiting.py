"""How long somebody in a queue will still wait, as an interval, from how many were lately taken. The queue itself does not belong here.

With `taken` people taken in the last `seconds`, the time until the `place`-th next one is taken is, for a rate of which
nothing else is known, a beta-prime variable: place and taken are its shapes. So few observations give a wide interval
by themselves, and none gives no answer. Assumed: the pace stays as it was, and the order of the queue too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

LOW, HIGH = 0.1, 0.9
"""The interval holds the true waiting time in eight of ten cases."""
MOST = timedelta(hours=24)
"""A longer wait is not foretold: the promise says more than the pace of an hour."""


@dataclass(frozen=True, slots=True)
class Wait:
    """From so long to so long, in eight of ten cases."""

    low: timedelta
    high: timedelta


def estimate(place: int, taken: int, window: timedelta) -> Wait | None:
    """For the `place`-th in the queue (1 is next); None where the pace says nothing, or nothing below `MOST`."""
    if place < 1 or taken < 1:
        return None
    low, high = (_quantile(place, taken, share) * window for share in (LOW, HIGH))
    return Wait(low, high) if high <= MOST else None


def _quantile(place: int, taken: int, share: float) -> float:
    """The waiting time, in windows, below which `share` of the cases lie, by halving."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if _chance(place, taken, middle) < share:
            low = middle
        else:
            high = middle
    return low / (1 - low) if low < 1 else math.inf


def _chance(place: int, taken: int, x: float) -> float:
    """That a binomial variable of place + taken - 1 trials with chance x reaches `place`: the incomplete beta function."""
    trials = place + taken - 1
    if x <= 0 or x >= 1:
        return float(x >= 1)
    logs = (
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(x) + (trials - k) * math.log1p(-x)
        for k in range(place, trials + 1)
    )  # fmt: skip
    return min(math.fsum(math.exp(log) for log in logs), 1.0)
