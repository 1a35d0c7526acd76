"""Two installations of ours answer one another through a real mail server that takes every telling header away: it ends (R27)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from aiosmtpd.smtp import Envelope
from pytest_django import DjangoDbBlocker

from bot.bootstrap import build_house
from bot.company import make_inbox
from bot.converse import Speaker
from bot.deliver import deliver_some
from bot.dialogue import Dialogue
from bot.house import House
from bot.receive import receive
from channels.email import Email
from store.models import Inbox, Ticket
from store.turns import claim
from tests import databases
from tests.bot.scripted import ScriptedDialogue
from tests.channels.email.provider import email_settings
from tests.company import StandingClock, make_company
from tests.fakes.mail import MailServers, NotHere

LEASE = timedelta(minutes=1)
KEPT = {"from", "to", "subject", "mime-version", "content-type", "content-transfer-encoding"}
"""What a mail needs to be one. No id, no reference, no mark of a machine survives this server."""
ONE, OTHER, ANN = "support@acme.example", "help@customers.example", "ann@customers.example"


class Forgetful(MailServers):
    """A mail server between companies that strips what it does not know, and gives each mail a new id."""

    def take(self, envelope: Envelope) -> None:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.SMTP)
        for name in set(message.keys()):
            if name.lower() not in KEPT:
                del message[name]
        message["Message-ID"] = f"<{uuid4().hex}@between.example>"
        envelope.content = message.as_bytes()
        super().take(envelope)


@dataclass
class Installation:
    """One of them: its own database, keys, mailbox and worker. Its assistant answers everything."""

    house: House
    address: str
    inbox: Inbox
    servers: MailServers
    dialogue: ScriptedDialogue = field(default_factory=ScriptedDialogue)
    taken: int = 0
    cursor: dict[str, Any] = field(default_factory=dict)

    async def works(self) -> int:
        """Takes what has come, thinks about it, sends what is to be sent; how many mails went out."""
        run, before = self.house.database.run, len(self.servers.sent())
        await self._fetch(len(self.servers.mails(self.address)) - self.taken)
        speaker = Speaker(self.house, cast("Dialogue", self.dialogue))
        while claimed := await run(claim, self.house.vault, "w", LEASE, 20, self.house.clock()):
            for one in claimed:
                await speaker.converse(one)
        while await deliver_some(self.house, "w", 20):
            pass
        return len(self.servers.sent()) - before

    async def _fetch(self, count: int) -> None:
        channel = self.house.channel_of(self.inbox)
        assert isinstance(channel, Email)
        arrivals = channel.arrivals(dict(self.cursor))
        for _ in range(count):
            arrival, self.cursor = await asyncio.wait_for(anext(arrivals), 60)
            inbounds = channel.parse(arrival)
            await self.house.database.run(receive, self.house, self.inbox, inbounds)
            await channel.settled(arrival)
            self.taken += 1
        await arrivals.aclose()


@pytest.fixture
def server() -> Iterator[Forgetful]:
    server = Forgetful()
    try:
        server.start()
    except NotHere as reason:
        pytest.skip(str(reason))
    yield server
    server.stop()


@contextmanager
def installed(
    folder: Path, address: str, server: MailServers, clock: StandingClock
) -> Iterator[Installation]:
    folder.mkdir(mode=0o700)
    databases.fill_sqlite(folder)
    settings = databases.settings_for("sqlite", folder, None)
    with databases.using(settings):
        house = replace(build_house(settings), clock=clock)
        about = email_settings(server, address=address, imap_user=address, smtp_seconds=30.0)
        told = about.model_dump(mode="json", exclude_none=True)
        told |= {
            name: value.get_secret_value()
            for name, value in about
            if hasattr(value, "get_secret_value")
        }

        def begin() -> Inbox:
            company = make_company(house)
            return make_inbox(house, company.brand, "post", "Post", "email", told)

        def look() -> int:
            time.sleep(0.05)
            return Inbox.objects.count()

        async def opened() -> Inbox:
            inbox = await house.database.run(begin)
            await asyncio.gather(*(house.database.read(look) for _ in range(8)))
            return inbox

        # All threads that talk to this database begin here, so that they keep talking to it.
        inbox = asyncio.run(opened())
    try:
        yield Installation(house, address, inbox, server)
    finally:
        house.database.close()
        house.doorbell.close()


def letter(sender: str, to: str, text: str) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, "Hello"
    message["Message-ID"] = f"<{uuid4().hex}@customers.example>"
    message.set_content(text)
    return message


@pytest.fixture
def both(
    tmp_path: Path, server: Forgetful, clock: StandingClock, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[Installation, Installation]]:
    with (
        django_db_blocker.unblock(),
        installed(tmp_path / "one", ONE, server, clock) as one,
        installed(tmp_path / "other", OTHER, server, clock) as other,
    ):
        yield one, other


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_two_of_us_stop_answering_one_another(
    both: tuple[Installation, Installation], server: Forgetful, clock: StandingClock
) -> None:
    one, other = both
    await asyncio.to_thread(server.deliver, letter(OTHER, ONE, "Is anybody there?"), ONE)
    sent: list[int] = []
    # A day and more: a round each minute while something is said, then each hour.
    while clock.now < StandingClock().now + timedelta(hours=30):
        sent.append(await one.works() + await other.works())
        clock.advance(minutes=1 if sent[-1] else 60)
    assert sent[0] == 2, "they did answer one another"
    assert sum(sent) <= 2 * 5, sent
    assert sent[-1] == 0
    raws = [message.raw.lower() for message in server.sent()]
    assert not any(b"auto-submitted" in raw or b"in-reply-to" in raw for raw in raws)
    tickets = await one.house.database.run(Ticket.objects.count)
    assert tickets > 0, "a person is told that a machine may be answering"
    before = len(server.sent())
    await asyncio.to_thread(server.deliver, letter(ANN, ONE, "And a person?"), ONE)
    await one.works()
    answered = [mail.recipients for mail in server.sent()[before:]]
    assert answered == [(ANN,)], "others are answered as ever"
