"""The line to the mail server is cut at every point of a conversation: each time an outage and no more, and every mail comes once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from channels.email import Email
from core.errors import TemporaryFailure
from tests.channels.email.provider import INBOX
from tests.channels.email.test_email_fetching import Box
from tests.fakes.mail import MailServers

MAILS = ("one", "two", "three")
MOST = 400
"""Answers of the server after which the longest conversation here has surely come to its end."""


class Cut:
    """Between us and the server; after so many pieces of the server's words it hangs up, in the middle of the last one."""

    def __init__(self, port: int, pieces: int) -> None:
        self.port, self.left, self.has_cut = port, pieces, False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        asks = asyncio.create_task(_pass_on(reader, back))
        try:
            while piece := await there.read(160):
                self.left -= 1
                if self.left < 0:
                    self.has_cut = True
                    writer.write(piece[: len(piece) // 2])
                    break
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            asks.cancel()
            for one in (writer, back):
                one.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(4096):
            writer.write(piece)
            await writer.drain()


@asynccontextmanager
async def cut(port: int, pieces: int) -> AsyncIterator[tuple[int, Cut]]:
    line = Cut(port, pieces)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], line
    finally:
        server.close()


def through(box: Box, port: int) -> Email:
    return Email(INBOX, box.settings.model_copy(update={"imap_port": port}))


async def goes_on(box: Box) -> None:
    """As far as this line carries, and then a moment of waiting."""
    async with box.fetching() as arrivals:
        for _ in MAILS:
            arrival, cursor = await asyncio.wait_for(anext(arrivals), 30)
            box.accept(arrival, cursor)
            await box.channel.settled(arrival)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(arrivals), 1)


async def test_cut_at_every_point(servers: MailServers) -> None:
    box = Box(servers, poll_seconds=0.2)
    box.deliver(*MAILS)
    whole, pieces, has_cut = box.channel, 0, True
    while has_cut and pieces < MOST:
        box.cursor, box.accepted = {}, {}
        async with cut(servers.imap_port, pieces) as (port, line):
            box.channel = through(box, port)
            with contextlib.suppress(TemporaryFailure):
                await goes_on(box)
            has_cut = line.has_cut
        assert has_cut or len(box.accepted) == len(MAILS)
        box.channel = whole
        # The cursor of the first mail that was taken; where none was, the mailbox is new.
        await box.fetch(len(MAILS) - len(box.accepted))
        assert sorted(box.accepted.values()) == sorted(MAILS), pieces
        for uid in range(1, len(MAILS) + 1):
            unread(servers, box.address, uid)
        pieces += 1
    assert 10 < pieces < MOST, "to the end of the conversation"


def unread(servers: MailServers, address: str, uid: int) -> None:
    """As it was, for the next time."""
    with servers.imap(address) as client:
        client.select("INBOX")
        client.uid("STORE", str(uid), "-FLAGS.SILENT", r"(\Seen)")
