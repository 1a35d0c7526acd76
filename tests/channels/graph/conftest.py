"""A small Meta on loopback, and a company that has its accounts in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.company import make_inbox
from tests.channels.graph.provider import arrived, graph_settings
from tests.channels.office import Desk
from tests.company import Company, StandingClock
from tests.fakes.graph import APP_SECRET, PEOPLE, TOKEN, VERIFY, FakeGraph, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "graph":
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    """A Meta of its own for the test."""
    with running(FakeGraph()) as fake:
        yield fake


@dataclass
class Office(Desk):
    """A company with an inbox in the fake."""

    graph: FakeGraph
    product: str
    clock: StandingClock

    @property
    def graph_people(self) -> dict[str, str]:
        return PEOPLE[self.product]

    @property
    def ann(self) -> str:
        return next(iter(PEOPLE[self.product]))


@pytest.fixture
def office(
    request: pytest.FixtureRequest, company: Company, graph: FakeGraph, clock: StandingClock
) -> Office:
    """The office of one product, WhatsApp by default."""
    house, product = company.house, getattr(request, "param", "whatsapp")
    graph.clock = lambda: house.clock().timestamp()
    settings = graph_settings(product, graph.url).model_dump(mode="json", exclude_none=True)
    settings |= {"access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY}
    settings.pop("previous_app_secret")
    inbox = make_inbox(house, company.mail.brand, "acme", "Acme", "graph", settings)
    return Office(company, inbox, arrived, graph, product, clock)
