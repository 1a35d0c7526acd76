"""The fake listens on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.company import make_inbox
from bot.house import House
from bot.settings import Work
from channels.voice import Voice
from core.ids import InboxId
from tests.channels.voice.provider import voice_settings
from tests.channels.voice.telephone import Tick
from tests.company import Company
from tests.fakes.twilio import ACCOUNT, NUMBER, TOKEN, FakeTwilio


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    fake = FakeTwilio()
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def wired(house: House, company: Company, twilio: FakeTwilio) -> House:
    """The company has a telephone number."""
    settings = {
        "account_sid": ACCOUNT,
        "number": NUMBER,
        "auth_token": TOKEN,
        "api_url": twilio.url,
    }
    inbox = make_inbox(house, company.brand, "line", "Telephone", "voice", settings)
    usual, voice = house.channel_of, Voice(InboxId(inbox.id), voice_settings(twilio.url))
    return replace(
        house,
        clock=Tick(),
        channel_of=lambda box: voice if box.id == inbox.id else usual(box),
        settings=house.settings.model_copy(update={"work": Work(poll_seconds=0.05)}),
    )
