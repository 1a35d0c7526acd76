"""Fetching from a real Dovecot: nothing lost, nothing twice, whatever breaks in between."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from channels.contract import Arrival
from channels.email import Email
from core.errors import TemporaryFailure
from core.ids import ExternalId
from tests.channels.email.provider import INBOX, email_settings, mail
from tests.fakes.mail import MailServers, NotHere

DEATHS = int(os.environ.get("THREADLINE_DEATHS", "50"))
"""50 in the suite, which is what the bar asks; THREADLINE_DEATHS=500 for a long run (R30)."""
Fetching = AsyncIterator[tuple[Arrival, dict[str, Any]]]


class Box:
    """A fresh mailbox, the channel that reads it, and what a worker would store about it."""

    def __init__(self, servers: MailServers, **changes: object) -> None:
        self.servers = servers
        self.address = f"box-{uuid4().hex[:12]}@acme.example"
        self.settings = email_settings(
            servers, address=self.address, imap_user=self.address, **changes
        )
        self.channel = Email(INBOX, self.settings)
        self.cursor: dict[str, Any] = {}
        self.accepted: dict[ExternalId, str] = {}

    def deliver(self, *texts: str) -> None:
        for text in texts:
            name = f"<{uuid4().hex}@customers.example>"
            self.servers.deliver(mail(text, To=self.address, Message_ID=name), self.address)

    @asynccontextmanager
    async def fetching(self) -> AsyncIterator[Fetching]:
        arrivals = self.channel.arrivals(dict(self.cursor))
        try:
            yield arrivals
        finally:
            await arrivals.aclose()  # type: ignore[attr-defined]

    def accept(self, arrival: Arrival, cursor: dict[str, Any]) -> bool:
        """The worker's transaction: the cursor with the message, unless it is known. True when new."""
        self.channel.verify(arrival)
        (inbound,) = self.channel.parse(arrival)
        is_new = inbound.external_id not in self.accepted
        self.accepted.setdefault(inbound.external_id, inbound.text)
        self.cursor = cursor
        return is_new

    async def fetch(self, count: int) -> list[str]:
        """Takes this many mails and stops, as a worker that is told to."""
        taken = []
        async with self.fetching() as arrivals:
            for _ in range(count):
                arrival, cursor = await asyncio.wait_for(anext(arrivals), 15)
                self.accept(arrival, cursor)
                await self.channel.settled(arrival)
                taken.append(self.channel.parse(arrival)[0].text)
        return taken

    async def nothing_more(self, seconds: float = 0.6) -> None:
        async with self.fetching() as arrivals:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(arrivals), seconds)


async def test_mails_come_in_order_and_once(servers: MailServers) -> None:
    box = Box(servers)
    box.deliver("one", "two", "three")
    assert await box.fetch(2) == ["one", "two"]
    assert await box.fetch(1) == ["three"]
    await box.nothing_more()
    assert servers.seen(box.address) == 3


async def test_a_new_mail_wakes_the_wait(servers: MailServers) -> None:
    box = Box(servers, poll_seconds=60)
    async with box.fetching() as arrivals:
        waiting = asyncio.ensure_future(anext(arrivals))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        await asyncio.to_thread(box.deliver, "wake up")
        arrival, _ = await asyncio.wait_for(waiting, 10)
    assert box.channel.parse(arrival)[0].text == "wake up"


async def test_the_past_of_a_mailbox_is_not_answered(servers: MailServers) -> None:
    """Only unread mails of the time before the first look are taken; later ones read or not."""
    box = Box(servers)
    box.deliver("old and read", "old and unread")
    with servers.imap(box.address) as client:
        client.select("INBOX")
        client.store("1", "+FLAGS", "\\Seen")
    assert await box.fetch(1) == ["old and unread"]
    box.deliver("new, read by a person at once")
    with servers.imap(box.address) as client:
        client.select("INBOX")
        client.store("3", "+FLAGS", "\\Seen")
    assert await box.fetch(1) == ["new, read by a person at once"]


