"""Bounces as mail servers write them, made here: reports of RFC 3464, prose of qmail, Exim, Exchange and others, some without the original."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

OURS = "<row-9@acme.example>"
GONE = "gone@x.example"


@dataclass(frozen=True, slots=True)
class Returned:
    """One bounce of `OURS` to `GONE`. `kind`: `gone`, `refused` (this mail, not the address), `full` or `delay`.
    `names`: whether it says which mail it is about, or only comes back to `to`."""

    name: str
    raw: bytes
    kind: str
    names: bool = True


# What a server says, as (status, SMTP reply, kind).
SAYINGS = (
    ("5.1.1", "550 5.1.1 <gone@x.example>: Recipient address rejected: User unknown in local recipient table", "gone"),
    ("5.1.1", "550-5.1.1 The email account that you tried to reach does not exist.", "gone"),
    ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "gone"),
    ("5.1.2", "550 5.1.2 Host unknown (Name server: x.example: host not found)", "gone"),
    ("5.4.4", "550 5.4.4 Unrouteable address", "gone"),
    ("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled", "gone"),
    ("5.0.0", "550 No such recipient here", "gone"),
    ("5.2.2", "552 5.2.2 The email account that you tried to reach is over quota", "full"),
    ("5.2.2", "552 5.2.2 Mailbox full", "full"),
    ("5.3.4", "552 5.3.4 Message size exceeds fixed maximum message size", "refused"),
    ("5.7.1", "550 5.7.1 Message rejected as spam by content filtering", "refused"),
    ("5.7.26", "550 5.7.26 Unauthenticated email is not accepted due to the domain's DMARC policy", "refused"),
    ("4.2.2", "452 4.2.2 The email account is over quota", "full"),
    ("4.4.1", "connect to x.example[192.0.2.1]:25: Connection timed out", "full"),
)  # fmt: skip
SERVERS = {
    "postfix": ("Mail Delivery System <MAILER-DAEMON@mx.x.example>", "Undelivered Mail Returned to Sender"),
    "sendmail": ("Mail Delivery Subsystem <MAILER-DAEMON@x.example>", "Returned mail: see transcript for details"),
    "gmail": ("Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Delivery Status Notification (Failure)"),
    "outlook": ("postmaster@x.example", "Undeliverable: Re: Hello"),
    "ses": ("MAILER-DAEMON@eu-west-1.mail.example", "Delivery Status Notification (Failure)"),
}  # fmt: skip
THIRDS = {
    "whole": ("message/rfc822", f"Message-ID: {OURS}\nSubject: Re: Hello\n\nIt comes tomorrow.\n"),
    "headers": ("text/rfc822-headers", f"Subject: Re: Hello\nMessage-ID: {OURS}\n"),
    "none": ("", ""),
}


def returned(to: str) -> Iterator[Returned]:
    """All samples, sent to `to`."""
    for server, (sender, subject) in SERVERS.items():
        for number, (status, reply, kind) in enumerate(SAYINGS):
            third = tuple(THIRDS)[number % len(THIRDS)]
            raw = _report(to, sender, subject, status, reply, "failed", *THIRDS[third])
            yield Returned(f"{server}-{status}-{number}-{third}", raw, kind, third != "none")
        delayed = _report(
            to, sender, subject, "4.4.1", "Connection timed out", "delayed", *THIRDS["headers"]
        )
        yield Returned(f"{server}-delay", delayed, "delay")
    yield from _prose(to)


def _report(
    to: str,
    sender: str,
    subject: str,
    status: str,
    reply: str,
    action: str,
    kind: str,
    original: str,
) -> bytes:
    third = f"\n--b\nContent-Type: {kind}\n\n{original}" if kind else ""
    return f"""Return-Path: <>
From: {sender}
To: {to}
Subject: {subject}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain; charset=utf-8

This is the mail system. Your message could not be delivered to one or more recipients.

<{GONE}>: {reply}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.x.example
Arrival-Date: Tue, 2 Mar 2027 10:15:00 +0000

Final-Recipient: rfc822; {GONE}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {reply}
{third}
--b--
""".encode()


def _prose(to: str) -> Iterator[Returned]:
    original = (
        f"--- Below this line is a copy of the message.\n\nMessage-ID: {OURS}\nSubject: Re: Hello\n"
    )
    for said, kind in (
        ("Remote host said: 550 5.1.1 unknown user", "gone"),
        ("Sorry, no mailbox here by that name. (#5.1.1)", "gone"),
        ("Sorry, I couldn't find any host named x.example. (#5.1.2)", "gone"),
        ("Remote host said: 552 5.2.2 Mailbox is full", "full"),
        ("Sorry, that message size exceeds my databytes limit (#5.3.4)", "refused"),
    ):
        text = (
            "Hi. This is the qmail-send program at x.example.\nI'm afraid I wasn't able to deliver your message.\n\n"
            f"<{GONE}>:\n{said}\n\n"
        )
        head = (
            f"Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nTo: {to}\nSubject: failure notice\n\n"
        )
        yield Returned(f"qmail-{said[-18:]}", (head + text + original).encode(), kind)
    for said, kind in (
        (
            "SMTP error from remote mail server after RCPT TO:<gone@x.example>:\n    550 5.1.1 User unknown",
            "gone",
        ),
        ("Unrouteable address", "gone"),
        ("mailbox is full: retry timeout exceeded", "full"),
    ):
        raw = f"""From: Mail Delivery System <Mailer-Daemon@x.example>
X-Failed-Recipients: {GONE}
Auto-Submitted: auto-replied
To: {to}
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

  {GONE}
    {said}

------ This is a copy of the message, including all the headers. ------

Message-ID: {OURS}
"""
        yield Returned(f"exim-{said[:20]}", raw.encode(), kind)
    for subject, told in (
        ("Unzustellbar: Re: Hallo", "Ihre Nachricht wurde nicht zugestellt."),
        ("Undeliverable: Re: Hello", "Your message couldn't be delivered."),
        ("No se puede entregar: Re: Hola", "No se pudo entregar el mensaje."),
        ("Non remis : Re: Bonjour", "Votre message n'a pas été remis."),
    ):
        raw = f"""From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example>
To: {to}
Subject: {subject}
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

{told} {GONE}: 550 5.1.10 RESOLVER.ADR.RecipientNotFound
--b
Content-Type: text/rfc822-headers

Message-ID: {OURS}
--b--
"""
        yield Returned(f"exchange-{subject[:12]}", raw.encode(), "gone")
