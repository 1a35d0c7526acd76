"""A small Slack on loopback, and a company that has an inbox in it."""

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
from channels.slack import Slack
from core.message import Button, Reply
from store.bodies import open_body
from store.models import Inbox, Message, OutboxRow
from store.receiving import Accepted
from store.turns import claim
from tests.channels.slack.provider import arrived, slack_settings
from tests.company import Company
from tests.fakes.slack import BOT_TOKEN, HELP, SIGNING_SECRET, TEAM, FakeSlack, Signed, running
from web.arrivals import ArrivalApp
from web.streams import StreamApp


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
class Office:
    """A company with an inbox in the fake's workspace."""

    company: Company
    slack: FakeSlack
    inbox: Inbox

    @property
    def channel(self) -> Slack:
        channel = self.company.house.channel_of(self.inbox)
        assert isinstance(channel, Slack)
        return channel

    def take(self, *requests: Signed) -> list[Accepted]:
        """What the web process does with these calls, in order."""
        accepted = []
        for request in requests:
            arrival = arrived(request, self.company.house.clock())
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
def office(company: Company, slack: FakeSlack) -> Office:
    house = company.house
    slack.clock = lambda: house.clock().timestamp()
    settings = slack_settings(slack.url).model_dump(mode="json", exclude_none=True)
    secrets = {"bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET}
    settings = {**settings, **secrets, "team": TEAM, "channels": [HELP]}
    settings.pop("previous_signing_secret")
    inbox = make_inbox(house, company.mail.brand, "acme", "Acme", "slack", settings)
    return Office(company, slack, inbox)


@pytest.fixture
def http(office: Office) -> httpx2.AsyncClient:
    """The product's web app, called as Slack would."""
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
