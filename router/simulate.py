"""Compares policies on the same month of tickets, with every assumption in the answer. Loading and training models is `bot.workshop`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from core.calendar import WorkCalendar
from core.decision import Priority, Routed
from core.errors import MalformedPayload
from core.ports import Encodes
from core.promise import DEFAULT_POLICY, Policy
from router import comparison, staff
from router.arrivals import Month
from router.history import History, Past
from router.learn import Progress
from router.model import Model
from router.plans import Compared, compared
from router.replay import (
    Known,
    Need,
    arrivals,
    frozen_rows,
    made_up,
    pool_of,
    promise,
    promises_of,
    replayed,
    verdicts,
)
from router.route import TRIAGE, Router
from router.simulator import Assumptions, Person, play
from router.train import embeddings

START = datetime(2026, 11, 2, tzinfo=UTC)
"""The Monday on which made-up months begin; no holidays."""
TICKETS = 10_000
DAYS = 30
UTILISATION = 0.85
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is played. 0: not said (`TICKETS` made-up tickets, all of a history; `DAYS`; as many people as the work needs).
    `hours`: the teams' business hours."""

    tickets: int = 0
    days: int = 0
    agents: int = 0
    seed: int = 7
    people: tuple[Person, ...] = ()
    hours: Mapping[str, WorkCalendar] = field(default_factory=dict)


def simulate(
    history: History | None,
    examples: Sequence[Mapping[str, str]],
    names: Sequence[str],
    model: Model | None,
    wanted: Wanted,
    encoder: Encodes | None,
    progress: Progress,
) -> dict[str, Any]:
    """Plays the tickets of `history` (None: made up from `examples`, which the model has not learned) under each policy.

    `names`: as `router.plans.compared` takes them; every later one is compared with the first. `encoder`: the one the
    model was trained with, or None. Deterministic for equal inputs, but `seconds`. Raises `MalformedPayload`.
    """
    began = time.perf_counter()
    sides = [compared(name) for name in names]
    rows = examples if history is None else frozen_rows(history.tickets)
    pool = _encoded(pool_of(rows, wanted.seed), encoder, progress)
    scene = _scene(history, pool, wanted)
    people = wanted.people or _people(scene, pool, wanted)
    desk = Desk(people, wanted.hours, DEFAULT_POLICY)

    def routed(side: Compared) -> Sequence[Routed]:
        return verdicts(pool, Router(model, side.rules))

    found = played(scene, sides, routed, desk, wanted.seed, progress)
    routing = {name: _quality(pool, some) for name, some in found.pop("routed").items()}
    return {
        **found,
        "routing": routing,
        "assumptions": [
            *scene.assumed,
            *_assumed(model, pool, wanted),
            *assumed_of_targets(sides, desk),
        ],
        "seconds": round(time.perf_counter() - began, 2),
    }


