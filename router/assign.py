"""Which person could take the work, and why the others cannot: a first, simple scoring. Reservations do not belong here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.decision import Candidate

_PRESENT = "online"
MOST = 25
"""People that a Decision names; of a large company the rest say nothing more."""


def candidates(agents: Any, team: str, skills: Sequence[str]) -> tuple[Candidate, ...]:
    """The first `MOST` of `agents`, best first, then those excluded with the reason; ties by name.

    `agents`: a list of `{name, teams, skills: {skill: level 1..5}, presence, load, capacity}`, as the caller
    stores it in `Case.facts["agents"]`; an entry that cannot be read is excluded and says so.
    The score, 0..1, is half skill (mean level of the skills needed, or 1 when none is) and half free capacity.
    """
    if not isinstance(agents, (list, tuple)):
        return ()
    found = [_candidate(agent, team, skills) for agent in agents]
    return tuple(sorted(found, key=lambda c: (bool(c.excluded), -c.score, c.agent))[:MOST])


def _candidate(agent: Any, team: str, skills: Sequence[str]) -> Candidate:
    if not isinstance(agent, Mapping):
        return Candidate("unknown", 0.0, "cannot be read")
    name = str(agent.get("name", "unknown"))
    levels, load, capacity = agent.get("skills", {}), agent.get("load", 0), agent.get("capacity", 1)
    if not (isinstance(levels, Mapping) and _is_count(load) and _is_count(capacity)):
        return Candidate(name, 0.0, "cannot be read")
    excluded = _excluded(agent, team, skills, load, capacity)
    if excluded:
        return Candidate(name, 0.0, excluded)
    needed = [min(max(float(levels[skill]), 0.0), 5.0) / 5 for skill in skills]
    skill = sum(needed) / len(needed) if needed else 1.0
    return Candidate(name, round((skill + (capacity - load) / capacity) / 2, 4))


def _excluded(
    agent: Mapping[str, Any], team: str, skills: Sequence[str], load: float, capacity: float
) -> str:
    presence = str(agent.get("presence", "offline"))
    levels = agent.get("skills", {})
    missing = [skill for skill in skills if not _is_count(levels.get(skill)) or not levels[skill]]
    if presence != _PRESENT:
        return f"is {presence}"
    if team not in (agent.get("teams") or [team]):
        return f"is not in the team {team}"
    if missing:
        return f"lacks {', '.join(missing)}"
    if load >= capacity:
        return f"has no room left ({load:g} of {capacity:g})"
    return ""


def _is_count(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9
