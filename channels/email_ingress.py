"""Mail that a server of ours brings by LMTP or SMTP, instead of a mailbox that is read. What a mail says does not belong here.

A mail is answered 250 when it is stored, and 451 when that failed: then the server keeps it and comes again. So none is lost,
and the one that comes twice is known by its content.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from channels.email_address import normalised
from channels.email_parse import Reading
from channels.email_settings import EmailSettings
from core.errors import TemporaryFailure

STORED_WITHIN = 60.0
_LATER = "451 4.3.0 it could not be stored now, bring it again"
_LINE = 1_000_000
"""Bytes of a line; the standard allows 998, and many programs write a whole paragraph or picture into one."""
_WAITING = 20
"""Mails that may wait to be stored; whoever brings another one waits to be asked for it."""


class Ingress:
    """One listening server for one inbox. It takes mail for the inbox's own addresses, from whoever may connect:
    `listen_host` is this machine unless you say otherwise."""

    def __init__(self, settings: EmailSettings, reading: Reading) -> None:
        self._settings, self._reading = settings, reading
        self._waiting: asyncio.Queue[tuple[bytes, asyncio.Future[str]]] = asyncio.Queue(_WAITING)

    async def mails(self) -> AsyncGenerator[tuple[int, bytes]]:
        """Each mail with its number; whoever asks for the next one has stored it. Raises `TemporaryFailure` where
        nobody can listen."""
        server = await self._listen()
        try:
            number = 0
            while True:
                raw, answer = await self._waiting.get()
                number += 1
                said = _LATER
                try:
                    yield number, raw
                    said = "250 2.6.0 stored"
                finally:
                    if not answer.done():
                        answer.set_result(said)
        finally:
            server.close()
            while not self._waiting.empty():
                _, answer = self._waiting.get_nowait()
                answer.set_result(_LATER)
            with suppress(TimeoutError):
                await asyncio.wait_for(server.wait_closed(), 1.0)

    async def _listen(self) -> asyncio.Server:
        # Only inboxes of this kind need it.
        from aiosmtpd.lmtp import LMTP
        from aiosmtpd.smtp import SMTP

        settings = self._settings

        class Speaker(LMTP if settings.receives == "lmtp" else SMTP):  # type: ignore[misc]
            line_length_limit = _LINE

        def speaker() -> SMTP:
            return Speaker(
                self,
                data_size_limit=settings.message_bytes,
                enable_SMTPUTF8=True,
                ident="mail",
                hostname=settings.address.rpartition("@")[2],
            )

        try:
            return await asyncio.get_running_loop().create_server(
                speaker, settings.listen_host, settings.listen_port
            )
        except OSError as error:
            raise TemporaryFailure(f"cannot listen for mail: {type(error).__name__}") from None

    # ---- what aiosmtpd asks, under its own names ------------------------------------------------

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Our addresses alone, and one at a time: LMTP wants an answer for each, and a mail has one."""
        if not self._is_ours(address):
            return "550 5.1.1 no such address here"
        if envelope.rcpt_tos:
            return "452 4.5.3 one recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 yes"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Waits until the mail is stored. The address it was brought to is kept above it, for a signed one tells
        the conversation."""
        sender = str(envelope.mail_from or "").strip("<> ")
        trace = f"Delivered-To: {envelope.rcpt_tos[0]}\r\nReturn-Path: <{sender}>\r\n"
        raw = trace.encode("utf-8", "replace") + bytes(envelope.original_content or b"")
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(STORED_WITHIN):
                await self._waiting.put((raw, answer))
                return await answer
        except TimeoutError:
            return _LATER

    def _is_ours(self, address: str) -> bool:
        """Also with something behind a plus, as signed reply addresses have it."""
        address = normalised(address)
        local, _, domain = address.rpartition("@")
        bare = f"{local.partition('+')[0]}@{domain}"
        return not self._reading.addresses.isdisjoint({address, bare})
