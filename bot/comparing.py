"""What people do to compare policies: ask for a simulation, call it off, try a policy out on a share of the tickets, end that.

Nothing is played or counted here: that is `bot.compared`, in a process of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from bot import rules
from bot.company import default_brand
from bot.house import House
from bot.learning import JOB
from bot.permissions import May, require
from bot.policies import (
    FILE,
    KIND,
    SHIPPED,
    keep_policy,
    policy_in_service,
    put_into_service,
    version_of,
)
from bot.versions import activate
from core.errors import Conflict, MalformedPayload, NotFound
from core.holdout import MOST
from store import experiments, simulations
from store.jobs import enqueue
from store.knowledge import active_models
from store.models import Experiment, ModelVersion, Simulation, User
from store.versions import version_named, versions

SERVICE, EDITED, BY_HAND = "in_service", "edited", "by_hand"
PLAYED = ("round_robin", "by_priority")
"""Policies that only a simulation knows: they are about who gets a ticket, too."""
WEEKS, MONTH = "weeks", "month"
MOST_WEEKS, MOST_TICKETS, LEAST_TICKETS, MOST_AGENTS = 26, 100_000, 100, 2000
HAND = """name = "by hand"

[[rules]]
name = "everything to triage"
because = "Tried out: a person looks at every ticket first."
when = []
then = { team = "triage", stop = true }
"""
"""What a help desk without a router does, to try the router itself against."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What to play. `history`: `weeks`, the last `weeks` of this installation, or `month`, a made-up one of `tickets`;
    `agents`: 0 for as many as the work needs; `own_people`: this installation's with their hours; `one` and `other`:
    as `texts_of` knows them."""

    history: str
    one: str
    other: str
    weeks: int = 4
    tickets: int = 10_000
    agents: int = 0
    own_people: bool = False
    seed: int = 7


def ask(house: House, by: User, chosen: Chosen) -> UUID:
    """Asks for two policies to be played over the same tickets. Raises `NotAllowed`, `MalformedPayload`, `NotFound`,
    `Conflict`."""
    require(by, May.CONFIGURE)
    _check(chosen)
    texts = {name: text_of(house, name) for name in (chosen.one, chosen.other)}
    if len({version_of(text) if text else name for name, text in texts.items()}) < 2:
        raise MalformedPayload("Both are the same: choose two policies that differ.")
    now = house.clock()
    row = Simulation(
        brand=default_brand(), by=by, asked_at=now, asked=asdict(chosen), policies=texts
    )
    simulations.ask(row, JOB, now)
    house.doorbell.ring("jobs")
    return row.id


def cancel(house: House, by: User, simulation: UUID) -> None:
    """Calls a simulation off. Raises `NotAllowed`, `NotFound`, `IllegalTransition`."""
    require(by, May.CONFIGURE)
    simulations.cancel(simulation, JOB, house.clock())


def begin_trial(house: House, by: User, name: str, share: int, other: str) -> UUID:
    """From now on `share` percent of the new tickets are decided by the other policy; one trial at a time.

    Raises `NotAllowed`, `MalformedPayload`, `NotFound`, `Conflict`.
    """
    require(by, May.CONFIGURE)
    if not name.strip():
        raise MalformedPayload("A trial needs a name.")
    if not 0 <= share <= MOST:
        raise MalformedPayload("The share is 0 to %(most)s percent.", most=MOST)
    if other in {SERVICE, *PLAYED}:
        raise MalformedPayload("Choose a policy other than the one in service.")
    with transaction.atomic():
        if KIND not in active_models():
            put_into_service(house, SHIPPED.read_text(encoding="utf-8"), actor=f"user:{by.id}")
        present = active_models()[KIND].version
        tried = keep_policy(house, text_of(house, other)).version
        if tried == present:
            raise Conflict("These are the rules in service: there is nothing to try out.")
        row = Experiment(
            brand=default_brand(), name=name.strip()[:120], seed=secrets.token_hex(16),
            share=share, present=present, other=tried, by=by, began_at=house.clock(),
        )  # fmt: skip
        experiments.begin(
            house.vault, row, house.clock(), actor=f"user:{by.id}", text={"name": row.name}
        )
    return row.id


def stop_trial(house: House, by: User, trial: UUID) -> None:
    """What is in service decides every new ticket again. Raises `NotAllowed`, `NotFound`, `IllegalTransition`."""
    require(by, May.CONFIGURE)
    stopped = Experiment.State.STOPPED
    experiments.end(house.vault, trial, stopped, house.clock(), actor=f"user:{by.id}")
    _measure(house, trial)


def adopt_trial(house: House, by: User, trial: UUID) -> None:
    """The policy that was tried out decides every new ticket. Raises as `stop_trial`, and `Conflict`."""
    require(by, May.CONFIGURE)
    actor, adopted = f"user:{by.id}", Experiment.State.ADOPTED
    with transaction.atomic():
        row = experiments.end(house.vault, trial, adopted, house.clock(), actor=actor)
        activate(house, KIND, row.other, actor=actor)
    _measure(house, trial)


def measure_trial(house: House, by: User, trial: UUID) -> None:
    """Asks for the report of a trial anew; at most one such job waits. Raises `NotAllowed`."""
    require(by, May.CONFIGURE)
    _measure(house, trial)


def _measure(house: House, trial: UUID) -> None:
    enqueue(JOB, {"verb": "measure", "of": str(trial)}, house.clock(), key=f"measure:{trial}")
    house.doorbell.ring("jobs")


def text_of(house: House, choice: str) -> str:
    """TOML of a policy as it is now; empty for those that only a simulation knows. `choice`: `in_service`, `edited`,
    `by_hand`, one of `PLAYED`, or a version. Raises `NotFound`."""
    match choice:
        case "in_service":
            return policy_in_service(house.settings).read_text(encoding="utf-8")
        case "edited":
            rules.begin_editing(house)
            return rules.as_toml(house)
        case "by_hand":
            return HAND
        case _ if choice in PLAYED:
            return ""
        case _:
            row = version_named(KIND, choice)
            return _file(house, row).read_text(encoding="utf-8")


def kept_policies() -> list[ModelVersion]:
    """Versions of the policy that are not in service, newest first."""
    return [row for row in versions(KIND) if not row.is_active]


def _file(house: House, row: ModelVersion) -> Path:
    path = house.settings.state / row.folder / FILE
    if not path.is_file():
        raise NotFound(
            "Version %(version)s of the policy is kept no longer.", version=row.version[:12]
        )
    return path


def _check(chosen: Chosen) -> None:
    if chosen.history not in {WEEKS, MONTH}:
        raise MalformedPayload("A history is the last weeks, or a made-up month.")
    within: Mapping[str, tuple[int, int, int]] = {
        "weeks": (1, chosen.weeks, MOST_WEEKS),
        "tickets": (LEAST_TICKETS, chosen.tickets, MOST_TICKETS),
        "agents": (0, chosen.agents, MOST_AGENTS),
        "seed": (0, chosen.seed, 2**31),
    }
    for name, (least, given, most) in within.items():
        if not least <= given <= most:
            raise MalformedPayload(
                "%(name)s: %(least)s to %(most)s, not %(given)s.",
                name=name,
                least=f"{least:,}",
                most=f"{most:,}",
                given=f"{given:,}",
            )


def chosen_from(asked: Mapping[str, Any]) -> Chosen:
    """As it was stored."""
    return Chosen(**asked)
