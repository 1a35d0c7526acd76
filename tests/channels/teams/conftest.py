"""A small Microsoft on loopback, and a company that has a bot in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest

from bot.company import make_inbox
from tests.channels.office import Desk, caller
from tests.channels.teams.provider import arrived, teams_settings
from tests.company import Company
from tests.fakes.teams import APP_SECRET, FakeTeams, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "teams":
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture
def teams() -> Iterator[FakeTeams]:
    """An organisation of its own for the test."""
    with running(FakeTeams()) as fake:
        yield fake


@dataclass
class Office(Desk):
    """A company with an inbox in the fake's organisation."""

    teams: FakeTeams


@pytest.fixture
def office(company: Company, teams: FakeTeams) -> Office:
    house = company.house
    teams.clock = lambda: house.clock().timestamp()
    settings = teams_settings(teams.url).model_dump(mode="json", exclude_none=True)
    settings = {**settings, "app_secret": APP_SECRET}
    inbox = make_inbox(house, company.mail.brand, "acme", "Acme", "teams", settings)
    return Office(company, inbox, arrived, teams)


@pytest.fixture
def http(office: Office) -> httpx2.AsyncClient:
    return caller(office)
