"""Plays a month of tickets through queues, rosters and the assignment code in virtual time. Reports are `router.comparison`.

One heap of moments: a ticket joins a queue, a shift begins, a person is free. No clock and no randomness:
equal inputs give equal outcomes. Times are seconds since the start of the play.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from core.calendar import WorkCalendar, spans_between
from core.decision import Priority
from router.assign import candidates

TRIAGE = "triage"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A ticket. `sent`: the team the router chose (`triage` when unsure); `team`: the one that can help.

    `seconds`: how long a person with average skill handles it. `response`: seconds promised until somebody
    who can help begins. `rated`, `hurry`: the priority that the router gave it and the seconds which that
    promises, where they differ; a person who looked knows better. `asked`: skills that the policy asks for,
    None for `skill` alone.
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


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a roster. `skills`: skill to level 1..5."""

    name: str
    teams: tuple[str, ...]
    skills: Mapping[str, int]
    roster: WorkCalendar


class Order(StrEnum):
    """Which waiting ticket is next."""

    ARRIVAL = "arrival"
    DUE = "due"
    PRIORITY = "priority"


class Choice(StrEnum):
    """Which free person gets it."""

    ROUND_ROBIN = "round_robin"
    BEST = "best"
    """The first of `router.assign.candidates`: skill, then free capacity."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How tickets are handed out. `routes`: False sends every ticket to triage first, as a help desk without a router."""

    name: str
    order: Order
    choice: Choice
    routes: bool = True


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is assumed of people, stated so that a reader can disagree.

    `look_seconds`: to see where a ticket belongs and pass it on (triage, or the wrong team).
    `speed`: factor on handling time by skill level; 0 = no such skill.
    """

    look_seconds: float = 180.0
    speed: Mapping[int, float] = field(
        default_factory=lambda: {0: 1.4, 1: 1.25, 2: 1.1, 3: 1.0, 4: 0.9, 5: 0.8}
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a ticket. `began`: when somebody who can help started; `moves`: times it was passed on."""

    arrival: Arrival
    began: float
    done: float
    person: str
    moves: int

    @property
    def is_in_time(self) -> bool:
        return self.began - self.arrival.at < self.arrival.response


