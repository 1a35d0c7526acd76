"""Who is offered which waiting ticket: a pure rule over who waits and who is there. Storing offers does not belong here.

Tickets come in the order of their danger: the chance that the clock runs out before anybody who could take the ticket
is free, exp(-n * left / handling) for n such people at work, by handling times measured in the ticket's team. Where no
times are known it is the due time. What is late comes first, the longest overdue before the others, so nothing starves.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import nsmallest
from uuid import UUID

ANY = "any"
UNITS = 6
"""What an agent without a row of capacity carries at once."""
PATIENCE = timedelta(days=7)
"""A ticket without a promise is treated as if it were due so long after it joined the queue."""
EXPLAINED = 12
"""How many people an offer's explanation names."""


class WorkKind(StrEnum):
    """How a channel takes a person's time."""

    CHAT = "chat"
    MAIL = "mail"
    VOICE = "voice"


WEIGHTS = {WorkKind.CHAT: 2, WorkKind.MAIL: 1, WorkKind.VOICE: 6}
"""Units of capacity that one piece of work takes: six mails, three chats or one call fill the usual six."""
INTERRUPTIBLE = frozenset({WorkKind.MAIL})
"""Work that waits while something that cannot wait is done: it leaves the room for chats and calls untouched."""


class Available(StrEnum):
    """Whether an agent takes work. Only `ONLINE` is offered any."""

    ONLINE = "online"
    BUSY = "busy"
    AWAY = "away"
    WRAP_UP = "wrap_up"
    OFFLINE = "offline"


class Method(StrEnum):
    """Who of those who could take a ticket gets it."""

    LEAST_LOADED = "least_loaded"
    LONGEST_IDLE = "longest_idle"
    BEST_SKILL = "best_skill"
    LAST_AGENT = "last_agent"
    EXPECTED_BREACH = "expected_breach"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket in the queue. `skills`: what is needed now; `last`: who helped this customer last; `refused`: who
    declined it; `only`: nobody else is asked now; `is_last`: nobody else will be asked by its rule, so that a skill which
    nobody of the team was ever given is not waited for (`asked_for`)."""

    number: int
    team: UUID
    kind: WorkKind
    priority: int
    entered_at: datetime
    due_at: datetime | None = None
    skills: tuple[str, ...] = ()
    last: UUID | None = None
    refused: frozenset[UUID] = frozenset()
    only: UUID | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Worker:
    """An agent. `levels`: skills that have not expired, 1 to 5; `lapsed`: those that have; `carries`: open tickets and live offers by kind;
    `limits`: units by kind, `any` for all together; `idle_since`: when they last got or finished something."""

    agent: UUID
    name: str
    state: Available
    teams: frozenset[UUID]
    levels: Mapping[str, int] = field(default_factory=dict)
    carries: Mapping[WorkKind, int] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    idle_since: datetime | None = None
    offers: int = 0
    email: str = ""
    lapsed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TeamRule:
    """How a team's queue is offered. `handling`: seconds that its tickets usually take, None while unknown."""

    method: Method = Method.LEAST_LOADED
    seconds: int = 45
    handling: float | None = None


