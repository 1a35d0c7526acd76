"""A play decides as the queue does: the same arrivals, people and rules, once lived through and once played."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot import desk
from bot import offers as verbs
from bot.handoff import packet_of, to_triage
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.assignment import Available, Method, TeamRule
from core.calendar import Span, WorkCalendar
from core.decision import Priority, Target
from core.promise import DEFAULT_POLICY
from router.replay import promises_of
from router.simulator import Arrival, Assumptions, Choice, Order, Person, Plan, Play, play
from store import presence
from store.assignment import people_seen
from store.duties import take
from store.models import (
    Agent,
    AgentSkill,
    Calendar,
    Capacity,
    Skill,
    Team,
    TeamMember,
    Ticket,
    User,
)
from store.preferred import prefer
from store.reservations import open_offers
from store.turns import claim
from tests.company import NOON, Company, StandingClock, Writer

MINUTE = 60.0
MIDNIGHT = NOON.replace(hour=0)
FIRST = (NOON - MIDNIGHT).total_seconds()
EVEN = Assumptions(speed=dict.fromkeys(range(6), 1.0))
PROMISED = promises_of(DEFAULT_POLICY)
SHIFTS = {
    "agent": ((0, 25), (41, 200)),
    "lead": ((1, 61), (75, 200)),
    "ben": ((2, 48), (55, 240)),
    "other": ((8, 37), (52, 240)),
}
"""Minutes after noon; who is not named here does not work."""
TEAMS = {"agent": ("care",), "lead": ("care",), "ben": ("care", "orders"), "other": ("orders",)}
KNOWS = {
    "agent": {"de": 2},
    "lead": {"api": 5, "de": 4},
    "ben": {"de": 3, "api": 1},
    "other": {"en": 1},
}
OPEN = (20, 45)
"""Minutes after noon at which the care team is open."""
PLANS: tuple[tuple[str, tuple[Target, ...]], ...] = (
    ("care", (Target(0, "care", ("api", "de")), Target(4, "care", ("de",)), Target(9, "orders"))),
    ("care", (Target(0, "care", skip_if="closed"), Target(30, "orders"))),
    ("care", (Target(0, "care", agent="last"), Target(3, "care"))),
    ("care", (Target(0, "care", agent="lead@acme.example"), Target(2, "care", ("de",)))),
    (
        "orders",
        (
            Target(0, "orders", skip_if="nobody_online"),
            Target(2, "orders", agent="OTHER@acme.example"),
            Target(6, "care", priority="high"),
        ),
    ),
    ("care", (Target(0, "care", agent="preferred"), Target(5, "care", ("api",)))),
    (
        "care",
        (
            Target(0, "care", ("api",)),
            Target(1, "nowhere"),
            Target(3, "orders", skip_if="closed"),
            Target(5, "care"),
        ),
    ),
    ("orders", ()),
)


@dataclass(frozen=True, slots=True)
class Coming:
    """A ticket to come: `at` and `minutes` of work whole minutes."""

    at: int
    minutes: int
    priority: Priority
    customer: str
    team: str
    plan: tuple[Target, ...]


def month(seed: int, count: int = 45) -> list[Coming]:
    dice = random.Random(seed)
    found = []
    for at in sorted(dice.sample(range(1, 90), count)):
        team, plan = dice.choice(PLANS)
        priority = dice.choice([Priority.HIGH, Priority.MEDIUM, Priority.LOW])
        customer = dice.choice(("maya", "lee", "noor", "sam", "kim"))
        found.append(Coming(at, dice.randint(2, 9), priority, customer, team, plan))
    return found


@pytest.fixture
def staffed(company: Company) -> Company:
    ben = User(email="ben@acme.example", name="Ben Person", role=User.Role.AGENT)
    ben.set_unusable_password()
    ben.save(force_insert=True)
    Agent.objects.create(user=ben, brand=company.brand)
    skills = {
        slug: Skill.objects.create(brand=company.brand, slug=slug, name=slug)
        for slug in ("api", "de", "en")
    }
    for name, known in KNOWS.items():
        agent = Agent.objects.get(user__email=f"{name}@acme.example")
        Capacity.objects.create(agent=agent, units=1)
        TeamMember.objects.filter(agent=agent).delete()
        for team in TEAMS[name]:
            TeamMember.objects.create(team=Team.objects.get(slug=team), agent=agent)
        for slug, level in known.items():
            AgentSkill.objects.create(agent=agent, skill=skills[slug], level=level)
    hours = [[f"12:{OPEN[0]}", f"12:{OPEN[1]}"]]
    company.triage.calendar = Calendar.objects.create(
        brand=company.brand, name="Care", time_zone="UTC", spans={"1": hours}
    )
    company.triage.save()
    return company


@dataclass(slots=True)
class Life:
    """The company's real queue, moved on minute by minute; everybody accepts at once and works on one ticket at a time."""

    company: Company
    clock: StandingClock
    began: dict[int, tuple[float, str, str]] = field(default_factory=dict)
    busy: dict[int, tuple[str, int]] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)

    def lived(self, coming: Sequence[Coming], until: int) -> list[tuple[float, str, str]]:
        """When each was begun, by whom, in which team; in the order in which they came."""
        held = take("offer", "w", timedelta(minutes=30))
        assert held is not None
        rules = {team.id: TeamRule(Method.BEST_SKILL) for team in Team.objects.all()}
        memory = verbs.Offering(rules, self.clock() + timedelta(days=1))
        for minute in range(until):
            self.clock.now = NOON + timedelta(minutes=minute)
            for number in [number for number, (_, end) in self.busy.items() if end == minute]:
                name, _ = self.busy.pop(number)
                desk.resolve(self.company.house, self.user(name), number)
            for name in SHIFTS:
                self.attend(name, minute)
            for one in coming:
                if one.at == minute:
                    self.open(one)
            verbs.offer_once(self.company.house, held, memory)
            self.accept(minute, coming)
        return [self.began.get(number, (-1.0, "", "")) for number in self.numbers]

    def user(self, name: str) -> User:
        return User.objects.get(email=f"{name}@acme.example")

    def attend(self, name: str, minute: int) -> None:
        user, is_there = self.user(name), any(a <= minute < b for a, b in SHIFTS[name])
        state = presence.presence_of(user, self.clock())
        if is_there and state is Available.ONLINE:
            presence.beat(user, self.clock(), arrives=False)
        elif is_there:
            presence.be(user, Available.ONLINE, self.clock())
        elif state is Available.ONLINE:
            presence.be(user, Available.OFFLINE, self.clock())

    def open(self, one: Coming) -> None:
        writer = Writer(f"{one.customer}@customers.example")
        receive(self.company.house, self.company.mail, [writer.mail("It is lost", thread_keys=())])
        vault, now = self.company.house.vault, self.clock()
        (got,) = claim(vault, "w", timedelta(seconds=30), 5, now)
        if one.customer == "kim":
            address = self.company.address_id("kim@customers.example")
            prefer(address, Agent.objects.get(user__email="ben@acme.example"))
        routed = replace(
            to_triage("a test"), team=one.team, priority=one.priority, targets=one.plan
        )
        packet = packet_of(got, None, None, {"reason": "bot_failed"})
        number = finish_turn(self.company.house, got, Outcome(routed=routed, packet=packet))
        assert number is not None
        self.numbers.append(number)

    def accept(self, minute: int, coming: Sequence[Coming]) -> None:
        for name in SHIFTS:
            for offer in open_offers(self.user(name), self.clock()):
                verbs.accept(self.company.house, self.user(name), offer.id)
                team = Ticket.objects.values_list("team__slug", flat=True).get(number=offer.number)
                self.began[offer.number] = (minute * MINUTE, name, team)
                works = coming[self.numbers.index(offer.number)].minutes
                self.busy[offer.number] = (name, minute + works)


