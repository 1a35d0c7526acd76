"""What the rule of `core.assignment` needs to know: who waits, who is there with how much room, how long work takes. Read-only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, DateTimeField, Exists, OuterRef, QuerySet

from core.assignment import (
    ANY,
    UNITS,
    WEIGHTS,
    Available,
    Method,
    TeamRule,
    Waiting,
    Worker,
    WorkKind,
    asked_for,
    given_in,
    room,
    unfit,
)
from core.line import Standing
from core.targets import is_last, target_of
from core.waiting import LEAST, SAMPLE, Wait, estimate, pace_of
from store.models import (
    AddressLink,
    Agent,
    AgentSkill,
    Call,
    Capacity,
    Presence,
    QueueEntry,
    Reservation,
    Team,
    TeamMember,
    Ticket,
)
from store.presence import STALE, online, state_of
from store.statements import Given, Whether

T = TypeVar("T")
Kinds = Mapping[str, WorkKind]
"""Of each channel's name."""
Skills = Mapping[UUID, frozenset[str]]
"""Of each team, those that somebody in it was given."""
MOST = 250
"""Tickets looked at in one round, of each team those that are due first; the next round comes in a second."""
PAGES = 8
"""So many times `MOST`, where none of those is for somebody who is there and has room: what is for others keeps nobody waiting."""
_SAMPLE = 500
_OVER = (Standing.TALKED, Standing.MESSAGE, Standing.GONE)
_RECENT = timedelta(days=28)
WINDOW = timedelta(hours=2)
"""The pace of a queue is what was taken from it in this time."""
_LIVE = Reservation.State.OFFERED
_COLUMNS = (
    "team_id",
    "priority",
    "due_at",
    "entered_at",
    "skills",
    "only_id",
    "plan",
    "team__slug",
    "team__method",
    "ticket_id",
    "ticket__number",
    "ticket__channel",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Who waits for whom, at one moment."""

    waiting: tuple[Waiting, ...]
    workers: tuple[Worker, ...]


def anything_to_offer(now: datetime) -> bool:
    """Whether somebody is online in a team in which somebody waits, an offer is open, or a plan goes on."""
    return (
        _ANY_OFFER.holds()
        or _ANY_PLAN.holds(now=now)
        or _ANY_FOR_SOMEBODY.holds(now=now, fresh=now - STALE)
    )


def team_rules(now: datetime) -> dict[UUID, TeamRule]:
    """How each team's queue is offered, with the mean time its latest tickets took from being taken to being solved."""
    return {
        team.id: TeamRule(Method(team.method), team.offer_seconds, _handling(team, now))
        for team in Team.objects.filter(offer_seconds__gt=0)
    }


def scene(kinds: Kinds, now: datetime) -> Scene:
    """Everybody who works here, and what waits in the teams of those who are online."""
    workers = workers_of(Agent.objects.filter(user__is_active=True), kinds, now)
    there: dict[UUID, list[Worker]] = defaultdict(list)
    for one in workers:
        if one.state is Available.ONLINE:
            for team in one.teams:
                there[team].append(one)
    return Scene(_waiting(there, given_in(workers), kinds), tuple(workers))


def workers_of(agents: QuerySet[Agent], kinds: Kinds, now: datetime) -> list[Worker]:
    """These agents with their presence, skills and load."""
    people = list(agents.values_list("id", "user__name", "user__email"))
    here = {row.agent_id: row for row in Presence.objects.filter(agent__in=agents)}
    teams = _gathered(TeamMember.objects.filter(agent__in=agents).values_list("agent", "team"))
    levels: dict[UUID, dict[str, int]] = defaultdict(dict)
    lapsed: dict[UUID, set[str]] = defaultdict(set)
    skills = AgentSkill.objects.filter(agent__in=agents)
    for agent, skill, level, until in skills.values_list(
        "agent", "skill__slug", "level", "expires_on"
    ):
        if until is not None and until < now.date():
            lapsed[agent].add(skill)
        else:
            levels[agent][skill] = level
    limits: dict[UUID, dict[str, int]] = defaultdict(dict)
    capacity = Capacity.objects.filter(agent__in=agents)
    for agent, kind, units in capacity.values_list("agent", "channel_kind", "units"):
        limits[agent][kind] = units
    carries, live = _carried(agents, kinds)
    return [
        Worker(
            agent=agent,
            name=name,
            state=state_of(here[agent], now) if agent in here else Available.OFFLINE,
            teams=frozenset(teams[agent]),
            levels=levels[agent],
            carries=carries[agent],
            limits=limits[agent],
            idle_since=here[agent].idle_since if agent in here else None,
            offers=live[agent],
            email=email,
            lapsed=frozenset(lapsed[agent]),
        )
        for agent, name, email in people
    ]


def _carried(
    agents: QuerySet[Agent], kinds: Kinds
) -> tuple[dict[UUID, Counter[WorkKind]], Counter[UUID]]:
    """Open tickets and live offers of each agent by kind of work, and how many offers there are."""
    carries: dict[UUID, Counter[WorkKind]] = defaultdict(Counter)
    live: Counter[UUID] = Counter()
    theirs = Ticket.objects.filter(status=Ticket.Status.OPEN, assignee__agent__in=agents)
    rows = theirs.values_list("assignee__agent", "channel")
    for agent, channel, count in rows.annotate(Count("id")).order_by():
        carries[agent][_kind(kinds, channel)] += count
    if any(counts[WorkKind.VOICE] for counts in carries.values()):
        for agent, count in _after_calls(theirs, kinds):
            carries[agent][WorkKind.VOICE] -= count
            carries[agent][WorkKind.MAIL] += count
    offered = Reservation.objects.filter(state=_LIVE, agent__in=agents)
    places = offered.values_list("agent", "ticket__channel")
    for agent, channel in places:
        carries[agent][_kind(kinds, channel)] += 1
        live[agent] += 1
    return carries, live


def _after_calls(tickets: QuerySet[Ticket], kinds: Kinds) -> Iterator[tuple[UUID, int]]:
    """Of each agent, how many of these came by a call that is over: what is left is done like a mail, and the telephone is free."""
    over = Call.objects.filter(conversation=OuterRef("conversation"), standing__in=_OVER)
    voices = [name for name, kind in kinds.items() if kind is WorkKind.VOICE]
    rows = tickets.filter(Exists(over), channel__in=voices).values_list("assignee__agent")
    yield from rows.annotate(Count("id")).order_by()


def _offerable() -> QuerySet[QueueEntry]:
    """Entries of open tickets that nobody has, and that nobody is being asked about."""
    asked = Reservation.objects.filter(ticket=OuterRef("ticket"), state=_LIVE)
    return QueueEntry.objects.filter(
        ~Exists(asked),
        ticket__status=Ticket.Status.OPEN,
        ticket__assignee=None,
        team__offer_seconds__gt=0,
    )


def _for_somebody() -> QuerySet[QueueEntry]:
    """Entries of teams in which somebody is online."""
    there = online(_NOW, Given("fresh", DateTimeField()))
    teams = TeamMember.objects.filter(agent__presence__in=there).values("team")
    return _offerable().filter(team__in=teams)


_NOW = Given("now", DateTimeField())
_ANY_OFFER = Whether(lambda: Reservation.objects.filter(state=_LIVE))
_ANY_PLAN = Whether(lambda: QueueEntry.objects.filter(look_at__lte=_NOW).order_by("look_at"))
_ANY_FOR_SOMEBODY = Whether(_for_somebody)


def _waiting(
    there: Mapping[UUID, Sequence[Worker]], given: Skills, kinds: Kinds
) -> tuple[Waiting, ...]:
    """What is due first in each team in which somebody is `there`, and what of the rest is for who would else have nothing."""
    found = list(_read([row for team in sorted(there) for row in _page(team, 0)], kinds))
    for team, tickets in _by_team(found).items():
        left = [one for one in there[team] if not one.offers and _has_room(one)]
        for page in range(1, PAGES + 1):
            left = [
                one for one in left if not any(_may_take(one, ticket, given) for ticket in tickets)
            ]
            if not left or len(tickets) < MOST or page == PAGES:
                break
            tickets = list(_read(_page(team, page), kinds))
            found += [one for one in tickets if any(_may_take(hand, one, given) for hand in left)]
    return tuple(found)


def _by_team(tickets: Iterable[Waiting]) -> dict[UUID, list[Waiting]]:
    found: dict[UUID, list[Waiting]] = defaultdict(list)
    for one in tickets:
        found[one.team].append(one)
    return found


def _has_room(worker: Worker) -> bool:
    return any(room(worker, kind) >= WEIGHTS[kind] for kind in WorkKind)


def _may_take(worker: Worker, ticket: Waiting, given: Skills) -> bool:
    return (
        worker.agent not in ticket.refused
        and ticket.only in {None, worker.agent}
        and not unfit(worker, ticket.team, asked_for(ticket, given))
        and room(worker, ticket.kind) >= WEIGHTS[ticket.kind]
    )


def _page(team: UUID, page: int) -> list[Any]:
    rows = _offerable().filter(team=team).order_by("due_at").values(*_COLUMNS)
    return list(rows[page * MOST : (page + 1) * MOST])


def _read(found: Sequence[Any], kinds: Kinds) -> tuple[Waiting, ...]:
    refused = _gathered(
        Reservation.objects.filter(
            ticket__in=[row["ticket_id"] for row in found], state=Reservation.State.DECLINED
        ).values_list("ticket", "agent")
    )
    sticky = [row["ticket_id"] for row in found if row["team__method"] == Team.Method.LAST_AGENT]
    asking = dict(Ticket.objects.filter(id__in=sticky).values_list("id", "conversation__address"))
    last = last_agents(asking.values())
    return tuple(
        Waiting(
            number=row["ticket__number"],
            team=row["team_id"],
            kind=_kind(kinds, row["ticket__channel"]),
            priority=row["priority"],
            entered_at=row["entered_at"],
            due_at=row["due_at"],
            skills=tuple(row["skills"]),
            last=last.get(asking[row["ticket_id"]]) if row["ticket_id"] in asking else None,
            refused=frozenset(refused[row["ticket_id"]]),
            only=row["only_id"],
            is_last=_is_last(row),
        )
        for row in found
    )


def _is_last(row: Mapping[str, Any]) -> bool:
    plan = row["plan"]
    return not plan or is_last([target_of(plan[-1])], row["team__slug"], row["skills"])


def last_agents(addresses: Iterable[UUID], before: datetime | None = None) -> dict[UUID, UUID]:
    """By address, the agent who had the customer's latest ticket that somebody had, whatever address it came from. `before`:
    of those opened until then."""
    wanted = set(addresses)
    if not wanted:
        return {}
    live = AddressLink.objects.filter(undone_at=None)
    customer = dict(live.filter(address__in=wanted).values_list("address", "customer"))
    theirs: dict[UUID, set[UUID]] = _gathered(
        live.filter(customer__in=set(customer.values())).values_list("customer", "address")
    )
    every = wanted | {address for found in theirs.values() for address in found}
    rows = Ticket.objects.filter(conversation__address__in=every, assignee__agent__isnull=False)
    if before is not None:
        rows = rows.filter(opened_at__lt=before)
    latest = {
        address: (opened, agent)
        for address, opened, agent in rows.order_by("opened_at").values_list(
            "conversation__address", "opened_at", "assignee__agent"
        )
    }
    found = {}
    for address in wanted:
        own = theirs[customer[address]] if address in customer else {address}
        known = [latest[one] for one in own if one in latest]
        if known:
            found[address] = max(known)[1]
    return found


def pace_in(team: Team, due_at: datetime | None, now: datetime) -> timedelta:
    """What the pace of the team's queue foretells to who joins it now, due then."""
    ahead = QueueEntry.objects.filter(team=team, ticket__assignee=None)
    if due_at is not None:
        ahead = ahead.filter(due_at__lt=due_at)
    taken = Ticket.objects.filter(team=team, taken_at__gt=now - WINDOW, taken_at__lte=now).count()
    return pace_of(ahead.count() + 1, taken, WINDOW)


def wait_in(team: Team, priority: int, pace: timedelta, now: datetime) -> Wait | None:
    """How long somebody waits for whom this pace foretells that; None where nobody is online, or where the latest tickets
    say nothing. They are those of the same priority, where there are enough."""
    if not online(now).filter(agent__teams=team).exists():
        return None
    lately = Ticket.objects.filter(team=team, taken_at__lte=now, pace__gt=0).order_by("-taken_at")
    rows = list(lately.values_list("priority", "opened_at", "taken_at", "pace")[: 4 * SAMPLE])
    alike = [row for row in rows if row[0] == priority]
    chosen = (alike if len(alike) >= LEAST else rows)[:SAMPLE]
    ratios = [
        max(0.0, (taken - opened).total_seconds()) / told
        for _, opened, taken, told in chosen
        if taken is not None and told
    ]
    return estimate(pace, ratios)


def people_seen(now: datetime, kinds: Kinds) -> list[dict[str, Any]]:
    """Everybody who takes conversations, as plain JSON for the router's Decision (`router.assign`)."""
    slugs = dict(Team.objects.values_list("id", "slug"))
    return [
        {
            "name": one.name,
            "email": one.email,
            "teams": sorted(slugs[team] for team in one.teams),
            "skills": dict(sorted(one.levels.items())),
            "presence": one.state.value,
            "load": sum(WEIGHTS[kind] * count for kind, count in one.carries.items()),
            "capacity": one.limits.get(ANY, UNITS),
        }
        for one in workers_of(Agent.objects.filter(user__is_active=True), kinds, now)
    ]


@dataclass(frozen=True, slots=True)
class Knows:
    """A colleague who takes conversations. `skills`: slugs, without those that have expired."""

    user: UUID
    name: str
    email: str
    skills: frozenset[str]


def who_knows(now: datetime) -> list[Knows]:
    """Everybody who ever took conversations, those who have left among them: what they solved is still known."""
    rows = AgentSkill.objects.exclude(expires_on__lt=now.date())
    skills = _gathered(rows.values_list("agent", "skill__slug"))
    people = Agent.objects.values_list("id", "user_id", "user__name", "user__email")
    return [
        Knows(user, name, email, frozenset(skills.get(agent, ())))
        for agent, user, name, email in people
    ]


def _handling(team: Team, now: datetime) -> float | None:
    rows = Ticket.objects.filter(team=team, taken_at__gte=now - _RECENT, resolved_at__isnull=False)
    times = [
        (resolved - taken).total_seconds()
        for taken, resolved in rows.order_by("-taken_at").values_list("taken_at", "resolved_at")[
            :_SAMPLE
        ]
        if resolved is not None and taken is not None and resolved > taken
    ]
    return sum(times) / len(times) if times else None


def _kind(kinds: Kinds, channel: str) -> WorkKind:
    return kinds.get(channel, WorkKind.CHAT)


def _gathered(pairs: Iterable[tuple[UUID, T]]) -> dict[UUID, set[T]]:
    found: dict[UUID, set[T]] = defaultdict(set)
    for one, other in pairs:
        found[one].add(other)
    return found
