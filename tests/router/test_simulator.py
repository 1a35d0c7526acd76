"""Plays that can be followed by hand, laws every play keeps, and a month of the full plan against round robin."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from core.calendar import Span, WorkCalendar, around_the_clock
from core.decision import Case, Priority, Routed
from core.promise import DEFAULT_POLICY
from router.arrivals import Month
from router.comparison import difference, report
from router.replay import Known, arrivals, made_up, verdicts
from router.simulator import (
    Arrival,
    Assumptions,
    Choice,
    Order,
    Outcome,
    Person,
    Plan,
    Play,
    play,
)

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
ALWAYS = around_the_clock()
OFFICE = WorkCalendar("UTC", tuple(Span(day, 540, 1020) for day in range(5)))
FIFO = Plan("fifo", Order.ARRIVAL, Choice.ROUND_ROBIN)
FULL = Plan("full", Order.DUE, Choice.BEST)
EVEN = Assumptions(look_seconds=60.0, speed=dict.fromkeys(range(6), 1.0))


def arrival(at: float, **changes: Any) -> Arrival:
    fields: dict[str, Any] = {
        "priority": Priority.MEDIUM, "team": "a", "sent": "a", "skill": "x", "seconds": 100.0, "response": 500.0,
    }  # fmt: skip
    return Arrival(at, **{**fields, **changes})


def person(name: str, team: str = "a", roster: WorkCalendar = ALWAYS, **skills: int) -> Person:
    return Person(name, (team,), skills, roster)


def told(played: Play) -> list[tuple[float, float, str, int]]:
    return [(one.began, one.done, one.person, one.moves) for one in played.outcomes]


def test_one_person_works_one_ticket_after_the_other() -> None:
    played = play([arrival(0), arrival(10), arrival(400)], [person("p")], FIFO, MONDAY, 1, EVEN)
    assert told(played) == [(0, 100, "p", 0), (100, 200, "p", 0), (400, 500, "p", 0)]
    assert played.busy == {"p": 300.0}
    assert played.present == {"p": 86_400.0}


def test_round_robin_takes_turns_and_the_best_has_the_skill() -> None:
    people = [person("novice", x=1), person("master", x=5), person("other")]
    arrivals = [arrival(at * 1000.0) for at in range(3)]
    turns = [one[2] for one in told(play(arrivals, people, FIFO, MONDAY, 1))]
    assert turns == ["novice", "master", "other"]
    best = play(arrivals, people, FULL, MONDAY, 1)
    assert {one[2] for one in told(best)} == {"master"}
    assert best.outcomes[0].done == 80.0


def test_what_is_due_first_is_begun_first() -> None:
    late, soon = arrival(1, response=9000.0), arrival(2, response=200.0)
    order = play([arrival(0), late, soon], [person("p")], FULL, MONDAY, 1, EVEN).outcomes
    assert [one.arrival for one in order[1:]] == [soon, late]
    urgent = arrival(2, priority=Priority.CRITICAL)
    plan = Plan("by priority", Order.PRIORITY, Choice.ROUND_ROBIN)
    order = play([arrival(0), late, urgent], [person("p")], plan, MONDAY, 1, EVEN).outcomes
    assert [one.arrival for one in order[1:]] == [urgent, late]


def test_a_wrong_queue_costs_a_look_and_a_second_wait() -> None:
    people = [person("ann", "a"), person("bob", "b")]
    wrong = play([arrival(0, sent="b")], people, FIFO, MONDAY, 1, EVEN)
    assert told(wrong) == [(60, 160, "ann", 1)]
    assert wrong.busy == {"ann": 100.0, "bob": 60.0}
    unsure = play([arrival(0, sent="triage")], people[1:] + people[:1], FIFO, MONDAY, 1, EVEN)
    assert told(unsure) == [(60, 160, "ann", 1)]


def test_nobody_begins_outside_their_shift_and_everybody_finishes() -> None:
    played = play(
        [arrival(0), arrival(17 * 3600 - 10.0), arrival(17 * 3600 + 0.0)],
        [person("p", roster=OFFICE)], FIFO, MONDAY, 2, EVEN,
    )  # fmt: skip
    assert [one.began for one in played.outcomes] == [9 * 3600, 17 * 3600 - 10, 33 * 3600]
    assert played.outcomes[1].done == 17 * 3600 + 90
    assert play([arrival(80_000)], [person("p", roster=OFFICE)], FIFO, MONDAY, 1).left != ()


def test_a_ticket_for_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        play([arrival(0, team="z")], [person("p")], FIFO, MONDAY, 1)


SKILLS = {"billing": "a", "plans": "a", "api": "b"}
STAFF = [
    Person(
        f"{team}{at}",
        (team,),
        {
            skill: 1 + (at + place) % 5
            for place, skill in enumerate(SKILLS)
            if SKILLS[skill] == team
        },
        OFFICE,
    )
    for team, size in (("a", 7), ("b", 4))
    for at in range(size)
]
POOL = tuple(
    Known(Case(f"{skill} {level} {at}", "en", "chat"), skill, level, team)
    for skill, team in SKILLS.items()
    for level in Priority
    for at in range(20)
)


class Guesser:
    """Right about 15 of 20 tickets, unsure of 4, wrong about one; always right about the priority."""

    def route(self, case: Case) -> Routed:
        skill, level, at = case.text.split()
        team = SKILLS[skill] if int(at) < 15 else "triage" if int(at) < 19 else "ba"[skill == "api"]
        return Routed(skill, Priority(int(level)), team, (skill,))


def month(tickets: int = 3000) -> tuple[Arrival, ...]:
    needs = made_up(Month(tickets, days=28), POOL, seed=7)
    return arrivals(needs, verdicts(POOL, Guesser()), DEFAULT_POLICY)


@pytest.mark.parametrize("plan", [FIFO, FULL, Plan("none", Order.ARRIVAL, Choice.BEST, False)])
def test_laws_of_every_play(plan: Plan) -> None:
    tickets = month()
    played = play(tickets, STAFF, plan, MONDAY, 28)
    assert played == play(tickets, STAFF, plan, MONDAY, 28)
    assert len(played.outcomes) + len(played.left) == len(tickets)
    assert len({id(one.arrival) for one in played.outcomes}) == len(played.outcomes)
    by_person: dict[str, list[tuple[float, float]]] = {}
    for one in played.outcomes:
        assert one.began >= one.arrival.at
        assert one.arrival.team in next(p for p in STAFF if p.name == one.person).teams
        by_person.setdefault(one.person, []).append((one.began, one.done))
    for spans in by_person.values():
        spans.sort()
        assert all(done <= began for (_, done), (began, _) in pairwise(spans))


def test_made_up_months_hold_their_assumptions() -> None:
    tickets = month(20_000)
    assert tickets == month(20_000)
    shares = Counter(one.priority for one in tickets)
    assert shares[Priority.CRITICAL] / 20_000 == pytest.approx(0.05, abs=0.01)
    assert sum(one.sent == one.team for one in tickets) / 20_000 == pytest.approx(0.75, abs=0.015)
    assert sum(one.sent == "triage" for one in tickets) / 20_000 == pytest.approx(0.2, abs=0.015)
    sundays = sum(one.at // 86_400 % 7 == 6 for one in tickets)
    mondays = sum(one.at // 86_400 % 7 == 0 for one in tickets)
    assert 3 < mondays / sundays < 5.5


def test_routing_with_the_full_plan_beats_round_robin_through_triage() -> None:
    tickets = month(4000)
    naive = Plan("round robin", Order.ARRIVAL, Choice.ROUND_ROBIN, routes=False)
    one, other = (play(tickets, STAFF, plan, MONDAY, 28) for plan in (naive, FULL))
    found = difference(one, other)
    assert found["moves_mean"]["high"] < 0
    assert found["cost_mean"]["high"] < 0
    same = difference(one, one)
    assert all(value == {"mean": 0.0, "low": 0.0, "high": 0.0} for value in same.values())
    told_of = report(other)
    assert 0 < told_of["utilisation"] < 1.1
    assert 0 < told_of["fairness"] <= 1
    assert set(told_of["attainment"]) == {"all", "critical", "high", "medium", "low"}


def waited(name: str, waits: list[float]) -> Play:
    """A play of one ticket a day, which waited so long."""
    outcomes = tuple(
        Outcome(arrival(day * 86_400.0), day * 86_400.0 + wait, day * 86_400.0 + wait + 100, "p", 0)
        for day, wait in enumerate(waits)
    )
    return Play(Plan(name, Order.ARRIVAL, Choice.BEST), outcomes, {"p": 1.0}, {"p": 2.0})


def test_the_interval_of_a_difference_is_that_of_its_days() -> None:
    """Mean 10 with standard error 2 (30 days that alternate by 11): the interval is near 10 +- 4."""
    gaps = [10.0 + (11.0 if day % 2 else -11.0) for day in range(30)]
    found = difference(waited("a", [100.0] * 30), waited("b", [100.0 + gap for gap in gaps]))
    wait = found["waiting_mean"]
    assert wait["mean"] == 10.0
    assert wait["low"] == pytest.approx(6.0, abs=1.0)
    assert wait["high"] == pytest.approx(14.0, abs=1.0)
    assert found["attainment"] == {"mean": 0.0, "low": 0.0, "high": 0.0}


def test_what_nobody_had_begun_at_the_end_counts() -> None:
    """One ticket is far past its promise, one still has time: only the first is a broken promise."""
    begun = waited("a", [0.0]).outcomes
    left = (arrival(0.0, response=500.0), arrival(900.0, response=500.0))
    told_of = report(Play(FIFO, begun, {"p": 1.0}, {"p": 2.0}, left, length=1000.0))
    assert told_of["attainment"]["all"] == 0.5
    assert (told_of["tickets"], told_of["unfinished"]) == (3, 2)
    assert told_of["waiting_p99"] > 900


def test_the_router_decides_the_order_until_somebody_looks() -> None:
    """The second is rated critical though it is not; after a transfer its true priority holds."""
    plan = Plan("by priority", Order.PRIORITY, Choice.BEST)
    rated = arrival(2, rated=Priority.CRITICAL, hurry=10.0)
    order = play([arrival(0), arrival(1), rated], [person("p")], plan, MONDAY, 1, EVEN).outcomes
    assert [one.arrival.at for one in order] == [0, 2, 1]
    people = [person("ann", "a"), person("bob", "b")]
    moved = arrival(2, sent="b", rated=Priority.CRITICAL)
    busy = [arrival(0, seconds=1000.0), arrival(1), moved]
    order = play(busy, people, plan, MONDAY, 1, EVEN).outcomes
    assert [one.arrival.at for one in order] == [0, 1, 2]


def test_a_report_counts_what_happened() -> None:
    told_of = report(waited("a", [0.0, 100.0, 499.0, 500.0]))
    assert told_of["attainment"]["medium"] == 0.75
    assert told_of["attainment"]["critical"] is None
    assert told_of["waiting_p50"] == 299.5
    assert told_of["utilisation"] == 0.5
    assert told_of["fairness"] == 1.0
    assert told_of["cost"] == 5.0
