"""The mail channel: a mailbox read over IMAP, replies sent over SMTP. How mails are read and written is in `email_*`."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from email.utils import parseaddr
from functools import partial
from typing import Any, ClassVar

import aiosmtplib
from pydantic import BaseModel

from channels.contract import JUST_NOW, Answer, Arrival, Capabilities, InOrder
from channels.contract_forms import EVERY_LOOK
from channels.contract_unread import Named
from channels.email_address import domain_of, is_plausible, normalised, signed_address
from channels.email_compose import compose, message_id
from channels.email_imap import Account, Fetched, Mailbox
from channels.email_ingress import Ingress
from channels.email_mime import Limits
from channels.email_oauth import Tokens
from channels.email_parse import Reading, conversation_key, read_inbound
from channels.email_reader import Reader
from channels.email_settings import EmailSettings, revealed
from channels.email_smtp import refused, step
from channels.email_unread import answerable
from core.errors import BadSignature, TemporaryFailure
from core.ids import InboxId, ThreadKey
from core.message import AddressKind, Inbound, Outbound, Receipt, Sender, Verified


class Email:
    """One mailbox. Fetched one by one by whoever holds the inbox's Duty; sends over a connection each."""

    name: ClassVar[str] = "email"
    Settings: ClassVar[type[BaseModel]] = EmailSettings
    can: ClassVar[Capabilities] = Capabilities(
        text_length=100_000,
        address=AddressKind.EMAIL,
        threads=True,
        subjects=True,
        attachment_bytes=15 * 1024 * 1024,
        starts=True,
    )
    most_asked: ClassVar[int] = 10
    shows = EVERY_LOOK

    def __init__(self, inbox_id: InboxId, settings: EmailSettings) -> None:
        self.inbox_id = inbox_id
        self.settings = settings
        base = settings.reply_address or settings.address
        secrets = (settings.reply_secret, settings.previous_reply_secret)
        self._reading = Reading(
            addresses=frozenset(map(normalised, (settings.address, base, *settings.aliases))),
            message_domain=domain_of(settings.address),
            reply_address=base,
            reply_secrets=tuple(revealed(secret) for secret in secrets if secret),
            authserv_id=settings.authserv_id,
            limits=Limits(message_bytes=settings.message_bytes),
            named=frozenset(map(normalised, (settings.address, *settings.aliases)))
            if settings.aliases
            else frozenset(),
            forms=frozenset(map(normalised, settings.forms)),
        )
        self._reader: Reader | None = None
        self._tokens = Tokens(settings)

    def __repr__(self) -> str:
        return f"Email({self.settings.address})"

    @property
    def answers_from(self) -> frozenset[str]:
        """The aliases, unless the mail server lets us send from the one address alone."""
        aliases = self.settings.aliases if self.settings.answers_from_aliases else ()
        return frozenset(map(normalised, aliases))

    def verify(self, arrival: Arrival) -> None:
        """Genuine is what we fetched from this mailbox ourselves; `BadSignature` for anything else.

        What a mail says about its sender is judged in `parse`, and believed only on our own mail
        server's word.
        """
        meta = arrival.meta
        if arrival.kind != "mail" or meta.get("inbox") != str(self.inbox_id):
            raise BadSignature("This mail was not fetched from this mailbox.")
        if not all(type(meta.get(name)) is int for name in ("uid", "uidvalidity")):
            raise BadSignature("This mail was not fetched from this mailbox.")

    def parse(self, arrival: Arrival) -> list[Inbound]:
        """The message in a mail; [] for our own mails that come back. Only an empty one is malformed."""
        return read_inbound(arrival, self._reading)

    def answerable(self, arrival: Arrival) -> Named | None:
        """By the first lines of what could not be read."""
        return answerable(arrival.body, self._reading)

    def acknowledge(self, arrival: Arrival) -> Answer:
        """Nobody waits for an answer to a fetched mail; see `settled`."""
        return Answer()

    async def arrivals(
        self, cursor: dict[str, Any]
    ) -> AsyncGenerator[tuple[Arrival, dict[str, Any]]]:
        """Each new mail with the cursor {uidvalidity, uid, ...} to store with it, for ever.

        At least once: a crash before the cursor is stored brings the mail again, with the same external id. Raises
        `TemporaryFailure` when the server is away. What is brought to us is answered when stored; the cursor stays.
        """
        if self.settings.receives != "imap":
            async with contextlib.aclosing(Ingress(self.settings, self._reading).mails()) as mails:
                async for number, raw in mails:
                    brought = Fetched(number, raw, len(raw), JUST_NOW)
                    yield self._arrival(brought, 0), cursor
            return
        reader = self._reader = Reader(await self._account())
        try:
            try:
                cursor = await reader.call(partial(Mailbox.resumed, cursor=cursor))
            except TemporaryFailure:
                self._tokens.forget()
                raise
            while True:
                for uid in await reader.call(partial(Mailbox.waiting, cursor=cursor)):
                    limit = self.settings.message_bytes
                    mail = await reader.call(partial(Mailbox.fetch, uid=uid, limit=limit))
                    if mail is None:  # moved or expunged between the search and now
                        continue
                    arrival = self._arrival(mail, cursor["uidvalidity"])
                    cursor = {**cursor, "uid": uid}
                    cursor.setdefault("since", arrival.received_at.isoformat())
                    yield arrival, cursor
                await reader.call(lambda box: box.wait(self.settings.poll_seconds))
        finally:
            self._reader = None
            await reader.close()

    async def begun(self) -> dict[str, Any]:
        """Where a mailbox stands that was never fetched; nothing where mail is brought to us."""
        is_ours = self.settings.receives == "imap"
        return await self._looked(partial(Mailbox.resumed, cursor={})) if is_ours else {}

    async def _looked(self, at: Callable[[Mailbox], Any]) -> Any:
        reader = Reader(await self._account())
        try:
            return await reader.call(at)
        except TemporaryFailure:
            self._tokens.forget()
            raise
        finally:
            await reader.close()

    def asked(self, typed: str) -> Sender | None:
        """A mail address, with or without a name before it; never one of our own."""
        name, address = parseaddr(typed)
        value = normalised(address)
        if not is_plausible(address) or value in self._reading.addresses:
            return None
        return Sender(AddressKind.EMAIL, value, Verified.NO, name)

    def _arrival(self, mail: Fetched, uidvalidity: int) -> Arrival:
        meta = {
            "inbox": str(self.inbox_id),
            "mailbox": self.settings.mailbox,
            "uid": mail.uid,
            "uidvalidity": uidvalidity,
            "size": mail.size,
        }
        return Arrival("mail", mail.raw, mail.received_at, method="", meta=meta)

    async def settled(self, arrival: Arrival) -> None:
        """Marks the mail as read in the mailbox, for people who look there. Losing this loses nothing."""
        uid, uidvalidity = int(arrival.meta["uid"]), int(arrival.meta["uidvalidity"])
        if self._reader is not None:
            await self._reader.call(lambda box: box.flag_seen(uid, uidvalidity))

    async def send(self, outbound: Outbound) -> Receipt:
        """One attempt over SMTP. The Message-ID is made from the outbox key: a resent mail is the same mail."""
        settings = self.settings
        written_to = str(outbound.extra.get("written_to") or "")
        mail = compose(
            outbound,
            address=written_to if written_to in self.answers_from else settings.address,
            name=settings.name,
            reply_address=self._reading.reply_address,
            reply_secret=revealed(settings.reply_secret),
            message_domain=self._reading.message_domain,
            fallback_subject=settings.fallback_subject,
            signature=settings.signature,
        )
        recipients = (outbound.to.value, *(one.value for one in outbound.also))
        await self._submit(self._comes_back_to(outbound), recipients, mail.as_bytes())
        return self._receipt(outbound)

    async def try_out(self, at: datetime) -> list[InOrder]:
        """Opens the mailbox, and signs in where mails are handed over; no mail is read or sent."""
        found = [InOrder("brought")]
        if self.settings.receives == "imap":
            await self._looked(lambda box: box.uidnext)
            found = [InOrder("reads", self.settings.mailbox)]
        smtp = self._smtp()
        try:
            await self._greet(smtp)
        finally:
            smtp.close()
        return [*found, InOrder("sends", self.settings.address)]

    def _comes_back_to(self, outbound: Outbound) -> str:
        """Where a bounce goes."""
        conversation = str(outbound.extra.get("conversation") or "")
        if not (self.settings.signed_bounces and conversation):
            return self.settings.address
        secret = revealed(self.settings.reply_secret)
        return signed_address(self._reading.reply_address, conversation, secret)

    async def _submit(self, sender: str, recipients: Sequence[str], mail: bytes) -> None:
        smtp = self._smtp()
        try:
            await self._greet(smtp)
            await step(smtp.mail(sender), "sender")
            for recipient in recipients:
                await step(smtp.rcpt(recipient), "recipient")
            try:
                await smtp.data(mail)
            except aiosmtplib.SMTPResponseException as error:
                raise refused(error, "mail") from None
            except (aiosmtplib.SMTPException, OSError) as error:
                # Everything was said; whether it was heard is unknown.
                raise TemporaryFailure(
                    f"no answer to the mail: {type(error).__name__}", certain=False
                ) from None
        finally:
            smtp.close()

    async def _greet(self, smtp: aiosmtplib.SMTP) -> None:
        """Connects and logs in. Whatever fails here is our set-up or their outage, never this mail."""
        token = await self._tokens.token() or revealed(self.settings.smtp_token)
        try:
            await smtp.connect()
            if self.settings.smtp_user and token:
                await smtp.auth_xoauth2(self.settings.smtp_user, token)
            elif self.settings.smtp_user:
                await smtp.login(self.settings.smtp_user, revealed(self.settings.smtp_password))
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            if isinstance(error, aiosmtplib.SMTPAuthenticationError):
                self._tokens.forget()
            raise TemporaryFailure(f"the mail server is away: {type(error).__name__}") from None

    def _smtp(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.settings.smtp_host,
            port=self.settings.smtp_port,
            use_tls=self.settings.smtp_security == "tls",
            start_tls=self.settings.smtp_security == "starttls",
            timeout=self.settings.smtp_seconds,
            local_hostname=domain_of(self.settings.address),
        )

    def _receipt(self, outbound: Outbound) -> Receipt:
        """Replies may refer to the mail, to its signed address, or to the number in its subject."""
        name = message_id(outbound.key, self._reading.message_domain)
        keys = [ThreadKey(name)]
        if conversation := str(outbound.extra.get("conversation") or ""):
            keys.append(conversation_key(conversation))
        if ticket := str(outbound.extra.get("ticket") or ""):
            keys.append(ThreadKey(f"ticket:{ticket.lstrip('#')}"))
        return Receipt(provider_id=name, own_keys=tuple(keys))

    async def find(self, outbound: Outbound) -> Receipt | None:
        """Looks for an earlier attempt in `sent_mailbox`.

        Raises `TemporaryFailure` with `certain=False` when none is configured: then nobody can tell.
        """
        folder = self.settings.sent_mailbox
        if not folder or not self.settings.imap_host:
            raise TemporaryFailure(
                "no mailbox of sent mails is configured to look in", certain=False
            )
        name = message_id(outbound.key, self._reading.message_domain)
        reader = Reader(await self._account())
        try:
            found = await reader.call(lambda box: box.has_message(name, folder))
        finally:
            await reader.close()
        return self._receipt(outbound) if found else None

    async def _account(self) -> Account:
        settings = self.settings
        token = await self._tokens.token() or revealed(settings.imap_token)
        return Account(
            host=settings.imap_host,
            port=settings.imap_port,
            security=settings.imap_security,
            user=settings.imap_user,
            password=revealed(settings.imap_password),
            token=token,
            folder=settings.mailbox,
        )