@dataclass(frozen=True, slots=True)
class Play:
    """The whole month. `busy` and `present`: seconds of each person. `left`: tickets that nobody had begun at the end,
    which is `length` seconds after the start."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    busy: Mapping[str, float]
    present: Mapping[str, float]
    left: tuple[Arrival, ...] = ()
    length: float = 0.0


@dataclass(slots=True)
class _Worker:
    person: Person
    shifts: list[tuple[float, float]]
    shift: int = 0
    is_free: bool = True
    last_given: int = 0
    busy: float = 0.0

    def is_present(self, now: float) -> bool:
        while self.shift < len(self.shifts) and self.shifts[self.shift][1] <= now:
            self.shift += 1
        return self.shift < len(self.shifts) and self.shifts[self.shift][0] <= now


def play(
    arrivals: Sequence[Arrival],
    people: Sequence[Person],
    plan: Plan,
    start: datetime,
    days: int,
    assumptions: Assumptions | None = None,
) -> Play:
    """All of `arrivals` (any order) under `plan`, with the rosters from `start` for `days` days.

    Work begun is finished, even past the end of a shift. Tickets still waiting at the end have no outcome.
    Raises `ValueError` for a ticket that nobody on the roster can help with.
    """
    return _Stage(arrivals, people, plan, start, days, assumptions or Assumptions()).run()


class _Stage:
    def __init__(
        self,
        arrivals: Sequence[Arrival],
        people: Sequence[Person],
        plan: Plan,
        start: datetime,
        days: int,
        assumptions: Assumptions,
    ) -> None:
        self._plan, self._assumptions, self._length = plan, assumptions, days * 86_400.0
        self._workers = [_Worker(person, _shifts(person, start, days)) for person in people]
        self._teams: dict[str, list[int]] = {}
        for at, person in enumerate(people):
            for team in person.teams:
                self._teams.setdefault(team, []).append(at)
        unknown = sorted({arrival.team for arrival in arrivals} - set(self._teams))
        if unknown:
            raise ValueError(f"nobody works in the team {unknown[0]!r}")
        everyone = list(range(len(people)))
        self._teams.setdefault(TRIAGE, everyone)
        self._queues: dict[str, list[tuple[float, int, Arrival, int]]] = {}
        self._moments: list[tuple[float, int, int, Arrival | None, str, int]] = []
        self._count = 0
        self._given = 0
        self._outcomes: list[Outcome] = []
        for arrival in arrivals:
            sent = arrival.sent if plan.routes and arrival.sent in self._teams else TRIAGE
            self._later(arrival.at, 0, arrival, sent, 0)
        for at, worker in enumerate(self._workers):
            for begin, _ in worker.shifts:
                self._later(begin, at, None, "", 0)

    def run(self) -> Play:
        while self._moments:
            now, _, at, arrival, team, moves = heapq.heappop(self._moments)
            if arrival is not None:
                self._join(arrival, team, moves)
                self._hand_out(team, now)
            else:
                self._workers[at].is_free = self._workers[at].is_free or team == "free"
                self._take(at, now)
        return Play(
            self._plan,
            tuple(self._outcomes),
            {worker.person.name: worker.busy for worker in self._workers},
            {w.person.name: sum(end - begin for begin, end in w.shifts) for w in self._workers},
            tuple(arrival for queue in self._queues.values() for _, _, arrival, _ in sorted(queue)),
            self._length,
        )

    def _later(self, when: float, at: int, arrival: Arrival | None, team: str, moves: int) -> None:
        self._count += 1
        heapq.heappush(self._moments, (when, self._count, at, arrival, team, moves))

    def _join(self, arrival: Arrival, team: str, moves: int) -> None:
        priority, promised = arrival.priority, arrival.response
        if moves == 0:
            priority = priority if arrival.rated is None else arrival.rated
            promised = promised if arrival.hurry is None else arrival.hurry
        match self._plan.order:
            case Order.ARRIVAL:
                key = arrival.at
            case Order.DUE:
                key = arrival.at + promised
            case Order.PRIORITY:
                key = priority * 1e9 + arrival.at
        self._count += 1
        queue = self._queues.setdefault(team, [])
        heapq.heappush(queue, (key, self._count, arrival, moves))

    def _hand_out(self, team: str, now: float) -> None:
        """A ticket joined this team's queue: the first in it goes to somebody who is free, if anybody is."""
        free = [
            at
            for at in self._teams[team]
            if self._workers[at].is_free and self._workers[at].is_present(now)
        ]
        if free:
            _, _, arrival, moves = heapq.heappop(self._queues[team])
            self._give(self._chosen(free, team, arrival), arrival, team, moves, now)

    def _chosen(self, free: Sequence[int], team: str, arrival: Arrival) -> int:
        if len(free) == 1:
            return free[0]
        longest_without = min(free, key=lambda at: (self._workers[at].last_given, at))
        if self._plan.choice is Choice.ROUND_ROBIN or team == TRIAGE:
            return longest_without
        by_name = {self._workers[at].person.name: at for at in free}
        agents = [
            {"name": name, "presence": "online", "skills": self._workers[at].person.skills}
            for name, at in by_name.items()
        ]
        asked = (arrival.skill,) if arrival.asked is None else arrival.asked
        best = candidates(agents, team, asked)[0]
        return longest_without if best.excluded else by_name[best.agent]

    def _take(self, at: int, now: float) -> None:
        """This person is free or has just come: the most pressing ticket of all their queues."""
        worker = self._workers[at]
        if not (worker.is_free and worker.is_present(now)):
            return
        teams = [*worker.person.teams, TRIAGE]
        heads = [(self._queues[team][0], team) for team in teams if self._queues.get(team)]
        if at not in self._teams[TRIAGE]:
            heads = [head for head in heads if head[1] != TRIAGE]
        if heads:
            _, team = min(heads, key=lambda head: head[0][:2])
            _, _, arrival, moves = heapq.heappop(self._queues[team])
            self._give(at, arrival, team, moves, now)

    def _give(self, at: int, arrival: Arrival, team: str, moves: int, now: float) -> None:
        worker = self._workers[at]
        self._given += 1
        worker.last_given = self._given
        worker.is_free = False
        if team == arrival.team or (team == TRIAGE and arrival.team in worker.person.teams):
            level = worker.person.skills.get(arrival.skill, 0)
            took = arrival.seconds * self._assumptions.speed[level]
            self._outcomes.append(Outcome(arrival, now, now + took, worker.person.name, moves))
        else:
            took = self._assumptions.look_seconds
            self._later(now + took, 0, arrival, arrival.team, moves + 1)
        worker.busy += took
        self._later(now + took, at, None, "free", 0)


def _shifts(person: Person, start: datetime, days: int) -> list[tuple[float, float]]:
    spans = spans_between(person.roster, start, start + timedelta(days=days))
    return [((one - start).total_seconds(), (end - start).total_seconds()) for one, end in spans]
