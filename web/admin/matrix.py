"""How the settings say what a step of the escalation matrix is, and the matrix of each policy. Editing is `web.admin.escalation`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from store.models import EscalationStep, Rota, Team, User
from web.desk.escalation_words import ACTIONS, TRIGGERS
from web.desk.words import PRIORITIES, category

AMOUNTS = {"silence": "minutes", "reopened": "times", "upset": "times"}
"""What the amount is called in the arguments; for the clocks it is their share in percent."""
WANTED = {
    "move_team": ("team",),
    "reassign": ("agent",),
    "mail": ("to",),
    "slack": ("inbox", "place"),
    "page": ("rota",),
}
"""What each action needs to be told."""


def amount_of(row: EscalationStep) -> int:
    """Percent of a clock, minutes of silence or times opened again."""
    name = AMOUNTS.get(row.clock)
    return int(row.arguments.get(name, 1)) if name else round(row.at_share * 100)


@dataclass(frozen=True, slots=True)
class Level:
    """One row of a matrix as it is read: a moment, and what then happens to tickets of each priority, 1 to 4."""

    when: str
    cells: tuple[tuple[str, ...], ...]


def matrices() -> list[tuple[str, list[Level]]]:
    """Of each policy its matrix: moments from top to bottom, priorities from left to right."""
    rows = EscalationStep.objects.select_related("policy").order_by("policy__name", "clock")
    by_policy: dict[str, dict[tuple[int, int], list[EscalationStep]]] = {}
    order = {name: at for at, name in enumerate(TRIGGERS)}
    for row in rows:
        moments = by_policy.setdefault(row.policy.name, {})
        moments.setdefault((order.get(row.clock, len(order)), amount_of(row)), []).append(row)
    names = names_of()
    return [
        (policy, [_level(moments[key], names) for key in sorted(moments)])
        for policy, moments in by_policy.items()
    ]


def names_of() -> dict[str, str]:
    """Names of whatever a step may be for, by what its arguments say."""
    return {
        **dict(Team.objects.values_list("slug", "name")),
        **{str(key): name for key, name in User.objects.values_list("pk", "name")},
        **{str(key): name for key, name in Rota.objects.values_list("pk", "name")},
        "leads": gettext("The team's leads"),
        "assignee": gettext("Whose it is"),
    }


def _level(rows: list[EscalationStep], names: dict[str, str]) -> Level:
    cells = tuple(
        tuple(_cell(row, names) for row in rows if row.priority in {None, priority})
        for priority in PRIORITIES
    )
    return Level(moment_of(rows[0]), cells)


def _cell(row: EscalationStep, names: dict[str, str]) -> str:
    only = [category(row.category)] if row.category else []
    only += row.arguments.get("tiers", ())
    deed = deed_of(row, names)
    return f"{deed} ({', '.join(only)})" if only else deed


def whom_of(row: EscalationStep, names: dict[str, str]) -> str:
    more = row.arguments
    if row.action == "add_ring":
        return ", ".join(more.get("skills", ())) or gettext("none needed")
    if row.action == "slack":
        return str(more.get("place", ""))
    meant = [str(more[name]) for name in WANTED.get(row.action, ()) if more.get(name)]
    return names.get(meant[0], gettext("gone")) if meant else ""


def deed_of(row: EscalationStep, names: dict[str, str]) -> str:
    """What a step does, and to or for whom. `names`: as `names_of`."""
    deed, whom = str(ACTIONS.get(row.action, row.action)), whom_of(row, names)
    return f"{deed}: {whom}" if whom else deed


def moment_of(row: EscalationStep) -> str:
    """When a step is due, in words."""
    units = {"silence": gettext("min"), "reopened": "×", "upset": "×"}
    return f"{TRIGGERS.get(row.clock, row.clock)}: {amount_of(row)} {units.get(row.clock, '%')}"