@dataclass(frozen=True, slots=True)
class Scene:
    """The tickets of a play before any policy. `assumed`: what is assumed of them, in sentences."""

    needs: tuple[Need, ...]
    start: datetime
    days: int
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works, when their teams are open, and what they promise."""

    people: Sequence[Person]
    hours: Mapping[str, WorkCalendar]
    promises: Policy


def played(
    scene: Scene,
    sides: Sequence[Compared],
    routed_by: Callable[[Compared], Sequence[Routed]],
    desk: Desk,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """The plays of one scene under each side, compared with the first. `routed_by`: verdicts in the order of `Need.known`;
    they come back under `routed`, by plan. Raises `MalformedPayload` where somebody needs a team that nobody is in."""
    progress(f"{len(scene.needs)} tickets in {scene.days} days for {len(desk.people)} people")
    plays, routed, promised = [], {}, promises_of(desk.promises)
    for side in sides:
        progress(f"playing {side.plan.name}")
        known = routed_by(side) if side.plan.routes else ()
        if known:
            routed[side.plan.name] = [one.team for one in known]
        tickets = arrivals(scene.needs, known, desk.promises)
        days, hours = scene.days, desk.hours
        try:
            found = play(
                tickets, desk.people, side.plan, scene.start, days, hours=hours, promised=promised
            )
        except ValueError as problem:
            raise MalformedPayload(f"This cannot be played: {problem}.") from problem
        plays.append(found)
    progress("comparing")
    return {
        "tickets": len(scene.needs),
        "days": scene.days,
        "people": len(desk.people),
        "seed": seed,
        "plans": [comparison.report(one) for one in plays],
        "differences": [
            {
                "of": other.plan.name,
                "from": plays[0].plan.name,
                **comparison.difference(plays[0], other, seed),
            }
            for other in plays[1:]
        ],
        "routed": routed,
        "policies": {side.plan.name: _told(side) for side in sides},
    }


def _scene(history: History | None, pool: Sequence[Known], wanted: Wanted) -> Scene:
    if history is None:
        month = Month(wanted.tickets or TICKETS, wanted.days or DAYS)
        if not pool:
            raise MalformedPayload("There are no example tickets to make a month from.")
        said = (
            f"Tickets are made up: {month.tickets} in {month.days} days from Monday {START:%Y-%m-%d}, more in the morning "
            "and the afternoon, Mondays 1.25 and Sundays 0.3 of a usual day, no holidays; "
            f"{_shares(month)}; their texts are {len(pool)} example tickets that the router has not learned.",
            f"{_handling(month)} {_returning(month)}",
        )
        return Scene(made_up(month, pool, wanted.seed), START, month.days, said)
    timed = [ticket for ticket in history.tickets if ticket.created is not None]
    if 2 * len(timed) < len(history.tickets):
        return _untimed(history.tickets, pool, wanted)
    return _timed(timed, len(history.tickets) - len(timed), pool, wanted)


def _timed(past: list[Past], untold: int, pool: Sequence[Known], wanted: Wanted) -> Scene:
    when = sorted((ticket.created, at) for at, ticket in enumerate(past) if ticket.created)
    first, last = when[0][0], when[-1][0]
    start = first.replace(hour=0, minute=0, second=0, microsecond=0)
    days = wanted.days or math.floor((last - start).total_seconds() / _DAY) + 1
    end = start + timedelta(days=days)
    chosen = [past[at] for moment, at in when if moment < end][: wanted.tickets or None]
    month = Month(len(chosen), days)
    said = (
        f"Tickets are those of the history from {start:%Y-%m-%d} on, {len(chosen)} in {days} days, at their own times"
        + (f"; {untold} without a time are left out" if untold else "")
        + f". {_borrowed(pool)}",
        f"{_missing(chosen, month)} {_returning(month)}",
    )
    return Scene(replayed(chosen, pool, month, start, wanted.seed), start, days, said)


def _untimed(past: Sequence[Past], pool: Sequence[Known], wanted: Wanted) -> Scene:
    chosen = past[: wanted.tickets or None]
    month = Month(len(chosen), wanted.days or DAYS)
    said = (
        f"Tickets are {len(chosen)} of the history; as most of them do not say when they came, their times are drawn over "
        f"{month.days} days: more in the morning and the afternoon, few at weekends. {_borrowed(pool)}",
        f"{_missing(chosen, month)} {_returning(month)}",
    )
    return Scene(replayed(chosen, pool, month, None, wanted.seed), START, month.days, said)


def _people(scene: Scene, pool: Sequence[Known], wanted: Wanted) -> tuple[Person, ...]:
    languages = sorted({one.case.language for one in pool} - {"", "en"})
    return enough_people(scene, languages, wanted.agents)


def enough_people(scene: Scene, languages: Sequence[str], agents: int = 0) -> tuple[Person, ...]:
    """As many as the work keeps busy, or so many `agents`, each team as large as its work."""
    work: dict[str, dict[str, float]] = {}
    for need in scene.needs:
        of_team = work.setdefault(need.team, {})
        of_team[need.category] = of_team.get(need.category, 0.0) + need.seconds
    return staff.staff_for(work, languages, scene.days, agents, UTILISATION)


def _encoded(
    pool: tuple[Known, ...], encoder: Encodes | None, progress: Progress
) -> tuple[Known, ...]:
    """With embeddings, as the product gives them to the router."""
    vectors = embeddings(encoder, [one.case.text for one in pool], progress) if pool else None
    if vectors is None:
        return pool
    return tuple(
        replace(one, case=replace(one.case, vector=tuple(np.asarray(vector).tolist())))
        for one, vector in zip(pool, vectors, strict=True)
    )


def _quality(pool: Sequence[Known], teams: Sequence[str]) -> dict[str, float]:
    """What the router did with the pool: shares of it."""
    decided = [team != TRIAGE for team in teams]
    right = [team == one.team for team, one in zip(teams, pool, strict=True)]
    return {
        "decided": round(sum(decided) / len(pool), 4),
        "decided_right": round(sum(right) / max(sum(decided), 1), 4),
        "texts": len(pool),
    }


def _told(side: Compared) -> dict[str, Any]:
    plan = side.plan
    rules = {
        "rules": side.rules.name,
        "version": side.rules.version[:16],
        "targets": sum(bool(rule.targets) for rule in side.rules.rules),
    }
    return {
        "order": plan.order.value,
        "choice": plan.choice.value,
        "routes": plan.routes,
        **(rules if plan.routes else {}),
    }


def _shares(month: Month) -> str:
    return ", ".join(f"{share:.0%} {level.label}" for level, share in month.priorities.items())


def _handling(month: Month) -> str:
    return (
        f"Handling times are lognormal around a median of {month.handling_median:.0f} s "
        f"(sigma {month.handling_spread})."
    )


def _returning(month: Month) -> str:
    return (
        f"Customers are made up: {month.returning:.0%} of the tickets are of one who wrote before, whose last agent is then "
        "known; nobody has an agent of their own."
    )


def _missing(past: Sequence[Past], month: Month) -> str:
    untold = sum(not ticket.handled for ticket in past)
    if not untold:
        return "Handling times are those of the history."
    return f"{untold} of {len(past)} tickets do not say how long they took. {_handling(month)}"


def _borrowed(pool: Sequence[Known]) -> str:
    return (
        f"The router is asked about {len(pool)} of them that it has not learned; every other ticket "
        "borrows the verdict on one of these of its team and priority."
    )


def _assumed(model: Model | None, pool: Sequence[Known], wanted: Wanted) -> list[str]:
    version = model.version[:16] if model else "none: everything goes to triage"
    router = (
        f"Router: {version}. Its team, priority and skills are used as they are; a person who looks at a ticket knows "
        "its true team and priority. Without the router every ticket counts as medium until somebody has looked."
    )
    staffed, *rest = assumed_of_people(bool(wanted.people), DEFAULT_POLICY)
    return [staffed, router, *rest]


def assumed_of_people(is_given: bool, promises: Policy) -> list[str]:
    """What is assumed of the work in every play. `is_given`: the roster is."""
    people = Assumptions()
    speed = ", ".join(f"{level}: {factor:g}" for level, factor in sorted(people.speed.items()))
    promised = ", ".join(f"{p.label} {promise(promises, p) / 3600:g} h" for p in Priority)
    costs = ", ".join(f"{p.label} {cost:g}" for p, cost in comparison.BREACH_COST.items())
    return [
        "Staff is the given roster."
        if is_given
        else f"{staff.ASSUMED} Where nobody says how many, there are as many as the work keeps busy for {UTILISATION:.0%} of their time.",
        f"A look at a ticket that is passed on (in triage, or in a wrong team) takes {people.look_seconds:.0f} s; everybody "
        f"shares triage. Handling time by level of skill: {speed}. Languages cost no time. One ticket at a time; work "
        "begun is finished.",
        f"Promised first response, around the clock: {promised}; measured by the true priority until somebody "
        "who can help begins.",
        f"Cost units: a broken promise {costs}; each time passed on {comparison.MOVE_COST:g}.",
        "What the rules ask for decides who is offered a ticket, as it is served; what nobody in a team could be offered "
        "is taken by hand by whoever of it has been without longest. Otherwise nobody takes anything by hand.",
        "Intervals: 95 %, 2000 resamplings of whole days, paired; an interval with 0 in it shows no difference.",
    ]


def assumed_of_targets(sides: Sequence[Compared], desk: Desk) -> list[str]:
    """What is assumed where rules have targets, and which of those nobody here is."""
    ruled = [side for side in sides if side.plan.routes]
    if not any(rule.targets for side in ruled for rule in side.rules.rules):
        return []
    teams = {team for person in desk.people for team in person.teams}
    silent = sorted(teams - set(desk.hours))
    here = {person.email.casefold() for person in desk.people if person.email}
    named = {agent for side in ruled for _, agent in side.rules.named}
    absent = sorted(agent for agent in named if agent.casefold() not in here)
    hours = (
        f" Hours are not told of {', '.join(silent)}: open while somebody of it works."
        if silent
        else ""
    )
    away = f" Not on the roster, and passed over: {', '.join(absent)}." if absent else ""
    return [
        "Targets of rules are followed as the queue follows them, minute by minute, until somebody begins or passes the "
        "ticket on. A team that a later target names can help with what is the first target's. Online is who is on shift, "
        f"busy or not.{hours}{away}"
    ]
