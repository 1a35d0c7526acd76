"""A small Slack on loopback, and a company that has an inbox in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest

from bot.company import make_inbox
from tests.channels.office import Desk, caller
from tests.channels.slack.provider import arrived, slack_settings
from tests.company import Company
from tests.fakes.slack import BOT_TOKEN, HELP, SIGNING_SECRET, TEAM, FakeSlack, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "slack":
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A workspace of its own for the test."""
    with running(FakeSlack()) as fake:
        yield fake


@dataclass
class Office(Desk):
    """A company with an inbox in the fake's workspace."""

    slack: FakeSlack


@pytest.fixture
def office(company: Company, slack: FakeSlack) -> Office:
    house = company.house
    slack.clock = lambda: house.clock().timestamp()
    settings = slack_settings(slack.url).model_dump(mode="json", exclude_none=True)
    secrets = {"bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET}
    settings = {**settings, **secrets, "team": TEAM, "channels": [HELP]}
    settings.pop("previous_signing_secret")
    inbox = make_inbox(house, company.mail.brand, "acme", "Acme", "slack", settings)
    return Office(company, inbox, arrived, slack)


@pytest.fixture
def http(office: Office) -> httpx2.AsyncClient:
    return caller(office)
