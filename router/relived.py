"""Plays an installation's own last weeks under other rules, from what the classifiers found then. Reading them is `store`'s."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from core.calendar import WorkCalendar
from core.decision import Case, Guess, Priority, Routed
from core.errors import MalformedPayload
from core.promise import Policy
from router.arrivals import Month
from router.plans import Compared, compared
from router.policy import verdict_of
from router.replay import Need, handling
from router.simulate import (
    Desk,
    Scene,
    assumed_of_people,
    assumed_of_targets,
    enough_people,
    played,
)
from router.simulator import TRIAGE, Person

LEAST = 20
"""Tickets below which a play says nothing."""


@dataclass(frozen=True, slots=True)
class Lived:
    """A ticket as it was. `case` and `guess`: what the router saw and what the classifiers made of it, None where a person
    opened it; the rest as it ended: `team` a slug, `handled` seconds, 0 where nobody knows. `customer`: whose it was, by any
    name; `last`: mail address of who had their latest ticket before these."""

    at: datetime
    category: str
    priority: Priority
    team: str
    handled: float
    case: Case | None = None
    guess: Guess | None = None
    customer: str = ""
    last: str = ""


def relive(
    lived: Sequence[Lived],
    names: Sequence[str],
    promises: Policy,
    people: Sequence[Person],
    agents: int,
    seed: int,
    progress: Callable[[str], None],
    hours: Mapping[str, WorkCalendar] | None = None,
) -> dict[str, Any]:
    """As `router.simulate.simulate`, over these tickets. `people`: empty for `agents`, and 0 of those for as many as
    the work needs. `hours`: the teams' business hours.

    Raises `MalformedPayload` where there are too few.
    """
    began = time.perf_counter()
    sides = [compared(name) for name in names]
    staffed = {team for person in people for team in person.teams}
    chosen = [one for one in lived if not people or one.team in staffed]
    if len(chosen) < LEAST:
        raise MalformedPayload(
            f"There are {len(chosen)} tickets to play, and fewer than {LEAST} say nothing: choose more weeks, or a made-up month."
        )
    scene = _scene(chosen, len(lived) - len(chosen), seed)
    languages = sorted({one.case.language for one in chosen if one.case} - {"", "en"})
    staff = tuple(people) or enough_people(scene, languages, agents)
    desk = Desk(staff, hours or {}, promises)
    found = played(scene, sides, lambda side: _routed(chosen, side), desk, seed, progress)
    routed = found.pop("routed")
    return {
        **found,
        "routing": {name: _quality(chosen, teams) for name, teams in routed.items()},
        "assumptions": [
            *scene.assumed,
            *assumed_of_people(bool(people), promises),
            *assumed_of_targets(sides, desk),
        ],
        "seconds": round(time.perf_counter() - began, 2),
    }


def _scene(lived: Sequence[Lived], left_out: int, seed: int) -> Scene:
    first = min(one.at for one in lived)
    start = first.replace(hour=0, minute=0, second=0, microsecond=0)
    days = (max(one.at for one in lived) - start) // timedelta(days=1) + 1
    drawn = handling(Month(len(lived), days), np.random.default_rng(seed))
    needs = [
        Need(
            (one.at - start).total_seconds(),
            one.priority,
            one.team,
            one.category,
            one.handled or float(drawn[at]),
            at if one.guess else -1,
            one.customer,
            str(one.case.facts.get("preferred_agent", "")) if one.case else "",
            one.last,
        )
        for at, one in enumerate(lived)
    ]
    unseen = sum(one.guess is None for one in lived)
    untold = sum(not one.handled for one in lived)
    month = Month(len(lived))
    said = [
        f"Tickets are the {len(lived)} of this installation from {start:%Y-%m-%d} on, at their own times, with the team, "
        "category and priority that they have now as the truth."
        + (f" {left_out} are of teams in which nobody is, and left out." if left_out else ""),
        "What the classifiers found is what they found then, before anybody corrected it; only the rules are applied anew."
        + (f" {unseen} were opened by a person and begin in triage." if unseen else ""),
        f"Handling is the time from taking to solving where that was within four hours; {untold} of {len(lived)} do not say "
        f"it and get one that is lognormal around {month.handling_median:.0f} s.",
    ]
    return Scene(tuple(sorted(needs, key=lambda need: need.at)), start, days, tuple(said))


def _routed(lived: Sequence[Lived], side: Compared) -> tuple[Routed, ...]:
    return tuple(_verdict(one, side) for one in lived)


def _verdict(one: Lived, side: Compared) -> Routed:
    if one.case is None or one.guess is None:
        return Routed("", Priority.MEDIUM, TRIAGE)
    found, rules, _ = side.rules.applied(verdict_of(one.case, one.guess))
    return Routed(
        found.category,
        found.priority,
        found.team,
        found.skills,
        rules=rules,
        targets=found.targets,
    )


def _quality(lived: Sequence[Lived], teams: Sequence[str]) -> dict[str, float]:
    """Shares of the tickets that the router saw."""
    pairs = [(one.team, team) for one, team in zip(lived, teams, strict=True) if one.guess]
    decided = [(true, team) for true, team in pairs if team != TRIAGE]
    right = sum(true == team for true, team in decided)
    return {
        "decided": round(len(decided) / max(len(pairs), 1), 4),
        "decided_right": round(right / max(len(decided), 1), 4),
        "texts": len(pairs),
    }
