"""A customer's mail program, and the product's mailbox, over the real mail servers of the tests."""

from __future__ import annotations

import json
import os
import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage
from email.utils import make_msgid

from tests.fakes.mail import MailServers
from tests.product import Running

COMPANY = "support@acme.example"
CUSTOMER = "maya@customers.example"
PATIENCE = 40.0


def add_mail_inbox(running: Running, mail: MailServers, slug: str = "mail", **more: str) -> None:
    """Adds the mailbox as a person would, with the command line; the running product finds it."""
    settings = {
        "address": COMPANY,
        "name": "Fernhill",
        "imap_host": "127.0.0.1",
        "imap_port": mail.imap_port,
        "imap_security": "none",
        "imap_user": COMPANY,
        "imap_password": mail.password,
        "sent_mailbox": "Sent",
        "poll_seconds": 2,
        "smtp_host": "127.0.0.1",
        "smtp_port": mail.smtp_port,
        "smtp_security": "none",
        **more,
    }
    file = running.state / f"{slug}-inbox.json"
    file.write_text(json.dumps(settings))
    argv = [sys.executable, "-m", "bot", "inbox", "add", slug, "--channel", "email"]
    subprocess.run(
        [*argv, "--settings", str(file)],
        env={**os.environ, "THREADLINE_STATE": str(running.state)},
        check=True,
        capture_output=True,
    )


def send(
    mail: MailServers,
    subject: str,
    text: str,
    to: str = COMPANY,
    in_reply_to: str = "",
    references: str = "",
) -> EmailMessage:
    """The customer sends a mail; returns it as sent."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Maya Ruiz <{CUSTOMER}>", to, subject
    message["Message-ID"] = make_msgid(domain="customers.example")
    if in_reply_to:
        message["In-Reply-To"], message["References"] = in_reply_to, references.strip()
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", mail.smtp_port) as smtp:
        smtp.send_message(message)
    return message


def answers_to(mail: MailServers, asked: EmailMessage, count: int) -> list[EmailMessage]:
    """The first `count` mails to the customer that refer to theirs, waiting for them."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = [
            sent.message
            for sent in mail.sent()
            if CUSTOMER in sent.recipients
            and asked["Message-ID"] in (sent.message["References"] or "")
        ]
        if len(found) >= count:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{len(found)} of {count} answers came by mail")
        time.sleep(0.2)
