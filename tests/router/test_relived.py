"""The last weeks played again from what the classifiers found then, and what two arms really achieved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.calendar import around_the_clock
from core.decision import Case, Guess, Priority
from core.errors import MalformedPayload
from core.holdout import Arm
from core.promise import DEFAULT_POLICY
from router.observed import LEAST_DAYS, Observed, observed
from router.relived import Lived, relive
from router.simulator import Person
from router.train import silent

FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
SILLY = """name = "silly"
[[rules]]
name = "all"
because = "so"
when = []
then = { team = "orders" }
"""


def weeks(count: int = 400) -> list[Lived]:
    """A ticket every half hour, half of them orders; the classifiers are right about each."""
    found = []
    for at in range(count):
        team = ("technical", "orders")[at % 2]
        guess = Guess(team, Priority.HIGH, team, 0.9, 0.9)
        case = Case("it is broken", "en", "mail")
        found.append(
            Lived(FIRST + at * timedelta(minutes=30), team, Priority.HIGH, team, 600.0, case, guess)
        )
    return found


def run(lived: list[Lived], *names: str, people: tuple[Person, ...] = ()) -> dict[str, Any]:
    return relive(lived, names, DEFAULT_POLICY, people, 0, 7, silent)


@pytest.fixture
def silly(tmp_path: Path) -> str:
    path = tmp_path / "silly.toml"
    path.write_text(SILLY)
    return str(path)


def test_rules_are_applied_to_what_was_found_then(silly: str) -> None:
    found = run(weeks(), "full", silly)
    assert found["routing"]["full"] == {"decided": 1.0, "decided_right": 1.0, "texts": 400}
    assert found["routing"]["silly"]["decided_right"] == 0.5
    full, other = found["plans"]
    assert full["transfers"] == 0
    assert 190 < other["transfers"] <= 200, "a few had nobody yet at the end"
    assert found["differences"][0]["moves_mean"]["low"] > 0


def test_what_a_person_opened_begins_in_triage() -> None:
    lived = [replace(one, case=None, guess=None) for one in weeks()]
    found = run(lived, "full", "round_robin")
    assert found["plans"][0]["transfers"] > 0
    assert found["routing"]["full"]["texts"] == 0
    assert "400 were opened by a person" in found["assumptions"][1]


def test_own_people_play_what_is_theirs_and_too_few_tickets_say_nothing() -> None:
    ann = Person("Ann", ("orders",), {"orders": 3}, around_the_clock())
    found = run(weeks(), "full", "routed", people=(ann,))
    assert (found["tickets"], found["people"]) == (200, 1)
    assert "200 are of teams in which nobody is" in found["assumptions"][0]
    with pytest.raises(MalformedPayload, match="fewer than 20"):
        run(weeks(10), "full", "routed")


def real(days: int, late: dict[Arm, float]) -> list[Observed]:
    """Forty tickets of each arm a day, of which so many are late."""
    return [
        Observed(
            arm, FIRST + timedelta(days=day, minutes=at), Priority.HIGH, 600.0 * at, at < 40 * late[arm],
            at % 2, f"agent {at % 3}", 300.0,
        )
        for day in range(days)
        for arm in Arm
        for at in range(40)
    ]  # fmt: skip


def test_the_report_of_a_trial_is_of_its_arms() -> None:
    found = observed(real(14, {Arm.PRESENT: 0.5, Arm.OTHER: 0.25}), ("in_service", "tried_out"))
    present, other = found["plans"]
    assert (present["attainment"]["all"], other["attainment"]["all"]) == (0.5, 0.75)
    assert (present["tickets"], found["days"], found["too_early"]) == (560, 14, False)
    (gap,) = found["differences"]
    assert gap["attainment"]["low"] > 0
    assert gap["waiting_mean"]["low"] <= 0 <= gap["waiting_mean"]["high"]
    assert (present["handled_mean"], present["fairness"]) == (300.0, pytest.approx(1, abs=0.01))


def test_a_few_days_give_no_interval_and_the_unanswered_wait() -> None:
    tickets = real(LEAST_DAYS - 1, {Arm.PRESENT: 0.5, Arm.OTHER: 0.25})
    found = observed(tickets, ("a", "b"))
    assert (found["too_early"], found["differences"]) == (True, [])
    assert observed([], ("a", "b"))["tickets"] == 0
    open_ = [replace(one, is_late=None, waited=None) for one in tickets]
    assert observed(open_, ("a", "b"))["plans"][0]["attainment"]["all"] is None


def test_a_rare_priority_is_not_counted_where_a_drawing_has_none() -> None:
    """A drawing of days without a critical ticket must not count as one in which none was in time."""
    tickets = real(10, {Arm.PRESENT: 0, Arm.OTHER: 0})
    for arm in Arm:
        tickets.append(Observed(arm, FIRST, Priority.CRITICAL, 60.0, False, 0))
    gap = observed(tickets, ("a", "b"))["differences"][0]["attainment_critical"]
    assert gap == {"mean": 0.0, "low": 0.0, "high": 0.0}
