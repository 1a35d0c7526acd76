"""Who is at work in a play, when, and fit for what: shifts, hours and teams. Handing tickets out is `router.simulator`.

Times are seconds since the start of the play.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from core.assignment import (
    Available,
    Method,
    TeamRule,
    Waiting,
    Worker,
    WorkKind,
    asked_for,
    given_in,
    offers,
    unfit,
)
from core.calendar import WorkCalendar, spans_between
from core.targets import AGAIN, is_open

_AHEAD = AGAIN.total_seconds()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a roster. `skills`: skill to level 1..5; `email`: what the targets of rules call them by."""

    name: str
    teams: tuple[str, ...]
    skills: Mapping[str, int]
    roster: WorkCalendar
    email: str = ""


class Floor:
    """People by their place on the roster, in teams that have `hours` or else are open while one of theirs is on shift.

    `shared`: a team to which everybody belongs, where nobody is in it.
    """

    def __init__(
        self,
        people: Sequence[Person],
        hours: Mapping[str, WorkCalendar],
        start: datetime,
        days: int,
        shared: str,
    ) -> None:
        self.people, self._hours, self._start = people, hours, start
        self.shifts = [_spans(person.roster, start, days) for person in people]
        self._begins = [[begin for begin, _ in spans] for spans in self.shifts]
        self.teams: dict[str, list[int]] = {}
        for at, person in enumerate(people):
            for team in person.teams:
                self.teams.setdefault(team, []).append(at)
        self.teams.setdefault(shared, list(range(len(people))))
        names = sorted({*self.teams, *hours})
        self._ids = {team: UUID(int=place) for place, team in enumerate(names, 1)}
        self.teams_of = [
            tuple(team for team, members in self.teams.items() if at in members)
            for at in range(len(people))
        ]
        self._by_email = {one.email.casefold(): at for at, one in enumerate(people) if one.email}
        self._workers = [self._worker(at) for at in range(len(people))]
        self._given = given_in(self._workers)
        self._fit: dict[tuple[int, str, tuple[str, ...]], bool] = {}
        self._changes = self._moments(days)
        self._online: dict[tuple[str, int], bool] = {}

    def when(self, seconds: float) -> datetime:
        """The moment of the play."""
        return self._start + timedelta(seconds=seconds)

    def since(self, moment: datetime) -> float:
        """The other way round."""
        return (moment - self._start).total_seconds()

    def has(self, team: str) -> bool:
        """Whether there is such a team."""
        return team in self._ids

    def is_there(self, at: int, now: float) -> bool:
        """Whether this person is on shift."""
        place = bisect_right(self._begins[at], now) - 1
        return place >= 0 and now < self.shifts[at][place][1]

    def somebody(self, team: str, now: float) -> bool:
        """Whether anybody of the team is on shift."""
        key = (team, bisect_right(self._changes, now))
        if key not in self._online:
            self._online[key] = any(self.is_there(at, now) for at in self.teams.get(team, ()))
        return self._online[key]

    def is_open(self, team: str, now: float) -> bool:
        """Whether it is within the team's hours."""
        calendar = self._hours.get(team)
        if calendar is None:
            return self.somebody(team, now)
        return is_open(calendar, self.when(now))

    def next_change(self, now: float) -> float:
        """The next moment at which anybody or any team begins or ends, or is about to; infinite after the last."""
        place = bisect_right(self._changes, now)
        return self._changes[place] if place < len(self._changes) else float("inf")

    def called(self, email: str) -> int | None:
        """The person of this mail address."""
        return self._by_email.get(email.casefold()) if email else None

    def is_fit(self, at: int, team: str, skills: tuple[str, ...]) -> bool:
        """Whether this person could be offered such work of the team while on shift."""
        key = (at, team, skills)
        if key not in self._fit:
            known = self._ids.get(team)
            self._fit[key] = known is not None and not unfit(self._workers[at], known, skills)
        return self._fit[key]

    def asked_for(self, team: str, skills: tuple[str, ...]) -> tuple[str, ...]:
        """Of these skills the ones that are waited for, where nobody else will be asked."""
        known = self._ids.get(team)
        if known is None:
            return skills
        ticket = Waiting(1, known, WorkKind.MAIL, 0, self._start, skills=skills, is_last=True)
        return asked_for(ticket, self._given)

    def best(
        self,
        free: Mapping[int, float],
        team: str,
        skills: tuple[str, ...],
        method: Method,
        last: int | None,
        now: float,
    ) -> int:
        """Who of those who are `free`, each since when, is offered such work: what `core.assignment` says. `last`: who
        helped this customer last."""
        moment, known = self.when(now), self._ids[team]
        workers = [
            replace(self._workers[at], idle_since=self.when(since)) for at, since in free.items()
        ]
        helper = None if last is None else self._workers[last].agent
        ticket = Waiting(1, known, WorkKind.MAIL, 0, moment, skills=skills, last=helper)
        (made,) = offers([ticket], workers, {known: TeamRule(method)}, moment)
        return made.agent.int - 1

    def _worker(self, at: int) -> Worker:
        person = self.people[at]
        teams = frozenset(self._ids[team] for team in self.teams_of[at])
        return Worker(UUID(int=at + 1), person.name, Available.ONLINE, teams, person.skills)

    def _moments(self, days: int) -> list[float]:
        """When `somebody` and `is_open` may change; hours are looked at a little ahead."""
        found = {moment for spans in self.shifts for span in spans for moment in span}
        for calendar in self._hours.values():
            for begin, end in _spans(calendar, self._start, days):
                found |= {begin - _AHEAD, begin, end}
        return sorted(found)


def _spans(calendar: WorkCalendar, start: datetime, days: int) -> list[tuple[float, float]]:
    spans = spans_between(calendar, start, start + timedelta(days=days))
    return [((one - start).total_seconds(), (end - start).total_seconds()) for one, end in spans]
