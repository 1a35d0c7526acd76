"""Generated tickets for plays, from stated assumptions and a seed; real histories come from `store`. Playing is `router.simulator`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.calendar import around_the_clock
from core.decision import Priority
from core.promise import Policy
from router.simulator import TRIAGE, Arrival

_HOURS = np.array(
    [1, 1, 1, 1, 1, 2, 3, 5, 8, 10, 10, 9, 8, 9, 10, 9, 8, 6, 5, 4, 3, 3, 2, 1], float
)
"""Tickets by hour of the day, relative: a morning and an afternoon peak."""
_WEEKDAYS = np.array([1.25, 1.1, 1.0, 1.0, 0.95, 0.4, 0.3])
"""The same by day, Monday first."""


@dataclass(frozen=True, slots=True)
class Month:
    """What is assumed of a month that starts on a Monday at midnight.

    `skills`: skill to (team that can help, share of tickets). `priorities`: shares. `sent_right`,
    `sent_to_triage`: what the router does with a ticket (the rest goes to a wrong team), as measured by
    `train_router` (`decided`, `decided_accuracy`). Handling times are lognormal around `handling_median` seconds.
    """

    tickets: int
    skills: Mapping[str, tuple[str, float]]
    days: int = 30
    priorities: Mapping[Priority, float] = field(
        default_factory=lambda: {
            Priority.CRITICAL: 0.05,
            Priority.HIGH: 0.2,
            Priority.MEDIUM: 0.5,
            Priority.LOW: 0.25,
        }
    )
    sent_right: float = 0.75
    sent_to_triage: float = 0.2
    handling_median: float = 540.0
    handling_spread: float = 0.6


def generated(month: Month, policy: Policy, seed: int) -> tuple[Arrival, ...]:
    """`month.tickets` arrivals in order of time; a non-homogeneous Poisson process given its total."""
    random = np.random.default_rng(seed)
    count = month.tickets
    times = _times(month, random)
    names = list(month.skills)
    shares = np.array([share for _, share in month.skills.values()])
    skills = random.choice(len(names), size=count, p=shares / shares.sum())
    levels = list(month.priorities)
    weights = np.array([month.priorities[level] for level in levels])
    priorities = random.choice(len(levels), size=count, p=weights / weights.sum())
    seconds = month.handling_median * np.exp(month.handling_spread * random.standard_normal(count))
    luck, elsewhere = random.random(count), random.random(count)
    teams = sorted({team for team, _ in month.skills.values()})
    promised = {level: _promised(policy, level) for level in levels}
    found = []
    for at in range(count):
        team = month.skills[names[skills[at]]][0]
        others = [other for other in teams if other != team]
        sent = team
        if luck[at] >= month.sent_right:
            is_triage = luck[at] < month.sent_right + month.sent_to_triage or not others
            sent = TRIAGE if is_triage else others[int(elsewhere[at] * len(others))]
        level = levels[priorities[at]]
        found.append(
            Arrival(
                float(times[at]),
                level,
                team,
                sent,
                names[skills[at]],
                float(seconds[at]),
                promised[level],
            )
        )
    return tuple(found)


def _times(month: Month, random: np.random.Generator) -> np.ndarray:
    hours = np.array([_WEEKDAYS[day % 7] * _HOURS for day in range(month.days)]).ravel()
    chosen = random.choice(len(hours), size=month.tickets, p=hours / hours.sum())
    return np.sort((chosen + random.random(month.tickets)) * 3600.0)


def _promised(policy: Policy, level: Priority) -> float:
    target = policy.goals(level).response
    if target is None:
        return float("inf")
    return target.duration(around_the_clock()).total_seconds()
