"""Targets of rules in a play: rings relax, teams overflow, one is asked alone, hours and priorities count; followed by hand."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.calendar import Span, WorkCalendar, around_the_clock
from core.decision import Case, Guess, Priority, Target
from core.promise import DEFAULT_POLICY
from router.arrivals import Month, customers
from router.comparison import report
from router.following import Following
from router.relived import Lived, relive
from router.replay import promises_of
from router.simulate import Wanted, simulate
from router.simulator import (
    Arrival,
    Assumptions,
    Choice,
    Order,
    Person,
    Plan,
    Play,
    play,
)
from router.staff import read_hours, read_staff
from router.train import silent

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
ALWAYS = around_the_clock()
FULL = Plan("full", Order.DUE, Choice.BEST)
EVEN = Assumptions(look_seconds=60.0, speed=dict.fromkeys(range(6), 1.0))
PROMISED = promises_of(DEFAULT_POLICY)
HOUR = 3600.0


def hours(begin: int, end: int) -> WorkCalendar:
    """Every day from one hour to another."""
    return WorkCalendar("UTC", tuple(Span(day, begin * 60, end * 60) for day in range(7)))


def arrival(at: float, *targets: Target, **changes: Any) -> Arrival:
    fields: dict[str, Any] = {
        "priority": Priority.MEDIUM, "team": "a", "sent": "a", "skill": "", "seconds": 100.0, "response": 86_400.0,
        "asked": (),
    }  # fmt: skip
    return Arrival(at, **{**fields, "targets": targets, **changes})


def person(name: str, *teams: str, roster: WorkCalendar = ALWAYS, **skills: int) -> Person:
    return Person(name, teams or ("a",), skills, roster, f"{name}@firm.example")


def run(tickets: list[Arrival], *people: Person, plan: Plan = FULL, **more: Any) -> Play:
    return play(tickets, people, plan, MONDAY, 1, EVEN, promised=PROMISED, **more)


def told(found: Play) -> list[tuple[float, str, int]]:
    return [(one.began, one.person, one.step) for one in found.outcomes]


def test_skills_fall_away_in_their_time() -> None:
    rings = (Target(0, "a", ("api", "de")), Target(5, "a", ("de",)), Target(15, "a"))
    knows_all, german, nobody = person("x", api=3, de=3), person("g", de=3), person("n")
    assert told(run([arrival(0, *rings)], knows_all, german, nobody)) == [(0, "x", 0)]
    assert told(run([arrival(0, *rings)], german, nobody)) == [(300, "g", 1)]
    assert told(run([arrival(0, *rings)], nobody)) == [(900, "n", 2)]


def test_who_is_free_meanwhile_takes_what_is_for_them() -> None:
    """The first is for those who know it; who does not takes the later one, and the first when its ring is open."""
    ring = (Target(0, "a", ("api",)), Target(10, "a"))
    busy = arrival(0, seconds=3000.0)
    found = run([busy, arrival(1, *ring), arrival(2)], person("x", api=3), person("n"))
    assert told(found) == [(0, "x", -1), (2, "n", -1), (601, "n", 1)]


def test_a_queue_overflows_to_a_team_that_then_can_help() -> None:
    over = (Target(0, "a"), Target(10, "b"))
    people = person("ann", "a"), person("bob", "b")
    found = run([arrival(0, seconds=HOUR), arrival(1, *over)], *people)
    assert told(found) == [(0, "ann", -1), (601, "bob", 1)]
    assert [one.moves for one in found.outcomes] == [0, 0]
    assert report(found)["by_target"] == [0, 1]
    wrong = arrival(0, Target(0, "b"), Target(10, "a"), sent="b")
    assert [one.moves for one in run([wrong], *people).outcomes] == [1], "the rule was wrong itself"


def test_who_passed_it_on_ends_the_plan() -> None:
    plan = (Target(0, "b"), Target(2, "b"), Target(9, "b"))
    people = person("ann", "a", roster=hours(1, 2)), person("bob", "b")
    found = run([arrival(0, *plan, sent="b")], *people)
    assert told(found) == [(HOUR, "ann", -1)]


def test_nobody_online_and_closed_pass_on_at_once_and_come_back() -> None:
    early, late = person("ann", "a", roster=hours(8, 16)), person("bob", "b", roster=hours(0, 24))
    unless = (Target(0, "a", skip_if="nobody_online"), Target(60, "b"))
    assert told(run([arrival(0, *unless)], early, late)) == [(0, "bob", 1)]
    busy = [arrival(0, seconds=9 * HOUR, team="b", sent="b"), arrival(7.9 * HOUR + 30, *unless)]
    began, name, step = told(run(busy, early, late))[1]
    assert (name, step) == ("ann", 0)
    assert began == 7.9 * HOUR + 30 + 6 * 60, "seen at the first look after ann came"
    closed = (Target(0, "a", skip_if="closed"), Target(60, "b"))
    open_late = {"a": hours(10, 16)}
    assert told(run([arrival(9 * HOUR, *closed)], early, late, hours=open_late))[0][1] == "bob"
    assert told(run([arrival(11 * HOUR, *closed)], early, late, hours=open_late))[0][1] == "ann"
    assert told(run([arrival(9 * HOUR, *closed)], early, late))[0][1] == "ann", "its people's hours"


def test_one_is_asked_alone_first() -> None:
    plan = (Target(0, "a", agent="bob@FIRM.example"), Target(2, "a"))
    ann, bob = person("ann"), person("bob")
    assert told(run([arrival(0, *plan)], ann, bob)) == [(0, "bob", 0)]
    busy = arrival(0, Target(0, "a", agent="bob@firm.example"), Target(9, "a"), seconds=600.0)
    assert told(run([busy, arrival(1, *plan)], ann, bob))[1] == (121, "ann", 1)
    away = person("bob", roster=hours(8, 9))
    assert told(run([arrival(0, *plan)], ann, away)) == [(0, "ann", 1)], "not there: at once"
    stranger = (Target(0, "a", agent="eve@firm.example"), Target(2, "a"))
    assert told(run([arrival(0, *stranger)], ann, bob))[0][0] == 0


def test_the_last_and_the_preferred_agent_are_known() -> None:
    ann, bob = person("ann"), person("bob")
    first = arrival(0, Target(0, "a", agent="bob@firm.example"), Target(9, "a"), customer="c")
    last = (Target(0, "a", agent="last"), Target(5, "a"))
    own = (Target(0, "a", agent="preferred"), Target(5, "a"))
    found = run([first, arrival(500, *last, customer="c")], ann, bob)
    assert told(found) == [(0, "bob", 0), (500, "bob", 0)]
    before = arrival(0, *last, customer="d", last="bob@firm.example")
    assert told(run([before], ann, bob)) == [(0, "bob", 0)]
    assert told(run([arrival(0, *last, customer="e")], ann, bob))[0][2] == 1, "nobody is that one"
    assert told(run([arrival(0, *own, preferred="bob@firm.example")], ann, bob)) == [(0, "bob", 0)]
    assert told(run([arrival(0, *own)], ann, bob))[0][2] == 1


def test_a_target_makes_what_waits_more_urgent_and_never_less() -> None:
    busy = arrival(0, seconds=HOUR)
    raised = arrival(2, Target(0, "a"), Target(5, "a", priority="high"), Target(6, "a", priority="low"))  # fmt: skip
    order = [one.arrival.at for one in run([busy, arrival(1), raised], person("p")).outcomes]
    assert order == [0, 2, 1]
    plain = arrival(2, Target(0, "a"), Target(5, "a"))
    order = [one.arrival.at for one in run([busy, arrival(1), plain], person("p")).outcomes]
    assert order == [0, 1, 2]


def test_what_nobody_could_be_offered_is_taken_by_hand_but_only_at_the_last_target() -> None:
    ring = (Target(0, "a", ("fr",)), Target(3, "a", ("it",)))
    assert told(run([arrival(0, *ring)], person("ann"))) == [(180, "ann", 1)]
    assert told(run([arrival(0, asked=("fr",))], person("ann"))) == [(0, "ann", -1)]
    others = person("ann"), person("fro", fr=1, roster=hours(5, 6))
    assert told(run([arrival(0, asked=("fr",))], *others)) == [(5 * HOUR, "fro", -1)]


def test_without_a_router_rules_have_no_targets() -> None:
    by_hand = Plan("hand", Order.DUE, Choice.BEST, routes=False)
    ring = (Target(0, "a", ("fr",)), Target(900, "a"))
    found = run([arrival(0, *ring)], person("ann"), plan=by_hand)
    assert [(one.began, one.moves) for one in found.outcomes] == [(0, 0)]


@pytest.mark.parametrize("seed", range(6))
def test_looks_that_are_left_out_would_have_found_the_same(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a play that looks each minute, as the queue does."""
    dice = random.Random(seed)
    people = [
        person(f"p{at}", dice.choice("ab"), roster=hours(first := dice.randrange(20), first + dice.randint(1, 4)), x=1)
        for at in range(6)
    ] + [person("q", "a", "b")]  # fmt: skip
    tickets = []
    for _ in range(80):
        plan = tuple(
            Target(
                minutes, dice.choice("ab"), dice.choice([(), ("x",)]),
                dice.choice(["", "", "", "p1@firm.example"]), dice.choice(["", "nobody_online", "closed"]),
            )
            for minutes in (0, 2.5, 40)
        )  # fmt: skip
        last = Target(90, plan[-1].team)
        tickets.append(
            arrival(dice.uniform(0, 80_000), *plan, last, team=plan[0].team, seconds=400.0)
        )
    open_hours = {"a": hours(7, 18), "b": hours(5, 23)}
    some = run(tickets, *people, hours=open_hours)
    looks = []

    def each_minute(self: Following, ticket: Any, again: datetime, now: float) -> float:
        looks.append(now)
        return self._floor.since(again)

    monkeypatch.setattr(Following, "_next", each_minute)
    every = run(tickets, *people, hours=open_hours)
    assert told(some) == told(every)
    assert len({one.step for one in some.outcomes}) > 2
    assert len(looks) > 300


