"""A small real mail provider of the customers': takes the company's mail by SMTP and keeps it for whom it is addressed to, and brings
what its customers write to the company's own server by LMTP. It needs no Dovecot; a mailbox that is read is `mail`.

It refuses what such a provider refuses: mail without a sender, to nobody, to a domain that takes no mail, or too large.
"""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parseaddr
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

SECONDS = 20.0
LARGEST = 25 * 1024 * 1024
KEPT = 500
"""Letters; older ones go."""


@dataclass
class Letter:
    """One mail in one mailbox. `problem`: why it has not arrived, if it has not; `waits`: it is brought again."""

    number: int
    mailbox: str
    is_own: bool
    raw: bytes
    problem: str = ""
    waits: bool = False

    @property
    def message(self) -> EmailMessage:
        """The mail as the standard library reads it."""
        message = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message


@dataclass
class PostOffice:
    """All mailboxes, and the company's server that checks DMARC under `authserv_id` before it passes mail on to `lmtp`."""

    smtp: tuple[str, int]
    lmtp: tuple[str, int]
    authserv_id: str = "mx.acme.example"
    letters: list[Letter] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _count: int = 0

    def post(self, message: EmailMessage) -> Letter:
        """A customer sends a mail, whose domain says that it is theirs."""
        sender = parseaddr(str(message["From"]))[1]
        letter = self._keep(sender.lower(), True, message.as_bytes(policy=policy.SMTP))
        self._bring(letter)
        return letter

    def bring_again(self) -> None:
        """What could not be brought yet."""
        for letter in [one for one in self.letters if one.waits]:
            self._bring(letter)

    def _keep(self, mailbox: str, is_own: bool, raw: bytes) -> Letter:
        with self._lock:
            self._count += 1
            letter = Letter(self._count, mailbox, is_own, raw)
            self.letters.append(letter)
            del self.letters[:-KEPT]
        return letter

    def _bring(self, letter: Letter) -> None:
        """One recipient at a time, as LMTP has it; what fails for now waits."""
        message = letter.message
        domain = parseaddr(str(message["From"]))[1].rpartition("@")[2]
        checked = f"Authentication-Results: {self.authserv_id}; dmarc=pass header.from={domain}\r\n"
        letter.problem, letter.waits = "", False
        for _, recipient in getaddresses([str(message["To"])]):
            try:
                with smtplib.LMTP(*self.lmtp, "post", timeout=SECONDS) as server:
                    server.sendmail(letter.mailbox, [recipient], checked.encode() + letter.raw)
            except smtplib.SMTPRecipientsRefused as refused:
                code, said = refused.recipients[recipient]
                self._failed(letter, code, said)
            except smtplib.SMTPResponseException as refused:
                self._failed(letter, refused.smtp_code, refused.smtp_error)
            except (OSError, smtplib.SMTPException) as error:
                letter.problem, letter.waits = f"nobody answers: {type(error).__name__}", True

    def _failed(self, letter: Letter, code: int, said: bytes | str) -> None:
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        letter.problem, letter.waits = f"{code} {words}", 400 <= code < 500

    # ---- what aiosmtpd asks, under its own names ------------------------------------------------

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        domain = address.rpartition("@")[2].lower()
        if "@" not in address or not domain or domain.endswith("invalid"):
            return "550 5.1.2 that domain takes no mail"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 yes"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = bytes(envelope.content or b"")
        message: Any = message_from_bytes(raw, policy=policy.default)
        if len(message.get_all("From", [])) != 1:
            return "550 5.7.1 a mail has one sender"
        for recipient in envelope.rcpt_tos:
            self._keep(recipient.lower(), False, raw)
        return "250 2.0.0 it is there"


@contextmanager
def running(office: PostOffice) -> Iterator[PostOffice]:
    """Takes mail as long as it lasts."""
    host, port = office.smtp
    server = Controller(office, hostname=host, port=port, ident="post", data_size_limit=LARGEST)
    server.start()
    try:
        yield office
    finally:
        server.stop(no_assert=True)