async def test_mail_that_came_while_nobody_fetched_is_taken_though_it_was_read_elsewhere(
    servers: MailServers,
) -> None:
    box = Box(servers)
    box.deliver("old and read", "old and unread")
    with servers.imap(box.address) as client:
        client.select("INBOX")
        client.store("1", "+FLAGS", "\\Seen")
    box.cursor = await box.channel.begun()
    box.deliver("read by a person before anybody fetched")
    with servers.imap(box.address) as client:
        client.select("INBOX")
        client.store("3", "+FLAGS", "\\Seen")
    assert await box.fetch(2) == ["old and unread", "read by a person before anybody fetched"]
    await box.nothing_more()


async def test_a_crash_before_the_commit_brings_the_mail_again(servers: MailServers) -> None:
    box = Box(servers)
    box.deliver("first", "second")
    async with box.fetching() as arrivals:
        lost, _ = await asyncio.wait_for(anext(arrivals), 15)  # the process dies here
    assert await box.fetch(2) == ["first", "second"]
    assert box.channel.parse(lost)[0].external_id in box.accepted
    assert len(box.accepted) == 2


async def test_a_crash_after_the_commit_does_not(servers: MailServers) -> None:
    box = Box(servers)
    box.deliver("first", "second")
    async with box.fetching() as arrivals:
        box.accept(*await asyncio.wait_for(anext(arrivals), 15))  # dies before `settled`
    assert await box.fetch(1) == ["second"]


async def test_a_renumbered_mailbox_is_read_again_and_known_by_content(
    servers: MailServers,
) -> None:
    box = Box(servers)
    box.deliver("before one", "before two")
    await box.fetch(2)
    known = box.cursor["uidvalidity"]
    await asyncio.to_thread(servers.renumber, box.address)
    box.deliver("after")
    async with box.fetching() as arrivals:
        news = [box.accept(*await asyncio.wait_for(anext(arrivals), 15)) for _ in range(3)]
    assert sorted(news) == [False, False, True]
    assert box.cursor["uidvalidity"] != known
    await box.nothing_more()


async def test_a_mail_moved_away_and_back_is_not_new(servers: MailServers) -> None:
    box = Box(servers)
    box.deliver("moving")
    await box.fetch(1)
    with servers.imap(box.address) as client:
        client.create("Archive")
        client.select("INBOX")
        client.copy("1", "Archive")
        client.store("1", "+FLAGS", "\\Deleted")
        client.expunge()
        client.select("Archive")
        client.copy("1", "INBOX")
    async with box.fetching() as arrivals:
        assert not box.accept(*await asyncio.wait_for(anext(arrivals), 15))


async def test_a_deleted_mail_neither_blocks_nor_returns(servers: MailServers) -> None:
    box = Box(servers)
    box.deliver("stays", "goes", "comes")
    async with box.fetching() as arrivals:
        box.accept(*await asyncio.wait_for(anext(arrivals), 15))
        with servers.imap(box.address) as client:  # after the listing, before the fetch
            client.select("INBOX")
            client.store("2", "+FLAGS", "\\Deleted")
            client.expunge()
        box.accept(*await asyncio.wait_for(anext(arrivals), 15))
    assert list(box.accepted.values()) == ["stays", "comes"]


async def test_two_copies_of_one_mail_are_one_message(servers: MailServers) -> None:
    """To: support@, Cc: sales@, both in this mailbox: the trace headers differ, the mail does not."""
    box = Box(servers)
    raw = mail("to both", To=box.address)
    servers.deliver(b"Received: by a\r\nDelivered-To: support@acme.example\r\n" + raw, box.address)
    servers.deliver(b"Received: by b\r\nDelivered-To: sales@acme.example\r\n" + raw, box.address)
    await box.fetch(2)
    assert len(box.accepted) == 1


async def test_another_mail_under_a_copied_message_id_is_another_message(
    servers: MailServers,
) -> None:
    box = Box(servers)
    for text in ("the real one", "the one that wants to be first"):
        servers.deliver(mail(text, To=box.address, Message_ID="<same@x.example>"), box.address)
    await box.fetch(2)
    assert len(box.accepted) == 2


async def test_a_huge_mail_is_read_to_the_limit_and_says_so(servers: MailServers) -> None:
    box = Box(servers, message_bytes=1_000_000)
    servers.deliver(mail("x" * 70 + "\n" + ("y" * 70 + "\n") * 20_000, To=box.address), box.address)
    box.deliver("the next one")
    async with box.fetching() as arrivals:
        huge, cursor = await asyncio.wait_for(anext(arrivals), 15)
        box.accept(huge, cursor)
        box.accept(*await asyncio.wait_for(anext(arrivals), 15))
    (inbound,) = box.channel.parse(huge)
    assert len(huge.body) == 1_000_000
    assert "more than is accepted" in inbound.attachments[-1].problem
    assert list(box.accepted.values())[1] == "the next one"