def roster(name: str) -> WorkCalendar:
    spans = tuple(Span(1, 720 + begin, 720 + end) for begin, end in SHIFTS[name])
    return WorkCalendar("UTC", spans)


def played(coming: Sequence[Coming]) -> Play:
    # Equal in everything, two people are told apart by their ids.
    order = Agent.objects.filter(user__email__in=[f"{name}@acme.example" for name in SHIFTS])
    names = [
        email.partition("@")[0]
        for email in order.order_by("id").values_list("user__email", flat=True)
    ]
    people = [
        Person(name, TEAMS[name], KNOWS[name], roster(name), f"{name}@acme.example")
        for name in names
    ]
    hours = {
        "care": WorkCalendar("UTC", (Span(1, 720 + OPEN[0], 720 + OPEN[1]),)),
        "orders": WorkCalendar("UTC", tuple(Span(day, 0, 1440) for day in range(7))),
    }
    arrivals = [
        Arrival(
            FIRST + one.at * MINUTE, one.priority, one.team, one.team, "", one.minutes * MINUTE,
            PROMISED[one.priority], asked=(), targets=one.plan, customer=one.customer,
            preferred="ben@acme.example" if one.customer == "kim" else "",
        )
        for one in coming
    ]  # fmt: skip
    plan = Plan("as served", Order.DUE, Choice.BEST)
    return play(arrivals, people, plan, MIDNIGHT, 1, EVEN, hours, PROMISED)


def told(found: Play, coming: Sequence[Coming]) -> list[tuple[float, str, str]]:
    by_moment = {one.arrival.at: one for one in found.outcomes}
    result = []
    for one in coming:
        outcome = by_moment.get(FIRST + one.at * MINUTE)
        if outcome is None:
            result.append((-1.0, "", ""))
            continue
        assert outcome.moves == 0, "nobody passes anything on here"
        team = outcome.arrival.targets[outcome.step].team if one.plan else one.team
        result.append((outcome.began - FIRST, outcome.person, team))
    return result


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_played_is_what_the_queue_does(
    staffed: Company, clock: StandingClock, seed: int
) -> None:
    coming = month(seed)
    life = Life(staffed, clock)
    lived = life.lived(coming, until=200)
    assert told(played(coming), coming) == lived
    steps = {one.step for one in played(coming).outcomes}
    assert steps >= {-1, 0, 1, 2}, "every kind of target was reached"


def test_people_are_those_whom_the_decision_sees(staffed: Company) -> None:
    """The roster above is what the queue's own reading of the people says."""
    seen: dict[str, dict[str, Any]] = {
        one["email"].partition("@")[0]: one for one in people_seen(NOON, {})
    }
    assert {name: tuple(seen[name]["teams"]) for name in SHIFTS} == TEAMS
    assert {name: seen[name]["skills"] for name in SHIFTS} == KNOWS
