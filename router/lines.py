"""The tickets of a play that wait, by whom they are for. Who takes one is `router.simulator`.

Times are seconds since the start of the play.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from core.decision import Priority, Target


@dataclass(frozen=True, slots=True)
class Arrival:
    """A ticket. `sent`: the team the router chose (`triage` when unsure); `team`: the one that can help.

    `seconds`: how long a person with average skill handles it. `response`: seconds promised until somebody
    who can help begins. `rated`, `hurry`: the priority that the router gave it and the seconds which that
    promises, where they differ; a person who looked knows better. `asked`: skills that the policy asks for,
    None for `skill` alone. `targets`: those of its rules. `customer`: whose it is, empty where nobody knows;
    `preferred`, `last`: mail addresses of the customer's own agent and of who had their latest ticket before the play.
    """

    at: float
    priority: Priority
    team: str
    sent: str
    skill: str
    seconds: float
    response: float
    rated: Priority | None = None
    hurry: float | None = None
    asked: tuple[str, ...] | None = None
    targets: tuple[Target, ...] = ()
    customer: str = ""
    preferred: str = ""
    last: str = ""


class For(NamedTuple):
    """Whom a ticket is for: those of a team who have these skills, or only this one of them."""

    team: str
    skills: tuple[str, ...] = ()
    only: int | None = None


@dataclass(slots=True, eq=False)
class Waiting:
    """A ticket on its way. `meant`: whom it is for now; `step`: the place of the target that says so, -1 without one;
    `look_at`: when the targets are asked again; `line` and `place`: where it waits, None where it does not."""

    arrival: Arrival
    meant: For
    priority: Priority
    promised: float
    plan: tuple[Target, ...] = ()
    step: int = -1
    look_at: float | None = None
    moves: int = 0
    line: For | None = None
    place: tuple[float, int] | None = None


class Lines:
    """A line for each kind of work, the most pressing ticket first, by `key`; ties by who joined first."""

    def __init__(self, key: Callable[[Waiting], float]) -> None:
        self._key = key
        self._count = 0
        self._lines: dict[str, dict[For, list[tuple[tuple[float, int], Waiting]]]] = {}

    def join(self, ticket: Waiting, line: For) -> None:
        """It waits there, and where it was no longer."""
        self._count += 1
        ticket.line, ticket.place = line, (self._key(ticket), self._count)
        of_team = self._lines.setdefault(line.team, {})
        heapq.heappush(of_team.setdefault(line, []), (ticket.place, ticket))

    def leave(self, ticket: Waiting) -> None:
        """It waits nowhere."""
        ticket.line = ticket.place = None

    def first(self, team: str, is_for: Callable[[For], bool]) -> Waiting | None:
        """The most pressing of the team's lines for which `is_for` holds."""
        lines = self._lines.get(team, {})
        found: tuple[tuple[float, int], Waiting] | None = None
        for line in list(lines):
            head = _head(lines[line])
            if head is None:
                del lines[line]
            elif (found is None or head[0] < found[0]) and is_for(line):
                found = head
        return None if found is None else found[1]

    def left(self) -> Iterator[Arrival]:
        """What still waits."""
        for lines in self._lines.values():
            for line in lines.values():
                yield from (one.arrival for place, one in sorted(line) if one.place == place)


def _head(
    line: list[tuple[tuple[float, int], Waiting]],
) -> tuple[tuple[float, int], Waiting] | None:
    """The first who has not left."""
    while line and line[0][1].place != line[0][0]:
        heapq.heappop(line)
    return line[0] if line else None