async def test_a_server_that_goes_away_is_a_temporary_failure(servers: MailServers) -> None:
    box = Box(servers, poll_seconds=1)
    box.deliver("before")
    async with box.fetching() as arrivals:
        box.accept(*await asyncio.wait_for(anext(arrivals), 15))
        await asyncio.to_thread(servers.stop_dovecot)
        try:
            with pytest.raises(TemporaryFailure):
                await asyncio.wait_for(anext(arrivals), 15)
            with pytest.raises(TemporaryFailure):
                await anext(box.channel.arrivals({}))
        finally:
            await asyncio.to_thread(servers.start_dovecot)
    box.deliver("after")
    assert await box.fetch(1) == ["after"]


async def test_a_server_that_dies_while_we_wait_is_noticed(servers: MailServers) -> None:
    box = Box(servers, poll_seconds=600)
    async with box.fetching() as arrivals:
        waiting = asyncio.ensure_future(anext(arrivals))
        await asyncio.sleep(0.5)
        await asyncio.to_thread(servers.stop_dovecot)
        try:
            with pytest.raises(TemporaryFailure):
                await asyncio.wait_for(waiting, 15)
        finally:
            await asyncio.to_thread(servers.start_dovecot)


async def test_a_server_without_idle_is_asked_again_and_again() -> None:
    servers = MailServers(has_idle=False)
    try:
        servers.start()
    except NotHere as reason:
        pytest.skip(str(reason))
    try:
        box = Box(servers, poll_seconds=0.3)
        async with box.fetching() as arrivals:
            waiting = asyncio.ensure_future(anext(arrivals))
            await asyncio.sleep(0.5)
            await asyncio.to_thread(box.deliver, "polled")
            arrival, _ = await asyncio.wait_for(waiting, 15)
        assert box.channel.parse(arrival)[0].text == "polled"
    finally:
        servers.stop()


async def test_a_refused_login_tells_no_secret(servers: MailServers) -> None:
    box = Box(servers, imap_password="wrong-but-secret")
    with pytest.raises(TemporaryFailure) as failure:
        await anext(box.channel.arrivals({}))
    error: BaseException | None = failure.value
    while error is not None:
        assert "wrong-but-secret" not in f"{error!r} {error}"
        error = error.__context__


async def test_a_backlog_is_taken_whole(servers: MailServers) -> None:
    box = Box(servers)
    with servers.imap(box.address) as client:
        for number in range(60):
            raw = mail(f"mail {number}", To=box.address, Message_ID=f"<{number}@x.example>")
            client.append("INBOX", "", "", raw)
    assert await box.fetch(60) == [f"mail {number}" for number in range(60)]


@pytest.mark.slow
@pytest.mark.timeout(max(180, 12 * DEATHS))
async def test_killed_at_every_point_nothing_is_lost_or_doubled(servers: MailServers) -> None:
    """So often each: the worker dies after the fetch, after the commit, after the flag."""
    box = Box(servers)
    texts = [f"mail {number}" for number in range(DEATHS)]
    box.deliver(*texts)
    for number in range(3 * DEATHS):
        point = number % 3
        async with box.fetching() as arrivals:
            try:
                arrival, cursor = await asyncio.wait_for(anext(arrivals), 2)
            except TimeoutError:
                break
            if point > 0:
                assert box.accept(arrival, cursor)
            if point > 1:
                await box.channel.settled(arrival)
    assert list(box.accepted.values()) == texts


async def test_find_looks_among_what_was_sent(servers: MailServers) -> None:
    from tests.channels.email.provider import EmailProvider

    box = Box(servers)
    outbound = EmailProvider().outbound("hello")
    assert await box.channel.find(outbound) is None
    receipt = await box.channel.send(outbound)
    assert await box.channel.find(outbound) == receipt
    blind = Email(INBOX, box.settings.model_copy(update={"sent_mailbox": ""}))
    with pytest.raises(TemporaryFailure) as failure:
        await blind.find(outbound)
    assert not failure.value.certain
