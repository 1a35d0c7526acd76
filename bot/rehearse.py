"""Playing a month of tickets under several policies: finds the tickets and a router, then asks `router.simulate`. Serving is `bot.brain`."""

from __future__ import annotations

import csv
import hashlib
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection

from bot.bootstrap import build_house, encoder_of
from bot.past import past_rows, past_tickets
from bot.settings import Settings
from core.calendar import WorkCalendar
from core.errors import NotFound
from core.ports import Encodes
from store.clocks import calendar_of
from store.knowledge import active_models
from store.models import Agent, ModelVersion, Team

if TYPE_CHECKING:
    from router.history import History
    from router.model import Model
    from router.simulator import Person

ROOT = Path(__file__).resolve().parent.parent
GENERATED = "generated"
IMPORTED = "imported"
EXAMPLES = "examples"
INSTALLATION = "installation"
MOST_LEARNED = 3000
"""Tickets of a history that a router made for one play learns from; more take minutes."""
_SEED = 20261123
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is asked for. `history`: `generated`, `imported` or a file of past tickets, read with `mapping`; `policies`: built-in
    names or TOML files; `model`: a folder, or None for the active router; `staff`: as `people_of` reads
    it; numbers as in `router.simulate.Wanted`."""

    history: str
    policies: tuple[str, ...]
    mapping: str = ""
    tickets: int = 0
    agents: int = 0
    days: int = 0
    seed: int = 7
    staff: str = ""
    model: Path | None = None


def rehearse(settings: Settings, asked: Rehearsal, progress: Progress) -> dict[str, Any]:
    """Nothing of the installation changes. Where no active router knows these teams, one is trained for the play from
    tickets that it is then not asked about. Raises `MalformedPayload`, `ModelUnavailable`."""
    from router.history import History, read_history
    from router.plans import compared
    from router.simulate import Wanted, simulate

    sides = [compared(name) for name in asked.policies]
    people, hours = people_of(settings, asked.staff), hours_of(settings, asked.staff)
    history = None
    if asked.history == IMPORTED:
        history = History(past_tickets(build_house(settings)), {})
        if not history.tickets:
            raise NotFound("There are no imported tickets: `threadline import tickets FILE` first.")
    elif asked.history != GENERATED:
        history = read_history(Path(asked.history), mapping=asked.mapping)
        progress(f"{len(history.tickets)} tickets read, {sum(history.skipped.values())} left out")
    examples = [] if history else _examples("heldback.csv")
    model, encoder = None, None
    if any(side.plan.routes for side in sides):
        model = _model(settings, asked, history, progress)
        encoder = _encoder(settings, model)
    wanted = Wanted(asked.tickets, asked.days, asked.agents, asked.seed, people, hours)
    found = simulate(history, examples, asked.policies, model, wanted, encoder, progress)
    left_out = {} if history is None else {"left_out": dict(history.skipped)}
    return {"history": asked.history, **left_out, **found}


def _examples(name: str) -> list[dict[str, str]]:
    with (ROOT / "router" / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _model(
    settings: Settings, asked: Rehearsal, history: History | None, progress: Progress
) -> Model:
    from router.model import load_model

    if asked.model is not None:
        return load_model(asked.model)
    rows = _examples("tickets.csv") if history is None else list(history.rows)
    active = _active(settings)
    if active is not None:
        model = load_model(active)
        known = set(model.classifiers["team"].labels)
        if 2 * sum(row["team"] in known for row in rows) >= len(rows):
            return model
    return _made(settings, history, progress)


def _active(settings: Settings) -> Path | None:
    """The folder of the router that serves, if this is an installation that has one."""
    if not is_installed(settings):
        return None
    row = active_models().get("router")
    return None if row is None else settings.state / row.folder


def is_installed(settings: Settings) -> bool:
    """Whether there are tables to ask."""
    if settings.is_sqlite and not (settings.state / "threadline.db").is_file():
        return False
    return ModelVersion._meta.db_table in connection.introspection.table_names()


def people_of(settings: Settings, staff: str) -> tuple[Person, ...]:
    """`staff`: `installation`, a TOML roster, or empty for people made up for the work."""
    from router.simulator import Person
    from router.staff import read_staff

    if not staff:
        return ()
    if staff != INSTALLATION:
        return read_staff(Path(staff))
    today = build_house(settings).clock().date()
    found = []
    for agent in Agent.objects.filter(user__is_active=True).select_related("user").order_by("pk"):
        teams = list(agent.teams.select_related("calendar").order_by("slug"))
        if not teams:
            continue
        levels = agent.agentskill_set.exclude(expires_on__lt=today)
        skills = dict(levels.values_list("skill__slug", "level"))
        slugs = tuple(team.slug for team in teams)
        roster = calendar_of(teams[0].calendar)
        found.append(Person(agent.user.name, slugs, skills, roster, agent.user.email))
    if not found:
        raise NotFound("Nobody is in a team here: name a roster file with --staff.")
    return tuple(found)


def hours_of(settings: Settings, staff: str) -> dict[str, WorkCalendar]:
    """The business hours of teams; `staff` as for `people_of`. Empty where nobody says them."""
    from router.staff import read_hours

    if staff == INSTALLATION:
        teams = Team.objects.select_related("calendar")
        return {team.slug: calendar_of(team.calendar) for team in teams}
    return read_hours(Path(staff)) if staff else {}


def rows_of(settings: Settings, history: str) -> list[Mapping[str, str]]:
    """Tickets with their true answers: `examples` (shipped), `imported`, or of a file."""
    from router.history import read_history

    if history == EXAMPLES:
        return [*_examples("tickets.csv"), *_examples("heldback.csv")]
    if history == IMPORTED:
        return [*past_rows(build_house(settings))]
    return [*read_history(Path(history)).rows]


def _made(settings: Settings, history: History | None, progress: Progress) -> Model:
    """Trained for the play; the one of the shipped examples is kept for the next."""
    from router.history import write_history
    from router.model import load_model
    from router.train import is_frozen, train_router

    said = "no active router knows these teams: training one for this play"
    if history is None:
        data = ROOT / "router" / "data" / "tickets.csv"
        digest = hashlib.sha256(data.read_bytes()).hexdigest()[:16]
        kept = settings.state / "models" / "rehearsal" / digest
        if not (kept / "manifest.json").is_file():
            progress(said)
            kept.mkdir(parents=True, exist_ok=True)
            train_router(data, None, kept, progress, are_shipped=True)
        return load_model(kept)
    progress(said)
    rows = [row for row in history.rows if not is_frozen(row["text"])]
    random.Random(_SEED).shuffle(rows)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "tickets.csv"
        write_history(rows[:MOST_LEARNED], data)
        train_router(data, None, Path(folder), progress)
        return load_model(Path(folder))


def _encoder(settings: Settings, model: Model) -> Encodes | None:
    """The one that the model was trained with; None where it had none or this installation has another."""
    if not model.encoder:
        return None
    encoder = encoder_of(settings)
    return encoder if encoder.name == model.encoder else None


def policy_names(policies: Sequence[str]) -> tuple[str, ...]:
    """Those asked for, or the comparison that says most."""
    return tuple(policies) or ("round_robin", "full")
