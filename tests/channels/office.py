"""A company with an inbox at a fake provider, for the suites of one channel each. What a channel does is tested in its own folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2

from bot.deliver import deliver_some
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from channels.contract import Arrival, Channel
from core.message import Button, Reply
from store.bodies import open_body
from store.models import Inbox, Message, OutboxRow
from store.receiving import Accepted
from store.turns import claim
from tests.company import Company
from web.arrivals import ArrivalApp
from web.streams import StreamApp


@dataclass
class Desk:
    """A company with an inbox in the fake. `arrived`: the fake's call as it reaches the channel, at a moment."""

    company: Company
    inbox: Inbox
    arrived: Callable[[Any, datetime], Arrival]

    @property
    def channel(self) -> Channel:
        return self.company.house.channel_of(self.inbox)

    def take(self, *calls: Any) -> list[Accepted]:
        """What the web process does with these calls, in order."""
        accepted = []
        for call in calls:
            arrival = self.arrived(call, self.company.house.clock())
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


def caller(desk: Desk) -> httpx2.AsyncClient:
    """The product's web app, called as a provider would."""
    house = desk.company.house
    app = ArrivalApp(house, StreamApp(house))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://help.example.org")


def answer(desk: Desk, text: str, *buttons: str) -> None:
    """The bot's turn in every conversation that waits."""
    house = desk.company.house
    reply = Reply(text, buttons=tuple(Button(name, name.lower()) for name in buttons))
    for claimed in claim(house.vault, "test", timedelta(minutes=1), 10, house.clock()):
        finish_turn(house, claimed, Outcome((reply,)))


async def deliver(desk: Desk) -> list[str]:
    """What a worker does now; the states of the outbox."""
    await deliver_some(desk.company.house, "test", 10)
    return await desk.company.house.database.run(states)


def states() -> list[str]:
    return list(OutboxRow.objects.order_by("id").values_list("state", flat=True))
