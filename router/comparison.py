"""What a play achieved, and whether two plans differ by more than chance. Playing is `router.simulator`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from core.decision import Priority
from router.classify import Array
from router.simulator import Play

_DRAWS = 2000
_DAY = 86_400.0
BREACH_COST = {
    Priority.CRITICAL: 50.0,
    Priority.HIGH: 15.0,
    Priority.MEDIUM: 5.0,
    Priority.LOW: 2.0,
}
MOVE_COST = 3.0
"""Costs in units of the reader's choice: of a promise broken, and of passing a ticket on."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a ticket: `at` seconds after the start, `wait` seconds until somebody who can help began, or until
    the end while nobody has (None: it was settled without). `is_late` is None where the promise still ran, or where
    nothing was promised: it counts in no attainment."""

    at: float
    priority: Priority
    wait: float | None
    is_late: bool | None
    moves: int

    @property
    def cost(self) -> float:
        breach = BREACH_COST[self.priority] if self.is_late else 0.0
        return breach + MOVE_COST * self.moves


def report(played: Play) -> dict[str, Any]:
    """As `achieved`, with `plan`; `unfinished`: nobody had begun them at the end; `utilisation` of present time (above
    1 = overtime); `fairness` = Jain's index of the people's utilisation (1 = all equal); `by_target`: tickets that were begun
    at the first target of their rule, the second and so on, empty where no rule has any."""
    loads = [played.busy[name] / present for name, present in played.present.items() if present]
    return {
        "plan": played.plan.name,
        "unfinished": len(played.left),
        **achieved(_endings(played)),
        "utilisation": round(sum(played.busy.values()) / max(sum(played.present.values()), 1.0), 4),
        "fairness": jain(loads),
        "by_target": _by_target(played),
    }


def _by_target(played: Play) -> list[int]:
    steps = Counter(one.step for one in played.outcomes if one.step >= 0)
    return [steps[step] for step in range(max(steps, default=-1) + 1)]


def achieved(endings: Sequence[Ending]) -> dict[str, Any]:
    """Shares are 0..1, times seconds from arrival until somebody who can help began.

    `attainment` of all and by priority; `waiting_mean` and `waiting_p50/p90/p99` of all and by priority; `transfers`: tickets passed on,
    and `moves_mean` a ticket; `cost`.
    """
    by_priority = {p.label: [e for e in endings if e.priority is p] for p in Priority}
    return {
        "tickets": len(endings),
        "attainment": {
            "all": _attainment(endings),
            **{name: _attainment(some) for name, some in by_priority.items()},
        },
        **_waiting(endings),
        "waiting": {name: _waiting(some) for name, some in by_priority.items()},
        "transfers": sum(ending.moves > 0 for ending in endings),
        "moves_mean": round(sum(one.moves for one in endings) / max(len(endings), 1), 4),
        "cost": round(sum(ending.cost for ending in endings), 1),
    }


def jain(loads: Sequence[float]) -> float:
    """Jain's index of fairness: 1 where all carry the same, 1/n where one carries all."""
    found = np.array(loads)
    return round(float(found.sum() ** 2 / (len(found) * (found**2).sum() or 1.0)), 4)


def difference(one: Play, other: Play, seed: int = 0) -> dict[str, dict[str, float]]:
    """`other` minus `one` of the same tickets, as `gaps` says them."""
    return gaps(_endings(one), _endings(other), seed)


def gaps(
    one: Sequence[Ending], other: Sequence[Ending], seed: int = 0
) -> dict[str, dict[str, float]]:
    """`other` minus `one`, each with its 95 % interval, by resampling days of arrival in pairs.

    A measure that no ticket has (a priority that never came) is left out. Days, not tickets, because tickets of one day
    wait in the same queues (block bootstrap; Efron and Tibshirani 1993, ch. 8). A difference whose interval holds 0 is
    not shown by this.
    """
    measures: dict[str, Callable[[Ending], float | None]] = {
        "attainment": _in_time,
        **{
            f"attainment_{priority.label}": partial(_in_time, priority=priority)
            for priority in Priority
        },
        "waiting_mean": lambda ending: ending.wait,
        "moves_mean": lambda ending: float(ending.moves),
        "cost_mean": lambda ending: ending.cost,
    }
    days = 1 + int(max((e.at for some in (one, other) for e in some), default=0.0) // _DAY)
    draws = np.random.default_rng(seed).integers(0, days, size=(_DRAWS, days))
    found = {}
    for name, measure in measures.items():
        first, second = (_by_day(some, measure, days) for some in (one, other))
        if not first[1].any() or not second[1].any():
            continue
        drawn = _means(second, draws) - _means(first, draws)
        whole = np.arange(days)[None, :]
        low, high = np.nanquantile(drawn, (0.025, 0.975))
        mean = float((_means(second, whole) - _means(first, whole))[0])
        found[name] = {
            k: round(float(v), 4) for k, v in (("mean", mean), ("low", low), ("high", high))
        }
    return found


def _endings(played: Play) -> list[Ending]:
    begun = [
        Ending(o.arrival.at, o.arrival.priority, o.began - o.arrival.at, not o.is_in_time, o.moves)
        for o in played.outcomes
    ]
    waiting = ((arrival, played.length - arrival.at) for arrival in played.left)
    return begun + [
        Ending(arrival.at, arrival.priority, wait, True if wait >= arrival.response else None, 0)
        for arrival, wait in waiting
    ]


def _attainment(endings: Sequence[Ending]) -> float | None:
    found = [not one.is_late for one in endings if one.is_late is not None]
    return round(sum(found) / len(found), 4) if found else None


def _waiting(endings: Sequence[Ending]) -> dict[str, float | None]:
    waits = [ending.wait for ending in endings if ending.wait is not None]
    if not waits:
        return dict.fromkeys(("waiting_mean", *(f"waiting_p{p}" for p in (50, 90, 99))))
    quantiles = np.quantile(waits, (0.5, 0.9, 0.99))
    return {
        "waiting_mean": round(float(np.mean(waits)), 1),
        **{
            f"waiting_p{p}": round(float(q), 1)
            for p, q in zip((50, 90, 99), quantiles, strict=True)
        },
    }


def _in_time(ending: Ending, priority: Priority | None = None) -> float | None:
    if ending.is_late is None or priority not in (None, ending.priority):
        return None
    return float(not ending.is_late)


def _by_day(
    endings: Sequence[Ending], measure: Callable[[Ending], float | None], days: int
) -> Array:
    """Shape (2, days): sums of the measure and numbers of the tickets that it is of."""
    table = np.zeros((2, days))
    for ending in endings:
        value = measure(ending)
        if value is not None:
            day = int(ending.at // _DAY)
            table[0, day] += value
            table[1, day] += 1
    return table


def _means(table: Array, draws: Array) -> Array:
    """Of each drawing; not a number where it holds no such ticket."""
    sums, counts = table[0][draws].sum(axis=1), table[1][draws].sum(axis=1)
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))
