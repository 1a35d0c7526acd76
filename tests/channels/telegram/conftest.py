"""A small Telegram on loopback, and a company that has a bot in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest

from bot.company import make_inbox
from bot.deliver import deliver_some
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from channels.telegram import Telegram
from core.message import Button, Reply
from store.bodies import open_body
from store.models import Inbox, Message, OutboxRow
from store.receiving import Accepted
from store.turns import claim
from tests.channels.telegram.provider import arrived, telegram_settings
from tests.company import Company
from tests.fakes.telegram import SECRET, TOKEN, Brought, FakeTelegram, running
from web.arrivals import ArrivalApp
from web.streams import StreamApp


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
class Office:
    """A company with an inbox in the fake."""

    company: Company
    telegram: FakeTelegram
    inbox: Inbox

    @property
    def channel(self) -> Telegram:
        channel = self.company.house.channel_of(self.inbox)
        assert isinstance(channel, Telegram)
        return channel

    def take(self, *calls: Brought) -> list[Accepted]:
        """What the web process does with these calls, in order."""
        accepted = []
        for call in calls:
            arrival = arrived(call, self.company.house.clock())
            self.channel.verify(arrival)
            accepted += receive(self.company.house, self.inbox, self.channel.parse(arrival))
        return accepted

    def texts(self) -> list[list[str]]:
        """What customers said in each conversation, oldest conversation first."""
        found: dict[object, list[str]] = {}
        rows = Message.objects.select_related("address", "conversation").filter(
            inbox=self.inbox, author=Message.Author.CUSTOMER
        )
        for message in rows.order_by("conversation__opened_at", "conversation_id", "seq"):
            text = open_body(self.company.house.vault, message).text
            found.setdefault(message.conversation_id, []).append(text)
        return list(found.values())


@pytest.fixture
def office(company: Company, telegram: FakeTelegram) -> Office:
    house = company.house
    telegram.clock = lambda: house.clock().timestamp()
    settings = telegram_settings(telegram.url).model_dump(mode="json", exclude_none=True)
    settings = {**settings, "bot_token": TOKEN, "secret_token": SECRET}
    settings.pop("previous_secret_token")
    inbox = make_inbox(house, company.mail.brand, "acme", "Acme", "telegram", settings)
    return Office(company, telegram, inbox)


@pytest.fixture
def http(office: Office) -> httpx2.AsyncClient:
    """The product's web app, called as Telegram would."""
    house = office.company.house
    app = ArrivalApp(house, StreamApp(house))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://help.example.org")


def answer(office: Office, text: str, *buttons: str) -> None:
    """The bot's turn in every conversation that waits."""
    house = office.company.house
    reply = Reply(text, buttons=tuple(Button(name, name.lower()) for name in buttons))
    for claimed in claim(house.vault, "test", timedelta(minutes=1), 10, house.clock()):
        finish_turn(house, claimed, Outcome((reply,)))


async def deliver(office: Office) -> list[str]:
    """What a worker does now; the states of the outbox."""
    await deliver_some(office.company.house, "test", 10)
    return await office.company.house.database.run(states)


def states() -> list[str]:
    return list(OutboxRow.objects.order_by("id").values_list("state", flat=True))