def test_a_made_up_month_has_customers_who_come_again() -> None:
    found = customers(Month(4000), 7)
    again = 1 - len(set(found)) / 4000
    assert again == pytest.approx(0.25, abs=0.03)
    assert found == customers(Month(4000), 7)
    assert set(customers(Month(3, returning=0.0), 7)) == {"customer 1", "customer 2", "customer 3"}


RINGS = """name = "rings"
[[rules]]
name = "who knows it first"
because = "so"
when = []
then = { targets = [{ skills = ["{category}"] }, { minutes = 20 }, { minutes = 60, team = "orders" }] }
"""
PLAIN = 'name = "plain"\n'


def weeks(count: int = 300) -> list[Lived]:
    found = []
    for at in range(count):
        guess = Guess("device", Priority.HIGH, "technical", 0.9, 0.9)
        case = Case("it is broken", "en", "mail", facts={"preferred_agent": "bea@firm.example"})
        moment = datetime(2026, 3, 2, 9, at % 60, tzinfo=UTC).replace(day=2 + at // 60)
        found.append(
            Lived(moment, "device", Priority.HIGH, "technical", 900.0, case, guess, f"c{at % 9}")
        )
    return found


def files(folder: Path, **texts: str) -> list[str]:
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text)
    return [str(folder / f"{name}.toml") for name in texts]


