"""Playing simulations and counting trials, in a process of its own (`threadline learn ...`). Asking for them is `bot.comparing`."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bot import wire
from bot.comparing import MONTH, Chosen, chosen_from
from bot.house import House
from bot.rehearse import GENERATED, INSTALLATION, Rehearsal, hours_of, people_of, rehearse
from core.decision import Guess, Priority
from core.errors import NotFound, ThreadlineError
from core.holdout import Arm
from store import experiments, simulations
from store.clocks import policy_of
from store.decisions import Settled, settled_since
from store.models import Experiment, Simulation, SlaPolicy

if TYPE_CHECKING:
    from router.relived import Lived

MOST_LIVED = 20_000
"""Tickets of this installation that one simulation opens."""
_State = Simulation.State


class _CalledOff(Exception):
    """Nobody wants it any more."""


def play_simulation(house: House, simulation: UUID) -> dict[str, Any]:
    """Plays it and keeps what came out, or in words why nothing did. Raises `NotFound`."""
    row = simulations.begun(simulation)
    if row is None:
        return {"state": _State.CANCELLED.value}

    def progress(said: str) -> None:
        if not simulations.tell(simulation, said):
            raise _CalledOff

    try:
        with tempfile.TemporaryDirectory() as folder:
            names = tuple(_named(Path(folder), *one) for one in _in_order(row))
            report = _played(house, chosen_from(row.asked), names, progress)
    except _CalledOff:
        return {"state": _State.CANCELLED.value}
    except ThreadlineError as problem:
        simulations.over(simulation, _State.FAILED, house.clock(), {}, str(problem))
        return {"state": _State.FAILED.value, "why": str(problem)}
    simulations.over(simulation, _State.DONE, house.clock(), report)
    return {"state": _State.DONE.value, "tickets": report["tickets"], "seconds": report["seconds"]}


def measure_trial(house: House, trial: UUID) -> dict[str, Any]:
    """Counts what has become of the tickets of both sides so far. Raises `NotFound`."""
    from router.observed import Observed, observed

    row = Experiment.objects.filter(id=trial).first()
    if row is None:
        raise NotFound("There is no such trial.")
    now = house.clock()
    tickets = [
        Observed(
            Arm(one.arm),
            one.at,
            Priority(one.priority),
            one.waited,
            None if one.kept is None else not one.kept,
            one.transfers,
            one.agent,
            one.handled,
        )
        for one in experiments.outcomes(row, now)
    ]
    report = observed(tickets, ("in_service", "tried_out"))
    experiments.measured(trial, report, now)
    return {"tickets": report["tickets"], "days": report["days"]}


def _in_order(row: Simulation) -> list[tuple[str, str]]:
    return [(name, row.policies[name]) for name in (row.asked["one"], row.asked["other"])]


def _named(folder: Path, name: str, text: str) -> str:
    """What `router.plans` is given: the name of a policy that it knows, or a file of this name."""
    if not text:
        return name
    path = folder / f"{name[:12]}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def _played(house: House, chosen: Chosen, names: tuple[str, ...], progress: Any) -> dict[str, Any]:
    staff = INSTALLATION if chosen.own_people else ""
    if chosen.history == MONTH:
        asked = Rehearsal(
            GENERATED, names, "", chosen.tickets, chosen.agents, 30, chosen.seed, staff
        )
        return rehearse(house.settings, asked, progress)
    from router.relived import relive

    progress("reading the tickets")
    since = house.clock() - timedelta(weeks=chosen.weeks)
    lived = [_lived(one) for one in settled_since(house.vault, since, MOST_LIVED)]
    promises = policy_of(SlaPolicy.objects.get(is_default=True))
    people = people_of(house.settings, staff)
    hours = hours_of(house.settings, INSTALLATION)
    return relive(lived, names, promises, people, chosen.agents, chosen.seed, progress, hours)


def _lived(one: Settled) -> Lived:
    from router.relived import Lived

    case, guess = (one.verdict or {}).get("case"), (one.verdict or {}).get("guess")
    is_told = bool(case and guess)
    return Lived(
        one.at,
        one.category,
        Priority(one.priority),
        one.team,
        one.handled or 0.0,
        wire.case_from_json(case) if case and is_told else None,
        Guess(**{**guess, "priority": Priority(guess["priority"])}) if guess and is_told else None,
        one.customer,
        one.last,
    )
