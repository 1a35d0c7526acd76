"""A small Telegram on loopback, and a company that has a bot in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest

from bot.company import make_inbox
from tests.channels.office import Desk, caller
from tests.channels.telegram.provider import arrived, telegram_settings
from tests.company import Company
from tests.fakes.telegram import SECRET, TOKEN, FakeTelegram, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "telegram":
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    """A Telegram of its own for the test."""
    with running(FakeTelegram()) as fake:
        yield fake


@dataclass
class Office(Desk):
    """A company with an inbox in the fake."""

    telegram: FakeTelegram


@pytest.fixture
def office(company: Company, telegram: FakeTelegram) -> Office:
    house = company.house
    telegram.clock = lambda: house.clock().timestamp()
    settings = telegram_settings(telegram.url).model_dump(mode="json", exclude_none=True)
    settings = {**settings, "bot_token": TOKEN, "secret_token": SECRET}
    settings.pop("previous_secret_token")
    inbox = make_inbox(house, company.mail.brand, "acme", "Acme", "telegram", settings)
    return Office(company, inbox, arrived, telegram)


@pytest.fixture
def http(office: Office) -> httpx2.AsyncClient:
    return caller(office)