def test_the_last_weeks_show_what_targets_would_change(tmp_path: Path) -> None:
    staff = (
        Person("Ann", ("technical",), {"device": 5}, ALWAYS, "ann@firm.example"),
        Person("Bea", ("technical",), {}, ALWAYS, "bea@firm.example"),
        Person("Cem", ("orders",), {}, ALWAYS, "cem@firm.example"),
    )
    names = files(tmp_path, plain=PLAIN, rings=RINGS)
    found = relive(weeks(), names, DEFAULT_POLICY, staff, 0, 7, silent)
    plain, rings = found["plans"]
    assert (plain["by_target"], sum(rings["by_target"])) == ([], 300 - rings["unfinished"])
    assert len(rings["by_target"]) == 3
    assert all(rings["by_target"])
    assert found["differences"][0]["waiting_mean"]["mean"] != 0
    assert found["policies"]["rings"]["targets"] == 1
    assert any("followed as the queue follows them" in line for line in found["assumptions"])
    assert not any(
        "followed as the queue" in line
        for line in relive(weeks(), names[:1], DEFAULT_POLICY, staff, 0, 7, silent)["assumptions"]
    )


def test_the_customers_own_agent_is_whom_the_case_names(tmp_path: Path) -> None:
    rule = RINGS.replace('skills = ["{category}"]', 'agent = "preferred"')
    staff = (
        Person("Ann", ("technical",), {}, ALWAYS, "ann@firm.example"),
        Person("Bea", ("technical",), {}, ALWAYS, "bea@firm.example"),
        Person("Cem", ("orders",), {}, ALWAYS, "cem@firm.example"),
    )
    found = relive(weeks(60), files(tmp_path, own=rule), DEFAULT_POLICY, staff, 0, 7, silent)
    assert found["plans"][0]["by_target"][0] > 0
    gone = [*staff[:1], *staff[2:]]
    found = relive(weeks(60), files(tmp_path, own=rule), DEFAULT_POLICY, gone, 0, 7, silent)
    assert found["plans"][0]["by_target"][0] == 0, "passed over at once"


def test_a_made_up_month_follows_targets_and_says_who_is_not_there(tmp_path: Path) -> None:
    rows = [
        {"text": f"text {at}", "category": "device", "priority": level.label, "team": team}
        for at in range(30)
        for level in Priority
        for team in ("technical", "orders")
    ]
    rule = RINGS.replace("targets = [{ ", 'team = "technical", targets = [{ agent = "eve@x.org", ')
    names = files(tmp_path, plain=PLAIN, rings=rule)
    found = simulate(None, rows, names, None, Wanted(tickets=300, days=7), None, silent)
    plain, rings = found["plans"]
    assert (plain["by_target"], rings["by_target"][0]) == ([], 0)
    assert rings["by_target"][1] > 0
    assert any("passed over: eve@x.org" in line for line in found["assumptions"])


def test_a_roster_names_mail_addresses_and_hours_of_teams(tmp_path: Path) -> None:
    path = tmp_path / "staff.toml"
    path.write_text(
        '[[people]]\nname = "Ann"\nemail = "ann@firm.example"\nteams = ["a"]\n'
        '[[teams]]\nname = "a"\nzone = "Europe/Berlin"\ndays = ["mon"]\nhours = ["09:00-12:00"]\n'
    )
    assert read_staff(path)[0].email == "ann@firm.example"
    assert read_hours(path) == {"a": WorkCalendar("Europe/Berlin", (Span(0, 540, 720),))}
    path.write_text('[[teams]]\nname = "a"\nhours = ["x"]\n')
    with pytest.raises(Exception, match="team a"):
        read_hours(path)