@dataclass(frozen=True, slots=True)
class Considered:
    """One person and one ticket. `excluded`: why not, empty for those who could have taken it."""

    name: str
    score: float
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A ticket for an agent, to be answered within `seconds`, and who else was considered, best first."""

    number: int
    agent: UUID
    method: Method
    score: float
    seconds: int
    danger: float
    considered: tuple[Considered, ...] = ()


def room(worker: Worker, kind: WorkKind, more: Mapping[WorkKind, int] | None = None) -> int:
    """Units free for work of this kind: of its own limit, and of the limit of all work that it cannot interrupt.
    `more`: what was given to the worker meanwhile."""
    load = Counter(worker.carries)
    load.update(more or {})
    everything = sum(
        WEIGHTS[one] * count
        for one, count in load.items()
        if kind in INTERRUPTIBLE or one not in INTERRUPTIBLE
    )
    free = worker.limits.get(ANY, UNITS) - everything
    if kind in worker.limits:
        free = min(free, worker.limits[kind] - WEIGHTS[kind] * load[kind])
    return free


def danger(ticket: Waiting, people: int, handling: float, now: datetime) -> float:
    """The chance, 0..1, that the promise breaks before one of `people` is free, each busy for `handling` seconds
    on average with what they do."""
    left = (_due(ticket) - now).total_seconds()
    if left <= 0 or not people:
        return 1.0
    return math.exp(-people * left / max(handling, 1.0))


def offers(
    waiting: Sequence[Waiting],
    workers: Sequence[Worker],
    rules: Mapping[UUID, TeamRule],
    now: datetime,
    *,
    at_once: int = 1,
) -> list[Offer]:
    """What to offer now, the most endangered ticket first. Nobody is offered more than they have room for, more
    than `at_once` things to answer, or anything they refused. Deterministic: ties go by ticket number and agent id."""
    table = _Table(waiting, workers, rules, now, at_once)
    return [offer for ticket in table.in_order() if (offer := table.offer(ticket)) is not None]


@dataclass(slots=True)
class _Choice:
    """One who could take the tickets of a class, with what does not change while offers are made."""

    worker: Worker
    skill: float
    reach: int = 0


class _Table:
    """Who could take what, computed once for each class of tickets: same team and skills."""

    def __init__(
        self,
        waiting: Sequence[Waiting],
        workers: Sequence[Worker],
        rules: Mapping[UUID, TeamRule],
        now: datetime,
        at_once: int,
    ) -> None:
        self._now, self._at_once, self._waiting = now, at_once, waiting
        self._workers = sorted(workers, key=lambda worker: worker.agent)
        self._rules = rules
        self._given: dict[UUID, Counter[WorkKind]] = {}
        self._rooms: dict[tuple[UUID, WorkKind], int] = {}
        self._classes: dict[tuple[UUID, tuple[str, ...]], list[_Choice]] = {}
        self._known = given_in(self._workers)
        sizes = Counter(map(self._class, waiting))
        for team, skills in sizes:
            self._classes[team, skills] = [
                _Choice(worker, _skill(worker, skills))
                for worker in self._workers
                if not unfit(worker, team, skills)
            ]
        reach: Counter[UUID] = Counter()
        for key, choices in self._classes.items():
            for choice in choices:
                reach[choice.worker.agent] += sizes[key]
        for choices in self._classes.values():
            for choice in choices:
                choice.reach = reach[choice.worker.agent]

    def danger(self, ticket: Waiting) -> float:
        handling = self._rule(ticket).handling
        people = len(self._classes[self._class(ticket)])
        return danger(ticket, people, handling or 0.0, self._now) if handling else 0.0

    def in_order(self) -> list[Waiting]:
        return sorted(
            self._waiting,
            key=lambda ticket: (-round(self.danger(ticket), 6), _due(ticket), ticket.number),
        )

    def offer(self, ticket: Waiting) -> Offer | None:
        rule = self._rule(ticket)
        able = [
            choice
            for choice in self._classes[self._class(ticket)]
            if not self._hindrance(ticket, choice.worker)
        ]
        if not able:
            return None
        ranked = nsmallest(
            EXPLAINED, able, key=lambda choice: self._rank(ticket, rule.method, choice)
        )
        best = ranked[0].worker
        made = Offer(
            ticket.number,
            best.agent,
            rule.method,
            self._score(ticket, ranked[0]),
            rule.seconds,
            round(self.danger(ticket), 4),
            self._considered(ticket, able, ranked),
        )
        self._given.setdefault(best.agent, Counter())[ticket.kind] += 1
        for kind in WorkKind:
            self._rooms.pop((best.agent, kind), None)
        return made

    def _class(self, ticket: Waiting) -> tuple[UUID, tuple[str, ...]]:
        return ticket.team, asked_for(ticket, self._known)

    def _rule(self, ticket: Waiting) -> TeamRule:
        return self._rules.get(ticket.team, TeamRule())

    def _hindrance(self, ticket: Waiting, worker: Worker) -> str:
        if worker.agent in ticket.refused:
            return "declined it"
        if ticket.only not in {None, worker.agent}:
            return "is not the one asked"
        given = self._given.get(worker.agent)
        if worker.offers + (given.total() if given else 0) >= self._at_once:
            return "has an offer to answer"
        return "" if self._room(ticket, worker) >= WEIGHTS[ticket.kind] else "has no room left"

    def _room(self, ticket: Waiting, worker: Worker) -> int:
        key = (worker.agent, ticket.kind)
        if key not in self._rooms:
            self._rooms[key] = room(worker, ticket.kind, self._given.get(worker.agent))
        return self._rooms[key]

    def _rank(self, ticket: Waiting, method: Method, choice: _Choice) -> tuple[float, ...]:
        worker = choice.worker
        idle = (self._now - worker.idle_since).total_seconds() if worker.idle_since else math.inf
        free = self._free(ticket, worker)
        last: tuple[float, ...] = (-free, -idle, worker.agent.int)
        match method:
            case Method.LEAST_LOADED:
                return (-free, -choice.skill, -idle, worker.agent.int)
            case Method.LONGEST_IDLE:
                busy = self._given.get(worker.agent, Counter()).total()
                return (busy, -idle, worker.agent.int)
            case Method.BEST_SKILL:
                return (-choice.skill, *last)
            case Method.LAST_AGENT:
                return (worker.agent != ticket.last, -free, -choice.skill, -idle, worker.agent.int)
            case Method.EXPECTED_BREACH:
                # Those who could take least of the rest: the others stay free for what only they can do.
                return (choice.reach, *last)

    def _free(self, ticket: Waiting, worker: Worker) -> float:
        total = min(worker.limits.get(ANY, UNITS), worker.limits.get(ticket.kind, UNITS)) or 1
        return self._room(ticket, worker) / total

    def _score(self, ticket: Waiting, choice: _Choice) -> float:
        return round((choice.skill + min(max(self._free(ticket, choice.worker), 0.0), 1.0)) / 2, 4)

    def _considered(
        self, ticket: Waiting, able: Sequence[_Choice], ranked: Sequence[_Choice]
    ) -> tuple[Considered, ...]:
        shown = [Considered(one.worker.name, self._score(ticket, one)) for one in ranked]
        if len(shown) >= EXPLAINED:
            return tuple(shown)
        named = {choice.worker.agent for choice in able}
        rest = (worker for worker in self._workers if worker.agent not in named)
        others = (
            Considered(worker.name, 0.0, why)
            for worker in rest
            if ticket.team in worker.teams
            for why in (unfit(worker, *self._class(ticket)) or self._hindrance(ticket, worker),)
        )
        return tuple([*shown, *others][:EXPLAINED])


def given_in(workers: Iterable[Worker]) -> dict[UUID, frozenset[str]]:
    """By team, every skill that somebody in it has or had, there or not."""
    found: dict[UUID, frozenset[str]] = {}
    for worker in workers:
        skills = worker.lapsed.union(worker.levels)
        found |= {team: found.get(team, frozenset()) | skills for team in worker.teams}
    return found


def asked_for(ticket: Waiting, given: Mapping[UUID, Set[str]]) -> tuple[str, ...]:
    """The skills without which nobody is offered it. `given`: as of `given_in`."""
    if not ticket.is_last:
        return ticket.skills
    here = given.get(ticket.team, frozenset())
    return tuple(skill for skill in ticket.skills if skill in here)


def unfit(worker: Worker, team: UUID, skills: Iterable[str]) -> str:
    """Why this person cannot take such work now, however free they are; empty when they can."""
    if team not in worker.teams:
        return "is not in the team"
    if worker.state is not Available.ONLINE:
        return f"is {worker.state.value.replace('_', ' ')}"
    missing = [skill for skill in skills if not worker.levels.get(skill)]
    return f"lacks {', '.join(missing)}" if missing else ""


def _skill(worker: Worker, skills: Sequence[str]) -> float:
    return sum(worker.levels[skill] for skill in skills) / (5 * len(skills)) if skills else 1.0


def _due(ticket: Waiting) -> datetime:
    return ticket.due_at or ticket.entered_at + PATIENCE
