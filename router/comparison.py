"""What a play achieved, and whether two plans differ by more than chance. Playing is `router.simulator`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.decision import Priority
from router.classify import Array
from router.simulator import Outcome, Play

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


def report(played: Play) -> dict[str, Any]:
    """Shares are 0..1, times seconds from arrival until somebody who can help began.

    `attainment` by priority; `waiting_p50/p90/p99`; `moves_mean` a ticket; `utilisation` of present time (above 1
    = overtime); `fairness` = Jain's index of the people's utilisation (1 = all equal); `cost`; `unfinished`.
    """
    outcomes = played.outcomes
    waits = np.array([one.began - one.arrival.at for one in outcomes] or [0.0])
    loads = np.array(
        [played.busy[name] / present for name, present in played.present.items() if present]
    )
    quantiles = np.quantile(waits, (0.5, 0.9, 0.99))
    return {
        "plan": played.plan.name,
        "tickets": len(outcomes),
        "unfinished": played.waiting,
        "attainment": {p.label: _attainment(outcomes, p) for p in Priority},
        **{
            f"waiting_p{p}": round(float(q), 1)
            for p, q in zip((50, 90, 99), quantiles, strict=True)
        },
        "moves_mean": round(sum(one.moves for one in outcomes) / max(len(outcomes), 1), 4),
        "utilisation": round(sum(played.busy.values()) / max(sum(played.present.values()), 1.0), 4),
        "fairness": round(float(loads.sum() ** 2 / (len(loads) * (loads**2).sum() or 1.0)), 4),
        "cost": round(sum(map(cost, outcomes)), 1),
    }


def cost(outcome: Outcome) -> float:
    """Of one ticket."""
    breach = 0.0 if outcome.is_in_time else BREACH_COST[outcome.arrival.priority]
    return breach + MOVE_COST * outcome.moves


def difference(one: Play, other: Play, seed: int = 0) -> dict[str, dict[str, float]]:
    """`other` minus `one`, each with its 95 % interval, by resampling days of arrival in pairs.

    Days, not tickets, because tickets of one day wait in the same queues (block bootstrap; Efron and
    Tibshirani 1993, ch. 8). A difference whose interval holds 0 is not shown by this play.
    """
    measures: dict[str, Callable[[Outcome], float]] = {
        "attainment": lambda outcome: float(outcome.is_in_time),
        "waiting_mean": lambda outcome: outcome.began - outcome.arrival.at,
        "moves_mean": lambda outcome: float(outcome.moves),
        "cost_mean": cost,
    }
    days = 1 + int(max(o.arrival.at for play in (one, other) for o in play.outcomes) // _DAY)
    draws = np.random.default_rng(seed).integers(0, days, size=(_DRAWS, days))
    found = {}
    for name, measure in measures.items():
        first, second = (_by_day(play.outcomes, measure, days) for play in (one, other))
        gaps = _means(second, draws) - _means(first, draws)
        whole = np.arange(days)[None, :]
        low, high = np.nanquantile(gaps, (0.025, 0.975))
        mean = float((_means(second, whole) - _means(first, whole))[0])
        found[name] = {
            k: round(float(v), 4) for k, v in (("mean", mean), ("low", low), ("high", high))
        }
    return found


def _attainment(outcomes: Sequence[Outcome], priority: Priority) -> float | None:
    found = [one.is_in_time for one in outcomes if one.arrival.priority is priority]
    return round(sum(found) / len(found), 4) if found else None


def _by_day(outcomes: Sequence[Outcome], measure: Callable[[Outcome], float], days: int) -> Array:
    """Shape (2, days): sums of the measure and numbers of tickets."""
    table = np.zeros((2, days))
    for outcome in outcomes:
        day = int(outcome.arrival.at // _DAY)
        table[0, day] += measure(outcome)
        table[1, day] += 1
    return table


def _means(table: Array, draws: Array) -> Array:
    sums, counts = table[0][draws].sum(axis=1), table[1][draws].sum(axis=1)
    return np.asarray(sums / np.maximum(counts, 1))
