"""How long somebody in a queue will still wait, as an interval. The queue itself does not belong here.

The pace of the queue foretells a time: so many are ahead, and so many were taken in the last hours. It is wrong in its own
way in every queue: people are free and nobody waits at all, night falls, what is urgent overtakes. So the interval is made
of how wrong it lately was: of the tickets that were taken last, the share of its foretold time that each really waited, of
which the middle eight of ten are kept (a split conformal interval; Lei et al. 2018). Assumed: what follows is like the last
hundred and fifty, which also makes it follow a queue that changes. Fewer than twenty say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

LOW, HIGH = 0.1, 0.9
"""The interval holds the true waiting time in eight of ten cases."""
LEAST, SAMPLE = 20, 150
"""Tickets of which something must be known, and which are looked at."""
MOST = timedelta(hours=24)
"""A longer wait is not foretold: the promise says more."""


@dataclass(frozen=True, slots=True)
class Wait:
    """From so long to so long, in eight of ten cases."""

    low: timedelta
    high: timedelta

    @property
    def minutes(self) -> tuple[int, int]:
        """Whole ones, rounded up, at least one."""
        low, high = (max(1, math.ceil(one / timedelta(minutes=1))) for one in (self.low, self.high))
        return low, high


def pace_of(place: int, taken: int, window: timedelta) -> timedelta:
    """What the pace foretells for the `place`-th in the queue (1 is next), when `taken` were taken in the last `window`.
    Where nobody was, as if one had been."""
    return place * window / max(taken, 1)


def estimate(pace: timedelta, ratios: Sequence[float]) -> Wait | None:
    """`ratios`: of each of the latest tickets, how long it waited as a share of its own `pace`. None where they are too
    few, or nothing can be said below `MOST`."""
    if len(ratios) < LEAST:
        return None
    low, high = (pace * _quantile(sorted(ratios), share) for share in (LOW, HIGH))
    return Wait(low, high) if high <= MOST else None


def too_late(waits: Sequence[timedelta], waited: timedelta, allowed: timedelta) -> float | None:
    """How probable it is that somebody who has waited so long already waits longer than they may: the share of the latest
    `waits` that lasted as long, with one more of each kind (Laplace's rule of succession). None where fewer than `LEAST`
    did; what is late already is certain."""
    if waited >= allowed:
        return 1.0
    longer = [wait for wait in waits if wait > waited]
    if len(longer) < LEAST:
        return None
    return (sum(wait > allowed for wait in longer) + 1) / (len(longer) + 2)


def remaining(waits: Sequence[timedelta], waited: timedelta) -> Wait | None:
    """What is left for somebody who has waited so long already, in a line that goes by turns: from those of the latest
    `waits` that lasted longer still, of which eight of ten lie between two (exact for waits in any order). None where they
    are fewer than nine: then no interval would hold so often."""
    longer = sorted(wait - waited for wait in waits if wait > waited)
    count = len(longer)
    low, high = math.floor(LOW * (count + 1)), math.ceil(HIGH * (count + 1))
    return Wait(longer[low - 1], longer[high - 1]) if low >= 1 and high <= count else None


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share lies, between the two nearest in proportion."""
    place = share * (len(ordered) - 1)
    at = int(place)
    following = ordered[min(at + 1, len(ordered) - 1)]
    return ordered[at] + (following - ordered[at]) * (place - at)
