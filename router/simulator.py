"""Plays a month of tickets through queues, rosters and the assignment code in virtual time. Reports are `router.comparison`.

One heap of moments: a ticket comes, its targets are asked again, a shift begins, a person is free. After each, what waits
is handed out as a round of offers does it. No clock and no randomness: equal inputs give equal outcomes. Times are seconds
since the start of the play.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.assignment import Method
from core.calendar import WorkCalendar
from core.decision import Priority
from core.targets import is_last
from router.floor import Floor, Person
from router.following import Following
from router.lines import Arrival, For, Lines, Waiting

__all__ = [
    "TRIAGE",
    "Arrival",
    "Assumptions",
    "Choice",
    "Order",
    "Outcome",
    "Person",
    "Plan",
    "Play",
    "play",
]

TRIAGE = "triage"


class Order(StrEnum):
    """Which waiting ticket is next."""

    ARRIVAL = "arrival"
    DUE = "due"
    PRIORITY = "priority"


class Choice(StrEnum):
    """Which free person gets it."""

    ROUND_ROBIN = "round_robin"
    """In turn, whatever they know: only the targets of rules ask for skills."""
    BEST = "best"
    LONGEST_IDLE = "longest_idle"
    LAST_AGENT = "last_agent"


_METHODS = {
    Choice.BEST: Method.BEST_SKILL,
    Choice.LONGEST_IDLE: Method.LONGEST_IDLE,
    Choice.LAST_AGENT: Method.LAST_AGENT,
}


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
    """What became of a ticket. `began`: when somebody who can help started; `moves`: times people passed it on; `step`:
    the place of the target that counted then, -1 where it had none or somebody had passed it on."""

    arrival: Arrival
    began: float
    done: float
    person: str
    moves: int
    step: int = -1

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
class _State:
    """What changes of a person. `last_given`: the number of the last ticket they got; `idle_since`: when they last finished
    one, or came."""

    is_free: bool = True
    last_given: int = 0
    idle_since: float = 0.0
    busy: float = 0.0


def play(
    arrivals: Sequence[Arrival],
    people: Sequence[Person],
    plan: Plan,
    start: datetime,
    days: int,
    assumptions: Assumptions | None = None,
    hours: Mapping[str, WorkCalendar] | None = None,
    promised: Mapping[Priority, float] | None = None,
) -> Play:
    """All of `arrivals` (any order) under `plan`, with the rosters from `start` for `days` days. `hours`: business hours of
    teams; one without is open while somebody of it is on shift. `promised`: seconds to the first response, for what a target
    makes more urgent.

    Work begun is finished, even past the end of a shift. Tickets still waiting at the end have no outcome.
    Raises `ValueError` for a ticket that nobody on the roster can help with.
    """
    staffed = {team for person in people for team in person.teams}
    unknown = sorted({arrival.team for arrival in arrivals} - staffed)
    if unknown:
        raise ValueError(f"nobody works in the team {unknown[0]!r}")
    floor = Floor(people, hours or {}, start, days, shared=TRIAGE)
    stage = _Stage(floor, plan, days * 86_400.0, assumptions or Assumptions(), promised or {})
    return stage.run(arrivals)


class _Stage:
    def __init__(
        self,
        floor: Floor,
        plan: Plan,
        length: float,
        assumptions: Assumptions,
        promised: Mapping[Priority, float],
    ) -> None:
        self._floor, self._plan, self._length = floor, plan, length
        self._assumptions = assumptions
        self._targets = Following(floor, promised)
        self._method = _METHODS.get(plan.choice)
        self._states = [_State() for _ in floor.people]
        self._lines = Lines(self._key)
        self._moments: list[tuple[float, int, Callable[[Any, float], None], Any]] = []
        self._count = self._given = 0
        self._came: list[int] = []
        self._joined: list[Waiting] = []
        self._outcomes: list[Outcome] = []
        self._helped: dict[str, tuple[float, int]] = {}

    def run(self, arrivals: Sequence[Arrival]) -> Play:
        floor = self._floor
        for arrival in arrivals:
            self._later(arrival.at, self._arrive, arrival)
        for at, shifts in enumerate(floor.shifts):
            for begin, _ in shifts:
                self._later(begin, self._come, at)
        while self._moments:
            now = self._moments[0][0]
            while self._moments and self._moments[0][0] == now:
                _, _, deed, whom = heapq.heappop(self._moments)
                deed(whom, now)
            self._hand_out(now)
        present = [sum(end - begin for begin, end in shifts) for shifts in floor.shifts]
        names = [person.name for person in floor.people]
        return Play(
            self._plan,
            tuple(self._outcomes),
            dict(zip(names, (state.busy for state in self._states), strict=True)),
            dict(zip(names, present, strict=True)),
            tuple(self._lines.left()),
            self._length,
        )

    def _later(self, when: float, deed: Callable[[Any, float], None], whom: Any) -> None:
        self._count += 1
        heapq.heappush(self._moments, (when, self._count, deed, whom))

    def _key(self, ticket: Waiting) -> float:
        at = ticket.arrival.at
        match self._plan.order:
            case Order.ARRIVAL:
                return at
            case Order.DUE:
                return at + ticket.promised
            case Order.PRIORITY:
                return ticket.priority * 1e9 + at

    # ---- what happens -------------------------------------------------------------------------------

    def _arrive(self, arrival: Arrival, now: float) -> None:
        is_known = self._plan.routes and arrival.sent in self._floor.teams
        team = arrival.sent if is_known else TRIAGE
        ticket = Waiting(
            arrival,
            For(team, self._asked(arrival, team)),
            arrival.priority if arrival.rated is None else arrival.rated,
            arrival.response if arrival.hurry is None else arrival.hurry,
            arrival.targets if self._plan.routes else (),
        )
        if ticket.plan:
            self._follow(ticket, now)
        self._join(ticket)

    def _passed_on(self, ticket: Waiting, now: float) -> None:
        """Somebody who looked knows where it belongs and how urgent it is; what the rules planned is over."""
        arrival = ticket.arrival
        ticket.plan, ticket.step, ticket.look_at = (), -1, None
        ticket.moves += 1
        ticket.meant = For(arrival.team, self._asked(arrival, arrival.team))
        ticket.priority, ticket.promised = arrival.priority, arrival.response
        self._join(ticket)

    def _advance(self, ticket: Waiting, now: float) -> None:
        """Its targets are asked again, if it still waits for that."""
        if ticket.line is None or ticket.look_at != now:
            return
        before = ticket.priority
        self._follow(ticket, now)
        if ticket.priority != before or self._open_to(ticket) != ticket.line:
            self._join(ticket)

    def _follow(self, ticket: Waiting, now: float) -> None:
        self._targets.settle(ticket, self._last(ticket.arrival), now)
        if ticket.look_at is not None and ticket.look_at <= self._length:
            self._later(ticket.look_at, self._advance, ticket)

    def _come(self, at: int, now: float) -> None:
        if self._states[at].is_free:
            self._states[at].idle_since = now
            self._came.append(at)

    def _finish(self, at: int, now: float) -> None:
        self._states[at].is_free = True
        self._states[at].idle_since = now
        self._came.append(at)

    # ---- whom a ticket is for -----------------------------------------------------------------------

    def _asked(self, arrival: Arrival, team: str) -> tuple[str, ...]:
        """The skills without which nobody of the team is offered it."""
        if self._method is None or team == TRIAGE:
            return ()
        return (arrival.skill,) if arrival.asked is None else arrival.asked

    def _last(self, arrival: Arrival) -> int | None:
        """Who helped this customer last."""
        found = self._helped.get(arrival.customer) if arrival.customer else None
        return found[1] if found else self._floor.called(arrival.last)

    def _open_to(self, ticket: Waiting) -> For:
        """The line it waits in: for whom it is, and where that is nobody in the team and nobody else will be asked, for
        whoever of the team takes it by hand."""
        team, skills, only = ticket.meant
        if not is_last(ticket.plan, team, skills):
            return ticket.meant
        line = For(team, self._floor.asked_for(team, skills), only)
        members = self._floor.teams.get(team, ())
        return line if any(self._suits(at, line) for at in members) else For(team)

    def _suits(self, at: int, line: For) -> bool:
        return line.only in {None, at} and self._floor.is_fit(at, line.team, line.skills)

    # ---- handing out --------------------------------------------------------------------------------

    def _join(self, ticket: Waiting) -> None:
        self._lines.join(ticket, self._open_to(ticket))
        self._joined.append(ticket)

    def _hand_out(self, now: float) -> None:
        """The most pressing ticket first, of those for which somebody is free."""
        while (ticket := self._next(now)) is not None:
            self._give(self._chosen(ticket, now), ticket, now)
        self._came.clear()
        self._joined.clear()

    def _next(self, now: float) -> Waiting | None:
        """Only for those who have just come, and of what has just joined, can anything have changed."""
        found = [one for one in self._joined if one.line is not None and self._free(one, now)]
        for at in self._came:
            if self._is_available(at, now):
                found += self._heads(at)
        return min(found, key=lambda one: one.place or (math.inf, 0), default=None)

    def _heads(self, at: int) -> list[Waiting]:
        """Of each team of this person, the most pressing ticket that is for them."""

        def suits(line: For) -> bool:
            return self._suits(at, line)

        heads = (self._lines.first(team, suits) for team in self._floor.teams_of[at])
        return [one for one in heads if one is not None]

    def _is_available(self, at: int, now: float) -> bool:
        return self._states[at].is_free and self._floor.is_there(at, now)

    def _free(self, ticket: Waiting, now: float) -> list[int]:
        """Who could take it at once."""
        line = ticket.line
        assert line is not None
        members = self._floor.teams.get(line.team, ())
        return [at for at in members if self._is_available(at, now) and self._suits(at, line)]

    def _chosen(self, ticket: Waiting, now: float) -> int:
        free, line = self._free(ticket, now), ticket.line
        assert line is not None
        if len(free) == 1:
            return free[0]
        if self._method is None or (line.team == TRIAGE and not ticket.plan):
            return min(free, key=lambda at: (self._states[at].last_given, at))
        idle = {at: self._states[at].idle_since for at in free}
        last = self._last(ticket.arrival)
        return self._floor.best(idle, line.team, line.skills, self._method, last, now)

    def _give(self, at: int, ticket: Waiting, now: float) -> None:
        state, arrival = self._states[at], ticket.arrival
        self._given += 1
        state.last_given, state.is_free = self._given, False
        is_helped = self._helps(at, ticket)
        self._lines.leave(ticket)
        if is_helped:
            person = self._floor.people[at]
            took = arrival.seconds * self._assumptions.speed[person.skills.get(arrival.skill, 0)]
            done = now + took
            self._outcomes.append(
                Outcome(arrival, now, done, person.name, ticket.moves, ticket.step)
            )
            if arrival.customer:
                latest = max((arrival.at, at), self._helped.get(arrival.customer, (-math.inf, 0)))
                self._helped[arrival.customer] = latest
        else:
            took = self._assumptions.look_seconds
            self._later(now + took, self._passed_on, ticket)
        state.busy += took
        self._later(now + took, self._finish, at)

    def _helps(self, at: int, ticket: Waiting) -> bool:
        """Whether it is theirs. Where a later target passes it on, its team can do what the first target's can."""
        assert ticket.line is not None
        team, wanted = ticket.line.team, ticket.arrival.team
        if team == TRIAGE:
            return wanted == TRIAGE or wanted in self._floor.people[at].teams
        return team == wanted or (bool(ticket.plan) and ticket.plan[0].team == wanted)
