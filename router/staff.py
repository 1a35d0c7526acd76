"""Who works when: a roster from a file, or one made for the work there is, from stated assumptions. Playing is `router.simulator`."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.calendar import Span, WorkCalendar
from core.errors import MalformedPayload, UnusableCalendar
from router.simulator import Person

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHIFTS = (((6, 14),), ((14, 22),), ((22, 24), (0, 6)))
"""Early, late and night, UTC, in hours."""
_SHARES = (0.5, 0.4, 0.1)
"""Of the people of a team on each, near the shares of tickets that come in those hours."""
_WEEKEND_EVERY = 4
"""Every fourth person works from Wednesday to Sunday, the others from Monday to Friday."""
_HOURS_A_WEEK = 40.0
_LEVELS = (5, 3)
"""Of a person's first and second subject; every other subject of the team is level 1."""

ASSUMED = (
    "Staff is made up: 8-hour shifts, of each team half early (06-14 UTC), 40 % late (14-22), "
    "10 % nights; every fourth person works Wednesday to Sunday, the others Monday to Friday. Each knows one subject of "
    "the team at level 5, one at 3 and the rest at 1; every language but English is spoken by a third of each team."
)


def staff_for(
    work: Mapping[str, Mapping[str, float]],
    languages: Sequence[str],
    days: int,
    agents: int,
    utilisation: float,
) -> tuple[Person, ...]:
    """People for `work` (team to subject to seconds of handling in `days` days), teams as large as their work.

    `agents`: how many in all, at least one a team; 0: as many as keep them busy for `utilisation` of their time.
    """
    total = sum(sum(subjects.values()) for subjects in work.values())
    if not agents:
        present = _HOURS_A_WEEK * 3600 * days / 7 * utilisation
        agents = math.ceil(total / present)
    return tuple(
        _person(team, at, size, sorted(subjects, key=lambda name: -subjects[name]), languages)
        for team, subjects in sorted(work.items())
        for size in (max(1, round(agents * sum(subjects.values()) / total)),)
        for at in range(size)
    )


def _person(
    team: str, at: int, size: int, subjects: Sequence[str], languages: Sequence[str]
) -> Person:
    levels = dict.fromkeys(subjects, 1)
    for place, level in reversed(tuple(enumerate(_LEVELS))):
        levels[subjects[(at + place) % len(subjects)]] = level
    spoken = {language: 4 for place, language in enumerate(languages) if at % 3 == place % 3}
    # A permutation that mixes shifts with subjects: else the night would know one subject only.
    turn = ((at * 7 + 3) % size + 0.5) / size if size % 7 else (at + 0.5) / size
    shift = 0 if turn < _SHARES[0] else 1 if turn < _SHARES[0] + _SHARES[1] else 2
    first = 2 if at % _WEEKEND_EVERY == _WEEKEND_EVERY - 1 else 0
    spans = tuple(
        Span((first + day) % 7, start * 60, end * 60)
        for day in range(5)
        for start, end in _SHIFTS[shift]
    )
    return Person(f"{team} {at + 1}", (team,), {**levels, **spoken}, WorkCalendar("UTC", spans))


def read_staff(path: Path) -> tuple[Person, ...]:
    """A roster in TOML, one `[[people]]` each: name, email, teams, skills = {subject = level 1..5}, zone, days (mon .. sun),
    hours = ["08:00-12:00", ...]. Raises `MalformedPayload`, naming the person."""
    people = _parsed(path).get("people", [])
    if not isinstance(people, list) or not people:
        raise MalformedPayload(f"{path} holds no [[people]].")
    return tuple(_listed(path, at, entry) for at, entry in enumerate(people, 1))


def read_hours(path: Path) -> dict[str, WorkCalendar]:
    """The business hours of teams in the same file, one `[[teams]]` each: name, zone, days and hours as of people. Raises
    `MalformedPayload`, naming the team."""
    found = {}
    for entry in _parsed(path).get("teams", []):
        name = str(entry.get("name", "")) if isinstance(entry, dict) else ""
        try:
            if not name:
                raise ValueError("it needs a name")
            found[name] = _week(entry)
        except (ValueError, TypeError, AttributeError, UnusableCalendar) as problem:
            raise MalformedPayload(
                f"{path}, team {name or 'without a name'}: {problem}."
            ) from problem
    return found


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise MalformedPayload(f"{path} cannot be read: {problem}.") from problem


def _week(entry: Mapping[str, Any]) -> WorkCalendar:
    spans = tuple(
        Span(_WEEK.index(day.lower()[:3]), *_minutes(hours))
        for day in entry.get("days", _WEEK[:5])
        for hours in entry.get("hours", ["08:00-16:00"])
    )
    return WorkCalendar(str(entry.get("zone", "UTC")), spans)


def _listed(path: Path, at: int, entry: Any) -> Person:
    name = str(entry.get("name", "")) if isinstance(entry, dict) else ""
    try:
        skills = {str(skill): int(level) for skill, level in entry.get("skills", {}).items()}
        if not name or not all(1 <= level <= 5 for level in skills.values()):
            raise ValueError("it needs a name, and skills from 1 to 5")
        teams, email = tuple(map(str, entry["teams"])), str(entry.get("email", ""))
        return Person(name, teams, skills, _week(entry), email)
    except (KeyError, ValueError, TypeError, AttributeError, UnusableCalendar) as problem:
        raise MalformedPayload(
            f"{path}, person {at} ({name or 'no name'}): {problem}."
        ) from problem


def _minutes(hours: str) -> tuple[int, int]:
    """Of "08:00-16:30": minutes after midnight."""
    start, end = (
        int(clock.partition(":")[0]) * 60 + int(clock.partition(":")[2] or 0)
        for clock in hours.split("-")
    )
    return start, end
