"""Whom a waiting ticket is for: rings in their time, skipped where nobody is there, the last one never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.decision import Target
from core.targets import present

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
