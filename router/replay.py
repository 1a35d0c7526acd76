"""Tickets for a play, from a history or made up, and what the router does with them. Playing is `router.simulator`.

The router is asked about tickets that it has not learned from (the pool). An arrival whose own text it may have
learned stands for one of the pool of the same team and priority: its time and truth stay, only the verdict is borrowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from core.calendar import around_the_clock
from core.decision import Case, Priority, Routed
from core.ports import Routes
from core.promise import Policy
from router.arrivals import Month, customers, times
from router.history import Past
from router.simulator import TRIAGE, Arrival
from router.train import is_frozen

MOST_ROUTED = 1000
"""Tickets of the pool that the router is asked about, for each policy; more change no share by more than 3 %."""


@dataclass(frozen=True, slots=True)
class Known:
    """A ticket of the pool: what the router sees, and the truth."""

    case: Case
    category: str
    priority: Priority
    team: str


@dataclass(frozen=True, slots=True)
class Need:
    """A ticket of the play before any policy: `at`, `seconds`, `customer`, `preferred` and `last` as in `Arrival`; `known`:
    its place in the pool."""

    at: float
    priority: Priority
    team: str
    category: str
    seconds: float
    known: int
    customer: str = ""
    preferred: str = ""
    last: str = ""


def pool_of(rows: Sequence[Mapping[str, str]], seed: int) -> tuple[Known, ...]:
    """At most `MOST_ROUTED` of the rows, chosen by `seed`, each with the columns of `router.history.COLUMNS`."""
    order = np.random.default_rng(seed).permutation(len(rows))[:MOST_ROUTED]
    return tuple(
        Known(
            Case(row["text"], row.get("language", ""), row.get("channel", "")),
            row["category"],
            Priority[row["priority"].upper()],
            row["team"],
        )
        for row in (rows[at] for at in sorted(order))
    )


def made_up(month: Month, pool: Sequence[Known], seed: int) -> tuple[Need, ...]:
    """`month.tickets` tickets, in order of time. The priority is drawn first, then a ticket of the pool that has it."""
    random = np.random.default_rng(seed)
    when = times(month, random)
    of = {level: [at for at, one in enumerate(pool) if one.priority is level] for level in Priority}
    levels = [level for level in month.priorities if of[level]]
    weights = np.array([month.priorities[level] for level in levels])
    drawn = random.choice(len(levels), size=month.tickets, p=weights / weights.sum())
    luck = random.random(month.tickets)
    seconds, whose = handling(month, random), customers(month, seed)
    needs = []
    for at in range(month.tickets):
        same = of[levels[drawn[at]]]
        place = same[int(luck[at] * len(same))]
        one, came, took = pool[place], float(when[at]), float(seconds[at])
        needs.append(Need(came, one.priority, one.team, one.category, took, place, whose[at]))
    return tuple(needs)


def replayed(
    past: Sequence[Past], pool: Sequence[Known], month: Month, start: datetime | None, seed: int
) -> tuple[Need, ...]:
    """The tickets of a history, each with its own team, priority and handling time (drawn where nobody wrote it down), and
    with a customer drawn as in `month`: who they were is not kept.

    `start`: the moment that counts as second 0; None: no ticket says when it came, and times are drawn as in `month`,
    whose `tickets` must then be their number.
    """
    random = np.random.default_rng(seed)
    when = times(month, random) if start is None else None
    seconds, luck = handling(month, random), random.random(len(past))
    by_text = {one.case.text: at for at, one in enumerate(pool)}
    of: dict[tuple[str, Priority | None], list[int]] = {}
    for at, one in enumerate(pool):
        for level in (one.priority, None):
            of.setdefault((one.team, level), []).append(at)
    needs = []
    for at, ticket in enumerate(past):
        team, priority = ticket.row["team"], Priority[ticket.row["priority"].upper()]
        place = by_text.get(ticket.row["text"], -1)
        if place < 0:
            same = of.get((team, priority)) or of.get((team, None)) or []
            place = same[int(luck[at] * len(same))] if same else -1
        moment = float(when[at]) if when is not None else _since(start, ticket)
        needs.append(
            Need(
                moment,
                priority,
                team,
                ticket.row["category"],
                ticket.handled or float(seconds[at]),
                place,
            )
        )
    ordered, whose = sorted(needs, key=lambda need: need.at), customers(month, seed)
    return tuple(replace(one, customer=whose[at]) for at, one in enumerate(ordered))


def _since(start: datetime | None, ticket: Past) -> float:
    assert start is not None
    assert ticket.created is not None
    return (ticket.created - start).total_seconds()


def handling(month: Month, random: np.random.Generator) -> np.ndarray:
    """Seconds, shape (tickets,)."""
    spread = month.handling_spread * random.standard_normal(month.tickets)
    return np.asarray(month.handling_median * np.exp(spread))


def frozen_rows(past: Sequence[Past]) -> list[Mapping[str, str]]:
    """Those that no router trained here learns from."""
    return [ticket.row for ticket in past if is_frozen(ticket.row["text"])]


def verdicts(pool: Sequence[Known], router: Routes) -> tuple[Routed, ...]:
    """What the router decides on each ticket of the pool."""
    return tuple(router.route(one.case) for one in pool)


def arrivals(
    needs: Sequence[Need], routed: Sequence[Routed], policy: Policy
) -> tuple[Arrival, ...]:
    """The tickets as they come to people under one policy. `routed`: of the pool, in
    its order, or empty where nothing is routed. A need without a place in the pool goes to triage."""
    promised = promises_of(policy)
    unsure = Routed("", Priority.MEDIUM, TRIAGE)
    found = []
    for need in needs:
        verdict = routed[need.known] if routed and need.known >= 0 else unsure
        found.append(
            Arrival(
                need.at,
                need.priority,
                need.team,
                verdict.team,
                need.category,
                need.seconds,
                promised[need.priority],
                verdict.priority,
                promised[verdict.priority],
                verdict.skills,
                verdict.targets,
                need.customer,
                need.preferred,
                need.last,
            )
        )
    return tuple(found)


def promises_of(policy: Policy) -> dict[Priority, float]:
    """`promise` of each priority."""
    return {level: promise(policy, level) for level in Priority}


def promise(policy: Policy, priority: Priority) -> float:
    """Seconds until the first response; infinite where nothing is promised."""
    target = policy.goals(priority).response
    if target is None:
        return float("inf")
    return target.duration(around_the_clock()).total_seconds()
