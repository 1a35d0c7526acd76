"""A mailbox with its assistant and its desk, without servers: what arrives is thought about, and what that comes to is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

from bot import replying
from bot.converse import Speaker
from bot.deliver import deliver_some
from bot.dialogue import Dialogue
from bot.house import House
from bot.receive import receive
from channels.email import Email
from core.message import Outbound, Receipt
from store.held import Written
from store.models import HeldReply, Inbox
from store.receiving import Accepted
from store.turns import claim
from tests.bot.scripted import ScriptedDialogue
from tests.channels.email.provider import INBOX, arrived, email_settings
from tests.company import Company, StandingClock


class Mailroom:
    """Every mail that would go out is in `sent`."""

    def __init__(self, company: Company, clock: StandingClock) -> None:
        self.company, self.clock = company, clock
        self.sent: list[Outbound] = []
        self.dialogue = ScriptedDialogue()
        self.channel = Email(INBOX, email_settings())
        self.inbox = Inbox(id=INBOX, brand=company.brand, slug="s", name="S", channel="email")
        self.inbox.save(force_insert=True)

        async def send(outbound: Outbound) -> Receipt:
            self.sent.append(outbound)
            return self.channel._receipt(outbound)

        self.channel.send = send  # type: ignore[method-assign]
        usual = company.house.channel_of
        self.house: House = replace(
            company.house, channel_of=lambda box: self.channel if box.id == INBOX else usual(box)
        )

    async def brought(self, raw: bytes) -> Accepted:
        """It arrives, is thought about, and what that came to is sent."""
        inbounds = self.channel.parse(replace(arrived(raw), received_at=self.clock()))
        (accepted,) = await self.house.database.run(receive, self.house, self.inbox, inbounds)
        speaker = Speaker(self.house, cast("Dialogue", self.dialogue))
        lease = timedelta(minutes=1)
        run = self.house.database.run
        while claimed := await run(claim, self.house.vault, "w", lease, 20, self.clock()):
            for one in claimed:
                await speaker.converse(one)
        await self.delivered()
        return accepted

    async def delivered(self) -> None:
        while await deliver_some(self.house, "w", 20):
            pass

    async def says(self, number: int, text: str, then: str = "") -> None:
        """A colleague answers at the desk."""
        replying.send(self.house, self.company.agent, number, Written(text, then))
        held = HeldReply.objects.get()
        self.clock.advance(minutes=1)
        assert replying.release(self.house, held.id)
        await self.delivered()

    def words(self) -> list[str]:
        return [outbound.text for outbound in self.sent]
