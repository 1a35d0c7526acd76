"""Whom a waiting ticket is for: rings in their time, skipped where nobody is there, the last one never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.decision import Priority, Target
from core.targets import is_last, present, settled

NOON = datetime(2027, 3, 2, 12, 0, tzinfo=UTC)
FIRST, SECOND, LAST = (
    Target(0, "technical", ("api", "de")),
    Target(5, "technical", ("api",), skip_if="nobody_online"),
    Target(15, "orders"),
)
PLAN = (FIRST, SECOND, LAST)


def at(minutes: float, *skipped: Target) -> tuple[Target, float | None]:
    """The target after so many minutes, and in how many it is looked at again."""
    now = NOON + timedelta(minutes=minutes)
    target, again = present(PLAN, NOON, now, lambda one: one in skipped)
    return target, None if again is None else (again - now).total_seconds() / 60


def test_each_ring_comes_in_its_time() -> None:
    assert [at(minutes)[0] for minutes in (0, 4.9, 5, 14, 15, 900)] == [
        FIRST,
        FIRST,
        SECOND,
        SECOND,
        LAST,
        LAST,
    ]
    assert at(15) == (LAST, None), "nothing changes any more"


def test_it_is_looked_at_again_when_something_may_change() -> None:
    assert at(4.5) == (FIRST, 0.5)
    assert at(1) == (FIRST, 1), "somebody may go"


def test_what_is_skipped_gives_way_at_once_and_may_come_back() -> None:
    assert at(0, FIRST) == (SECOND, 1)
    assert at(0, FIRST, SECOND)[0] == LAST
    assert at(1, SECOND)[0] == FIRST


def test_the_last_one_is_never_skipped() -> None:
    assert at(99, FIRST, SECOND, LAST)[0] == LAST


@dataclass(frozen=True)
class Here:
    """A moment at which these people are there, in any team."""

    there: tuple[str, ...] = ()

    def has(self, team: str) -> bool:
        return team != "nowhere"

    def asked(self, agent: str) -> str | None:
        return None if agent == "nobody@x" else agent

    def is_online(self, team: str, who: str | None) -> bool:
        return who in self.there if who else bool(self.there)

    def is_open(self, team: str) -> bool:
        return team != "closed"


def now(plan: tuple[Target, ...], minutes: float = 0, *there: str) -> tuple[Target, str | None]:
    moment = NOON + timedelta(minutes=minutes)
    found = settled(plan, NOON, moment, Priority.MEDIUM, Here(there))
    return found.target, found.only


def test_what_a_target_says_of_people_and_hours_is_asked_of_the_moment() -> None:
    ring = Target(9, "a")
    for passed_over in (
        Target(0, "nowhere"),
        Target(0, "a", agent="nobody@x"),
        Target(0, "a", agent="ann@x"),
        Target(0, "a", skip_if="nobody_online"),
        Target(0, "closed", skip_if="closed"),
    ):
        assert now((passed_over, ring)) == (ring, None), passed_over
    alone = Target(0, "a", agent="ann@x")
    assert now((alone, ring), 0, "ann@x") == (alone, "ann@x")
    assert now((alone, ring), 9, "ann@x") == (ring, None)


def test_at_the_last_target_the_one_who_is_not_there_keeps_nobody_else_from_it() -> None:
    plan = (Target(0, "a"), Target(5, "a", agent="last"))
    assert now(plan, 5, "last") == (plan[1], "last")
    assert now(plan, 5, "ben") == (plan[1], None)
    moment = NOON + timedelta(minutes=5)
    found = settled(plan, NOON, moment, Priority.MEDIUM, Here(("last",)))
    assert found.again == moment + timedelta(minutes=1), "they may go"


def test_a_target_raises_a_priority_and_lowers_none() -> None:
    for said, found in (("high", Priority.HIGH), ("low", Priority.MEDIUM), ("", Priority.MEDIUM)):
        plan = (Target(0, "a", priority=said),)
        assert settled(plan, NOON, NOON, Priority.MEDIUM, Here()).priority is found


def test_the_last_who_are_asked_are_those_of_the_last_target() -> None:
    assert is_last((), "a", ("x",))
    assert is_last(PLAN, "orders", ())
    assert not is_last(PLAN, "technical", ("api",))
    assert is_last((Target(0, "a", ("x",)), Target(5, "a", ("x",), priority="high")), "a", ("x",))
