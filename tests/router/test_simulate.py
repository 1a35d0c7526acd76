"""Comparisons from a history or made up: rosters, policies from files, who is asked about what, assumptions said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.decision import Priority
from core.errors import MalformedPayload
from core.promise import DEFAULT_POLICY
from router.arrivals import Month
from router.history import History, Past
from router.model import load_model
from router.plans import BUILT_IN, compared
from router.replay import arrivals, frozen_rows, pool_of, replayed
from router.simulate import Wanted, simulate
from router.simulator import Choice, Order
from router.staff import read_staff, staff_for
from router.tables import read_rows
from router.train import is_frozen, silent

COLUMNS = ("text", "category", "priority", "team", "language", "channel")
HELD_BACK = Path(__file__).parents[2] / "router" / "data" / "heldback.csv"
FIRST = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)


def history(count: int = 240, **changes: Any) -> History:
    """A ticket every hour, each from the shipped examples."""
    rows = read_rows(HELD_BACK, COLUMNS)
    tickets = [
        Past(str(at), rows[at % len(rows)], FIRST + timedelta(hours=at), 300.0)
        for at in range(count)
    ]
    return History(tuple(replace(ticket, **changes) for ticket in tickets), {})


def compare(past: History | None, *names: str, **wanted: Any) -> dict[str, Any]:
    rows = read_rows(HELD_BACK, COLUMNS)
    return simulate(past, rows, names, None, Wanted(**wanted), None, silent)


def test_a_comparison_is_of_the_same_tickets_and_repeats() -> None:
    found = compare(None, "round_robin", "by_priority", tickets=600, days=7)
    again = compare(None, "round_robin", "by_priority", tickets=600, days=7)
    assert found | {"seconds": 0} == again | {"seconds": 0}
    assert [plan["tickets"] for plan in found["plans"]] == [600, 600]
    (gap,) = found["differences"]
    assert (gap["of"], gap["from"]) == ("by_priority", "round_robin")
    one, other = (plan["moves_mean"] for plan in found["plans"])
    assert gap["moves_mean"]["mean"] == pytest.approx(other - one, abs=2e-4)
    assert gap["moves_mean"]["low"] <= gap["moves_mean"]["mean"] <= gap["moves_mean"]["high"]
    assert compare(None, "round_robin", tickets=600, days=7, seed=8)["plans"] != found["plans"][:1]


def test_the_real_router_is_asked_and_its_rules_matter(model_folder: Path, tmp_path: Path) -> None:
    """A rule that sends everything to one team shows in what it costs. So small a router decides only where that costs little."""
    costs = "[costs]\nwrong_queue = 1.5\n"
    bold, silly = tmp_path / "bold.toml", tmp_path / "silly.toml"
    bold.write_text(f'name = "bold"\n{costs}')
    silly.write_text(
        f'name = "silly"\n{costs}[[rules]]\nname = "all"\nbecause = "so"\n'
        'when = [{field = "text", says = ["the", "die", "el", "a"]}]\nthen = {team = "orders"}\n'
    )
    rows = read_rows(HELD_BACK, COLUMNS)
    wanted = Wanted(tickets=800, days=7)
    names = (str(bold), str(silly))
    found = simulate(None, rows, names, load_model(model_folder), wanted, None, silent)
    routing = found["routing"]
    assert routing["bold"]["decided_right"] > routing["silly"]["decided_right"] + 0.1
    one, other = found["plans"]
    assert one["transfers"] != other["transfers"]
    assert found["policies"]["bold"]["version"] != found["policies"]["silly"]["version"]


def test_a_history_keeps_its_times_truth_and_handling() -> None:
    found = compare(history(), "round_robin")
    assert (found["tickets"], found["days"]) == (240, 11)
    assert any("Handling times are those of the history." in line for line in found["assumptions"])
    some = compare(history(), "round_robin", days=2)
    assert some["tickets"] == 38, "13 h 30 of the first day and all of the second"
    assert compare(history(), "round_robin", tickets=10)["tickets"] == 10


def test_a_history_without_times_gets_drawn_ones_and_says_so() -> None:
    found = compare(history(created=None, handled=0.0), "round_robin", days=14)
    assert (found["tickets"], found["days"]) == (240, 14)
    assert any("their times are drawn" in line for line in found["assumptions"])
    assert any("240 of 240 tickets do not say" in line for line in found["assumptions"])


def test_nobody_asks_the_router_about_what_it_may_have_learned() -> None:
    past = history().tickets
    frozen = frozen_rows(past)
    assert 0.05 < len(frozen) / len(past) < 0.4
    assert all(is_frozen(row["text"]) for row in frozen)
    pool = pool_of(frozen, seed=1)
    needs = replayed(past, pool, Month(len(past), 11), FIRST, seed=1)
    for need, ticket in zip(needs, past, strict=True):
        assert (need.team, need.priority.label) == (ticket.row["team"], ticket.row["priority"])
        if is_frozen(ticket.row["text"]):
            assert pool[need.known].case.text == ticket.row["text"]
        else:
            assert pool[need.known].team == need.team
    strangers = replayed(past, pool[:0], Month(len(past), 11), FIRST, seed=1)
    assert {one.sent for one in arrivals(strangers, (), DEFAULT_POLICY)} == {"triage"}


def test_spaces_and_case_do_not_thaw_a_ticket() -> None:
    texts = [f"Printer {at} is broken" for at in range(500)]
    assert 60 < sum(map(is_frozen, texts)) < 140
    assert all(is_frozen(text) == is_frozen(f"  {text.upper()}\n") for text in texts)


def test_people_are_made_for_the_work_there_is() -> None:
    week = 7 * 40 * 3600.0 * 0.85 / 7
    people = staff_for({"a": {"x": 20 * week, "y": 10 * week}, "b": {"z": 1.0}}, ["de"], 7, 0, 0.85)
    of_a = [person for person in people if person.teams == ("a",)]
    assert (len(of_a), len(people)) == (31, 32), "one of b, however little it has to do"
    assert {person.skills["x"] for person in of_a} == {5, 3}
    assert sum("de" in person.skills for person in of_a) == 11
    starts = [min(span.start for span in person.roster.spans) for person in of_a]
    assert (starts.count(360), starts.count(840), starts.count(0)) == (15, 13, 3)
    assert len(staff_for({"a": {"x": 5.0}, "b": {"x": 5.0}}, [], 7, 10, 0.85)) == 10


def test_a_roster_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "staff.toml"
    path.write_text(
        '[[people]]\nname = "Ann"\nteams = ["a"]\nskills = {x = 4}\nzone = "Europe/Berlin"\n'
        'days = ["mon", "Tuesday"]\nhours = ["08:00-12:00", "13:00-16:30"]\n'
    )
    (ann,) = read_staff(path)
    assert (ann.name, ann.skills["x"], ann.roster.zone) == ("Ann", 4, "Europe/Berlin")
    assert [(span.weekday, span.start, span.end) for span in ann.roster.spans] == [
        (0, 480, 720), (0, 780, 990), (1, 480, 720), (1, 780, 990),
    ]  # fmt: skip
    for wrong in ('name = "B"', 'name = "B"\nteams = ["a"]\nskills = {x = 9}', "teams = []"):
        path.write_text(f"[[people]]\n{wrong}\n")
        with pytest.raises(MalformedPayload, match="person 1"):
            read_staff(path)


def test_policies_by_name_and_from_files(tmp_path: Path) -> None:
    assert compared("full").plan is BUILT_IN["full"]
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[assignment]\norder = "priority"\nchoice = "round_robin"\n')
    side = compared(str(path))
    assert (side.plan.name, side.plan.order, side.plan.choice) == (
        "mine", Order.PRIORITY, Choice.ROUND_ROBIN,
    )  # fmt: skip
    assert side.rules.rules == ()
    path.write_text('name = "mine"\n')
    assert compared(str(path)).plan.choice is Choice.BEST
    for wrong in (
        "[assignment]\norder = 'luck'",
        "[assignment]\nroutes = 'no'",
        "[assignment]\nx = 1",
        "x",
    ):
        path.write_text(f'name = "mine"\n{wrong}\n')
        with pytest.raises(MalformedPayload, match=r"mine\.toml"):
            compared(str(path))
    with pytest.raises(MalformedPayload, match="built-in"):
        compared("fastest")


def test_every_priority_that_was_drawn_is_one_that_the_examples_have() -> None:
    rows = [row for row in read_rows(HELD_BACK, COLUMNS) if row["priority"] != "critical"]
    found = simulate(None, rows, ("round_robin",), None, Wanted(tickets=200, days=7), None, silent)
    assert found["plans"][0]["attainment"][Priority.CRITICAL.label] is None
