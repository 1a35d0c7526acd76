"""The company's own pages: the desk's working day, its browser, and an installation in which nobody is yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.house import House
from tests.company import StandingClock
from tests.web.desk.conftest import day, desk_company
from tests.web.desk.test_browser import browser, own_day, served
from web import house as web_house

__all__ = ["browser", "day", "desk_company", "own_day", "served"]


@pytest.fixture
def empty_house(house: House, clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> House:
    """An installation without a company."""
    empty = replace(house, clock=clock)
    monkeypatch.setattr(web_house, "_current", [empty])
    return empty
