"""The fake listens on loopback, and a house has one number."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from django.db import transaction

from bot.company import make_inbox
from bot.deliver import deliver_some
from bot.house import House
from bot.receive import receive
from bot.report import report
from channels.sms import Sms
from core.message import Reply
from store.events import Log
from store.models import Conversation, Inbox, OutboxRow
from store.receiving import Accepted
from store.turns import Finish, lock, say, write
from tests.channels.sms.provider import arrived
from tests.company import Company
from tests.fakes.twilio import ACCOUNT, CUSTOMER, NUMBER, TOKEN, Call, FakeTwilio, signed


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


@dataclass
class Line:
    """A house with a text number, and what happens on it."""

    house: House
    inbox: Inbox
    twilio: FakeTwilio

    @property
    def url(self) -> str:
        return f"{self.house.settings.public_url}/webhooks/sms/{self.inbox.slug}"

    def text(self, body: str, sender: str = CUSTOMER) -> Accepted:
        """A customer's text comes in."""
        return self.bring(signed(self.url, self.twilio.text(body, sender)))[0]

    def bring(self, call: Call) -> list[Accepted]:
        """A call as the web process handles it."""
        arrival = replace(arrived(call), url=self.url, received_at=self.house.clock())
        channel = self.house.channel_of(self.inbox)
        assert isinstance(channel, Sms)
        channel.verify(arrival)
        inbounds = channel.parse(arrival)
        report(self.house, self.inbox, channel.reports(arrival))
        return receive(self.house, self.inbox, inbounds) if inbounds else []

    def say(self, accepted: Accepted, *texts: str) -> None:
        """The bot says this in the conversation; nothing is sent yet."""
        with transaction.atomic():
            row = lock(accepted.conversation)
            now = self.house.clock()
            finish = Finish(self.house.vault, row, now, Log(row, now))
            for text in texts:
                say(finish, Reply(text), parts=1)
            write(finish)

    def deliver(self, rounds: int = 1) -> int:
        """What a worker would do now."""

        async def run() -> int:
            return sum([await deliver_some(self.house, "w", 16) for _ in range(rounds)])

        return asyncio.run(run())

    @property
    def states(self) -> list[str]:
        return list(OutboxRow.objects.order_by("id").values_list("state", flat=True))

    @property
    def sent(self) -> list[str]:
        return [item["Body"] for item in self.twilio.asked]

    def waits(self, accepted: Accepted) -> bool:
        """Whether the bot is asked for an answer."""
        return Conversation.objects.get(id=accepted.conversation).wants_turn_at is not None


@pytest.fixture
def line(house: House, company: Company, twilio: FakeTwilio) -> Line:
    settings = {
        "account_sid": ACCOUNT,
        "number": NUMBER,
        "auth_token": TOKEN,
        "api_url": twilio.url,
        "api_seconds": 1.0,
    }
    usual, sms = house.channel_of, {}
    inbox = make_inbox(house, company.brand, "texts", "Texts", "sms", settings)

    def channel_of(box: Inbox) -> object:
        if box.id != inbox.id:
            return usual(box)
        return sms.setdefault(box.id, Sms(box.id, Sms.Settings.model_validate(settings)))  # type: ignore[arg-type]

    return Line(replace(house, channel_of=channel_of), inbox, twilio)  # type: ignore[arg-type]
