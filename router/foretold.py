"""How often the waiting that customers are told holds, over a generated month: `core.waiting` against `router.simulator`."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from core.calendar import spans_between
from core.decision import Priority, Routed
from core.promise import DEFAULT_POLICY
from core.waiting import LEAST, SAMPLE, Wait, estimate, pace_of
from router.arrivals import Month
from router.history import COLUMNS
from router.replay import Known, arrivals, made_up, pool_of
from router.simulate import START, Scene, enough_people
from router.simulator import Arrival, Choice, Order, Outcome, Person, Plan, play
from router.tables import read_rows

WINDOW = timedelta(hours=2)
"""As `store.assignment.WINDOW`."""
_EXAMPLES = Path(__file__).parent / "data" / "heldback.csv"
MOMENT = 30.0
"""Seconds by which a wait may miss the interval: it is told in minutes."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """`told`: tickets whose customer was told something; of these the share that the interval held, that waited `longer`
    and `shorter`; `width`: the interval's median in minutes."""

    tickets: int
    told: int
    covered: float
    longer: float
    shorter: float
    width: float


def foretold(tickets: int, seed: int, order: Order = Order.DUE, days: int = 30) -> Foretold:
    """A month in which every ticket comes to the team that can help, with as many people as the work needs."""
    pool = pool_of(read_rows(_EXAMPLES, COLUMNS), seed)
    needs = made_up(Month(tickets, days), pool, seed)
    people = enough_people(Scene(needs, START, days, ()), ("de", "es"))
    sent = arrivals(needs, [_right(one) for one in pool], DEFAULT_POLICY)
    played = play(sent, people, Plan("waits", order, Choice.BEST), START, days)
    found = [pair for team in _by_team(played.outcomes) for pair in _of_team(team, people, days)]
    waits = [(told, real) for told, real in found if told is not None]
    longer = sum(real > told.high.total_seconds() + MOMENT for told, real in waits)
    shorter = sum(real < told.low.total_seconds() - MOMENT for told, real in waits)
    count = max(len(waits), 1)
    return Foretold(
        len(found),
        len(waits),
        round(1 - (longer + shorter) / count, 4),
        round(longer / count, 4),
        round(shorter / count, 4),
        round(median((told.high - told.low).total_seconds() / 60 for told, _ in waits), 1),
    )


def _right(one: Known) -> Routed:
    return Routed(one.category, one.priority, one.team, (one.category,))


def _by_team(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    teams: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        teams[one.arrival.team].append(one)
    return [sorted(some, key=lambda one: one.arrival.at) for some in teams.values()]


def _of_team(
    outcomes: Sequence[Outcome], people: Sequence[Person], days: int
) -> Iterator[tuple[Wait | None, float]]:
    """What each customer was told, and how long they waited; as `store.assignment.wait_in` asks its tables."""
    team = outcomes[0].arrival.team
    present = _present([one for one in people if team in one.teams], days)
    waiting: list[Outcome] = []
    began: list[float] = []
    ratios: list[tuple[Priority, float]] = []
    paces: dict[int, float] = {}
    for one in outcomes:
        now = one.arrival.at
        for gone in sorted((o for o in waiting if o.began <= now), key=lambda o: o.began):
            insort(began, gone.began)
            ratios.append((gone.arrival.priority, (gone.began - gone.arrival.at) / paces[id(gone)]))
        waiting = [o for o in waiting if o.began > now]
        ahead = sum(_due(o.arrival) < _due(one.arrival) for o in waiting)
        taken = len(began) - bisect_right(began, now - WINDOW.total_seconds())
        pace = pace_of(ahead + 1, taken, WINDOW)
        paces[id(one)] = pace.total_seconds()
        waiting.append(one)
        if any(start <= now < end for start, end in present):
            yield estimate(pace, _chosen(ratios, one.arrival.priority)), one.began - now


def _chosen(ratios: Sequence[tuple[Priority, float]], priority: Priority) -> list[float]:
    lately = ratios[-4 * SAMPLE :]
    alike = [ratio for level, ratio in lately if level is priority]
    return (alike if len(alike) >= LEAST else [ratio for _, ratio in lately])[-SAMPLE:]


def _due(arrival: Arrival) -> float:
    return arrival.at + arrival.response


def _present(people: Sequence[Person], days: int) -> list[tuple[float, float]]:
    end = START + timedelta(days=days)
    spans = [span for one in people for span in spans_between(one.roster, START, end)]
    return [((a - START).total_seconds(), (b - START).total_seconds()) for a, b in spans]
