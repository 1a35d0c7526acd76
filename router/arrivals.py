"""When tickets come, from stated assumptions and a seed. What they say is `router.replay`, playing `router.simulator`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.decision import Priority

_HOURS = np.array(
    [1, 1, 1, 1, 1, 2, 3, 5, 8, 10, 10, 9, 8, 9, 10, 9, 8, 6, 5, 4, 3, 3, 2, 1], float
)
"""Tickets by hour of the day, relative: a morning and an afternoon peak."""
_WEEKDAYS = np.array([1.25, 1.1, 1.0, 1.0, 0.95, 0.4, 0.3])
"""The same by day, Monday first."""


@dataclass(frozen=True, slots=True)
class Month:
    """What is assumed of a month that starts on a Monday at midnight.

    `priorities`: shares; `returning`: the share of tickets by a customer who wrote before in it. Handling times are lognormal around `handling_median` seconds.
    """

    tickets: int
    days: int = 30
    priorities: Mapping[Priority, float] = field(
        default_factory=lambda: {
            Priority.CRITICAL: 0.05,
            Priority.HIGH: 0.2,
            Priority.MEDIUM: 0.5,
            Priority.LOW: 0.25,
        }
    )
    returning: float = 0.25
    handling_median: float = 540.0
    handling_spread: float = 0.6


def times(month: Month, random: np.random.Generator) -> np.ndarray:
    """Seconds since the start, ascending, shape (tickets,): a non-homogeneous Poisson process given its total."""
    hours = np.array([_WEEKDAYS[day % 7] * _HOURS for day in range(month.days)]).ravel()
    chosen = random.choice(len(hours), size=month.tickets, p=hours / hours.sum())
    return np.sort((chosen + random.random(month.tickets)) * 3600.0)


def customers(month: Month, seed: int) -> list[str]:
    """Whose each ticket is, in their order: a returning customer is that of an earlier ticket, any of them alike."""
    random = np.random.default_rng([seed, 1])
    returns, luck = random.random(month.tickets) < month.returning, random.random(month.tickets)
    found: list[str] = []
    for at in range(month.tickets):
        known = at > 0 and returns[at]
        found.append(found[int(luck[at] * at)] if known else f"customer {at + 1}")
    return found
