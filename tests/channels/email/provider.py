"""The other side of the mail channel: a Dovecot, an SMTP server, and a customer with a mail program."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

from channels.contract import Arrival
from channels.email import Email
from channels.email_settings import EmailSettings
from core.ids import InboxId
from core.message import AddressKind, Outbound, Receipt, Sender
from tests.contract.forms import page_looks
from tests.contract.provider import Delivered
from tests.fakes.mail import PASSWORD, MailServers

INBOX = InboxId(UUID(int=21))
CONVERSATION = UUID(int=77)
OWN = "support@acme.example"
CUSTOMER = "ann@customers.example"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REPLY_SECRET = "reply-secret-" + "r" * 32
OLD_SECRET = "older-secret-" + "o" * 32
SMTP_PASSWORD = PASSWORD


def email_settings(servers: MailServers | None = None, **changes: object) -> EmailSettings:
    """Settings for these servers, or for none."""
    values: dict[str, object] = {
        "address": OWN,
        "name": "Acme Support",
        "imap_host": "127.0.0.1",
        "imap_port": servers.imap_port if servers else 1143,
        "imap_security": "none",
        "imap_user": OWN,
        "imap_password": PASSWORD,
        "sent_mailbox": "Sent",
        "poll_seconds": 20,
        "smtp_host": "127.0.0.1",
        "smtp_port": servers.smtp_port if servers else 1025,
        "smtp_security": "none",
        "smtp_seconds": 2.0,  # the silence of the fake takes 3
        "reply_secret": REPLY_SECRET,
        "previous_reply_secret": OLD_SECRET,
        "authserv_id": "mx.acme.example",
    }
    return EmailSettings.model_validate({**values, **changes})


def arrived(raw: bytes, uid: int = 1, **meta: object) -> Arrival:
    """A mail as `arrivals` yields it."""
    known = {
        "inbox": str(INBOX),
        "mailbox": "INBOX",
        "uid": uid,
        "uidvalidity": 9,
        "size": len(raw),
    }
    return Arrival("mail", raw, NOW, method="", meta={**known, **meta})


def mail(text: str, **headers: str) -> bytes:
    """A customer's plain mail; header names with _ for -, an empty value leaves the header out."""
    known = {
        "From": f"Ann Example <{CUSTOMER}>",
        "To": OWN,
        "Subject": "Where is my order?",
        "Date": "Mon, 23 Nov 2026 11:59:00 +0000",
        "Message-ID": "<question-1@customers.example>",
    }
    message = EmailMessage(policy=SMTP)
    for name, value in {
        **known,
        **{key.replace("_", "-"): value for key, value in headers.items()},
    }.items():
        if value:
            message[name] = value
    message.set_content(text)
    return message.as_bytes()


class EmailProvider:
    """See `tests.contract.provider.Provider`."""

    secrets = (PASSWORD, REPLY_SECRET, OLD_SECRET)

    def __init__(self) -> None:
        self.servers = MailServers()
        self.channel = Email(INBOX, email_settings())

    def start(self) -> None:
        self.servers.start()
        self.behave("taken")

    def stop(self) -> None:
        self.servers.stop()

    def arrival(self, text: str) -> Arrival:
        return arrived(mail(text))

    def retried(self, arrival: Arrival) -> Arrival:
        """The mailbox was renumbered, and the copy came over another server."""
        body = b"Received: from other.example by mx2.acme.example\r\n" + arrival.body
        return dataclasses.replace(
            arrival, body=body, meta={**arrival.meta, "uid": 900, "uidvalidity": 10}
        )

    def forgeries(self) -> Mapping[str, Arrival]:
        genuine = self.arrival("hello")
        meta = dict(genuine.meta)
        without_uid = {key: value for key, value in meta.items() if key != "uid"}
        return {
            "posted to a webhook": dataclasses.replace(genuine, kind="webhook"),
            "of another inbox": dataclasses.replace(
                genuine, meta={**meta, "inbox": str(UUID(int=5))}
            ),
            "without an inbox": dataclasses.replace(genuine, meta={"uid": 1, "uidvalidity": 9}),
            "never fetched": dataclasses.replace(genuine, meta=without_uid),
            "with a uid that is text": dataclasses.replace(genuine, meta={**meta, "uid": "1"}),
            "with nothing known": dataclasses.replace(genuine, meta={}),
        }

    def with_body(self, body: bytes) -> Arrival:
        return arrived(body)

    def echoes(self) -> list[Arrival]:
        own = {
            "From": f"Acme Support <{OWN}>",
            "Message_ID": "<row-1@acme.example>",
            "To": CUSTOMER,
        }
        return [
            arrived(mail("Our answer", **own)),
            arrived(mail("Unsigned", **{**own, "From": OWN})),
        ]

    def outbound(self, text: str) -> Outbound:
        return Outbound(
            key="row-1",
            to=Sender(AddressKind.EMAIL, CUSTOMER, display_name="Ann Example"),
            text=text,
            subject="Where is my order?",
            author="Maya of Acme",
            extra={"conversation": str(CONVERSATION)},
            at=NOW,
        )

    def behave(self, outcome: str) -> None:
        changes: dict[str, object] = {}
        self.servers.scripts.clear()
        match outcome:
            case "busy":
                self.servers.script(("rcpt", "450 4.2.1 try later"))
            case "broken":
                self.servers.script(("data", "451 4.3.0 local error"))
            case "silent":
                self.servers.script(("data", "silence"))
            case "away":
                with socket.socket() as unused:
                    unused.bind(("127.0.0.1", 0))
                    changes = {"smtp_port": unused.getsockname()[1]}
            case "unauthorised":
                changes = {"smtp_user": OWN, "smtp_password": "wrong"}
            case "unknown recipient":
                self.servers.script(("rcpt", "550 5.1.1 no such user"))
        self.channel = Email(INBOX, email_settings(self.servers, **changes))

    def sent(self) -> list[Delivered]:
        found = []
        for sent in self.servers.sent():
            body = sent.message.get_body(("plain",))
            assert body is not None
            files = list(sent.message.iter_attachments())
            page = sent.message.get_body(("html",))
            looks = page_looks(page.get_content()) if page is not None else frozenset()
            found.append(Delivered(body.get_content(), attachments=len(files), looks=looks))
        return found

    def answer(self, receipt: Receipt) -> Arrival:
        """Written in a mail program that keeps no Reply-To but sets In-Reply-To."""
        reply = mail(
            "Thank you\r\n\r\nOn Mon, Nov 23, 2026 at 1:00 PM Maya wrote:\r\n> reply",
            Subject="Re: Where is my order?",
            Message_ID="<question-2@customers.example>",
            In_Reply_To=receipt.provider_id,
        )
        return arrived(reply, uid=2)


def provider() -> EmailProvider:
    """What the contract suite asks for."""
    return EmailProvider()
