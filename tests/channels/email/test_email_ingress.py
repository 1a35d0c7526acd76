"""Mail that a server brings: stored before it is answered, and brought again where that failed."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import ValidationError

from channels.contract import JUST_NOW, Arrival
from channels.email import Email
from channels.email_address import signed_address
from channels.email_settings import EmailSettings
from core.errors import TemporaryFailure
from tests.channels.email.provider import CUSTOMER, INBOX, OWN, REPLY_SECRET, email_settings, mail

TALK = "0d3a7a3c-5f0e-4c39-9a0c-3f1f6a2b7c11"


def _free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def settings(receives: str, **changes: object) -> EmailSettings:
    bare = {"imap_host": "", "imap_user": "", "imap_password": None, "listen_port": _free_port()}
    return email_settings(receives=receives, **{**bare, **changes})


class Door:
    """An inbox that listens; `store` is what the product does with each mail, and may fail."""

    def __init__(self, receives: str, store: Callable[[Arrival], None]) -> None:
        self.settings = settings(receives)
        self.channel = Email(INBOX, self.settings)
        self.store = store

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """As `bot.fetch` does: begins again after a failure."""

        async def serve() -> None:
            while True:
                with contextlib.suppress(TemporaryFailure):
                    async with contextlib.aclosing(self.channel.arrivals({})) as arrivals:
                        async for arrival, cursor in arrivals:
                            assert cursor == {}
                            self.channel.verify(arrival)
                            self.store(arrival)
                            await self.channel.settled(arrival)

        serving = asyncio.create_task(serve())
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.settings.listen_port), 0.2).close()
                break
            await asyncio.sleep(0.02)
        try:
            yield
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving

    async def bring(
        self, raw: bytes, *recipients: str, sender: str = CUSTOMER
    ) -> dict[str, object]:
        """The recipients that were refused."""

        def send() -> dict[str, object]:
            kind = smtplib.LMTP if self.settings.receives == "lmtp" else smtplib.SMTP
            with kind("127.0.0.1", self.settings.listen_port) as server:
                return dict(server.sendmail(sender, recipients or (OWN,), raw))

        return await asyncio.to_thread(send)


@pytest.mark.parametrize("receives", ["lmtp", "smtp"])
async def test_a_mail_that_is_brought_is_a_message(receives: str) -> None:
    stored: list[Arrival] = []
    door = Door(receives, stored.append)
    async with door.open():
        assert await door.bring(mail("Where is my order?")) == {}
    (arrival,) = stored
    assert arrival.received_at == JUST_NOW
    (inbound,) = door.channel.parse(arrival)
    assert (inbound.text, inbound.sender.value) == ("Where is my order?", CUSTOMER)
    assert not inbound.is_automatic


async def test_what_could_not_be_stored_is_to_come_again_and_is_the_same() -> None:
    stored: list[Arrival] = []

    def fails_once(arrival: Arrival) -> None:
        stored.append(arrival)
        if len(stored) == 1:
            raise TemporaryFailure("the database is away")

    door = Door("lmtp", fails_once)
    async with door.open():
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            await door.bring(mail("hello"))
        assert refusal.value.smtp_code == 451
        for _ in range(100):
            with contextlib.suppress(OSError, smtplib.SMTPException):
                await door.bring(mail("hello"))
                break
            await asyncio.sleep(0.05)
    ids = {door.channel.parse(arrival)[0].external_id for arrival in stored}
    assert (len(stored), len(ids)) == (2, 1)


async def test_it_takes_mail_for_its_own_addresses_alone() -> None:
    stored: list[Arrival] = []
    door = Door("lmtp", stored.append)
    signed = signed_address(OWN, TALK, REPLY_SECRET)
    async with door.open():
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            await door.bring(mail("hello"), "somebody@else.example")
        refused = await door.bring(mail("hello"), OWN, signed)
        assert refused[signed][0] == 452, "one at a time"  # type: ignore[index]
        await door.bring(mail("hello again"), signed)
    last = door.channel.parse(stored[-1])[0]
    assert [str(key) for key in last.thread_keys] == [f"conversation:{TALK}"]
    assert last.claims_conversation


async def test_a_mail_of_one_endless_line_is_taken_whole() -> None:
    stored: list[Arrival] = []
    door = Door("lmtp", stored.append)
    async with door.open():
        assert await door.bring(mail("x") + b"word " * 50_000, OWN) == {}
    assert stored[0].body.count(b"word ") == 50_000


async def test_a_null_return_path_is_a_machines() -> None:
    stored: list[Arrival] = []
    door = Door("smtp", stored.append)
    async with door.open():
        await door.bring(mail("I am away"), sender="")
    assert door.channel.parse(stored[0])[0].is_automatic


async def test_a_port_that_is_taken_is_a_temporary_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        channel = Email(INBOX, settings("lmtp", listen_port=taken.getsockname()[1]))
        with pytest.raises(TemporaryFailure, match="cannot listen"):
            await anext(channel.arrivals({}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"receives": "lmtp", "listen_port": 0},
        {"receives": "pop3"},
        {"imap_host": ""},
        {"oauth_token_url": "https://login.example/token"},
        {"oauth_token_url": "http://login.example/token", "oauth_client_id": "x"},
        {"oauth_client_id": "x", "oauth_refresh_token": "y"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        email_settings(**wrong)
