"""A company with an inbox at a fake provider, for the suites of one channel each. What a channel does is tested in its own folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2

from bot import desk as desks
from bot import replying
from bot.deliver import deliver_some
from bot.handoff import to_triage
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from channels.contract import Arrival, Channel
from core.message import Attached, Button, Reply
from store.bodies import open_body
from store.held import Written
from store.models import HeldReply, Inbox, Message, OutboxRow, Ticket
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


def taken_up(desk: Desk, call: Any) -> int:
    """Somebody wrote and a colleague has the word; the ticket's number."""
    house = desk.company.house
    desk.take(call)
    (claimed,) = claim(house.vault, "w", timedelta(minutes=1), 5, house.clock())
    finish_turn(house, claimed, Outcome(routed=to_triage("a test"), packet={}))
    OutboxRow.objects.all().delete()
    number = Ticket.objects.get().number
    desks.take(house, desk.company.agent, number)
    return number


def say_with(desk: Desk, number: int, text: str, *files: Attached) -> None:
    """Sends it, as the desk does, and does not wait for the moment to undo it."""
    house = desk.company.house
    written = Written(text, "", replying.kept(house, files))
    replying.send(house, desk.company.agent, number, written)
    held = HeldReply.objects.get()
    HeldReply.objects.filter(id=held.id).update(send_at=house.clock())
    assert replying.release(house, held.id)


async def deliver(desk: Desk) -> list[str]:
    """What a worker does now; the states of the outbox."""
    await deliver_some(desk.company.house, "test", 10)
    return await desk.company.house.database.run(states)


def states() -> list[str]:
    return list(OutboxRow.objects.order_by("id").values_list("state", flat=True))
