"""The working day of the desk, counted; and the desk's browser."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.figures import follow
from tests.web.desk.conftest import Day, day, desk_company
from tests.web.desk.test_browser import browser, own_day, served

__all__ = ["browser", "day", "desk_company", "own_day", "served"]


def count(day: Day) -> None:
    """Counts the day's figures; two days later, so that the day is over."""
    day.company.clock.advance(days=2)
    while follow(day.company.clock()):
        pass


@pytest.fixture
def counted_day(day: Day) -> Day:
    count(day)
    return day


@pytest.fixture
def whole(counted_day: Day) -> str:
    """The query of a period that holds the whole day."""
    today = counted_day.company.clock().date()
    return f"from={today - timedelta(days=9)}&to={today}"
