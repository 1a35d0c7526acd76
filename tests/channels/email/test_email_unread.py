"""Whom a machine may tell that their mail could not be read (R31): never a machine, a list, one of ours, or somebody whose name was only used."""

from __future__ import annotations

import pytest

from channels.email import Email
from channels.email_address import signed_address
from channels.email_unread import HEAD
from core.message import AddressKind
from tests.channels.email.provider import (
    CONVERSATION,
    CUSTOMER,
    INBOX,
    OWN,
    REPLY_SECRET,
    arrived,
    email_settings,
)

CHANNEL = Email(INBOX, email_settings())
OURS = "mx.acme.example"
DOMAIN = CUSTOMER.partition("@")[2]
FROM = f"From: Ann Example <{CUSTOMER}>"
BODY = b"\r\n\r\n\x00\xff--broken"


def told(*lines: str, rest: bytes = BODY) -> str:
    """The address that would be told, empty for nobody."""
    found = CHANNEL.answerable(arrived("\r\n".join(lines).encode() + rest))
    return found.sender.value if found else ""


def test_a_person_is_told_in_the_thread_of_their_mail() -> None:
    head = f"{FROM}\r\nSubject: Where is it?\r\nMessage-ID: <q-1@customers.example>".encode()
    found = CHANNEL.answerable(arrived(head + BODY))
    assert found is not None
    assert (found.sender.kind, found.sender.value) == (AddressKind.EMAIL, CUSTOMER)
    assert found.sender.display_name == "Ann Example"
    assert found.keys == ("<q-1@customers.example>",)


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "X-Autoreply: yes",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: OOF",
        "Precedence: junk",
        "Precedence: bulk",
        "Precedence: list",
        "Return-Path: <>",
        "Content-Type: multipart/report; report-type=delivery-status",
        "X-Failed-Recipients: somebody@elsewhere.example",
        "Subject: Automatic reply: Where is it?",
        "Subject: Undeliverable: Where is it?",
        "List-Id: <friends.lists.example>",
        "List-Unsubscribe: <https://lists.example/u>",
        "X-Beenthere: friends@lists.example",
        "X-Loop: one",
    ],
)
def test_what_a_machine_or_a_list_sent_is_told_to_nobody(line: str) -> None:
    assert told(FROM) == CUSTOMER
    assert told(FROM, line) == told(line, FROM) == ""


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "Ann",
        "<>",
        "MAILER-DAEMON@customers.example",
        "postmaster@customers.example",
        "no-reply@customers.example",
        "friends-bounces@lists.example",
        OWN,
        OWN.upper(),
        signed_address(OWN, str(CONVERSATION), REPLY_SECRET),
        f"{CUSTOMER}, bob@customers.example",
        f"{CUSTOMER}\r\nFrom: bob@customers.example",
    ],
)
def test_nobody_a_robot_ourselves_and_two_at_once_are_not_told(sender: str) -> None:
    assert told(f"From: {sender}") == ""


@pytest.mark.parametrize(
    "results",
    [
        f"dmarc=fail (p=none) header.from={DOMAIN}",
        f"dmarc=fail header.from={DOMAIN}; spf=pass smtp.mailfrom={CUSTOMER}",
        f"spf=fail smtp.mailfrom={CUSTOMER}",
        f"spf=softfail smtp.mailfrom={DOMAIN}; dkim=none",
        "dkim=fail header.d=customers.example",
        "spf=pass smtp.mailfrom=bounce@evil.example; dkim=pass header.d=evil.example; dmarc=none",
        "dkim=pass header.d=example",
        "dmarc=pass header.from=evil.example",
        "dmarc=temperror; spf=temperror",
    ],
)
def test_whose_name_was_only_used_is_not_told(results: str) -> None:
    line = f"Authentication-Results: {OURS}; {results}"
    assert told(line, FROM) == ""
    assert told(line.replace(OURS, "mx.elsewhere.example"), FROM) == CUSTOMER, "nobody's word"


@pytest.mark.parametrize(
    "results",
    [
        f"dmarc=pass header.from={DOMAIN}",
        f"spf=fail smtp.mailfrom=x@forwarder.example; dkim=pass header.d={DOMAIN}",
        f"spf=pass smtp.mailfrom={CUSTOMER}; dkim=none; dmarc=none",
        f"spf=pass smtp.mailfrom=bounce@mail.{DOMAIN}",
        f"dkim=pass header.i=@{DOMAIN} header.s=one",
        "none",
    ],
)
def test_whom_our_server_vouches_for_or_says_nothing_of_is_told(results: str) -> None:
    assert told(f"Authentication-Results: {OURS}; {results}", FROM) == CUSTOMER


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n" + FROM.encode(),
        FROM.encode(),
        FROM.encode() + b"\r\nX: " + b"x" * HEAD + b"\r\nPrecedence: list\r\n\r\nhello",
        FROM.encode() + b"\r\nX: y" * 501 + b"\r\n\r\nhello",
        (FROM.encode() + b"\r\n") * 1_000_000,
        b"From: =?utf-8?b?!!!?= <\xff\xfe@\x00>\r\n\r\n",
        b"\xff\xfe\x00" * 100_000,
        b"From: " + b"=?utf-8?q?a?= " * 9000 + b"\r\n\r\n",
        b"From: " + b"(" * 30_000 + b"\r\n\r\n",
    ],
    ids=range(10),
)
def test_headers_that_do_not_end_or_make_no_sense_name_nobody(raw: bytes) -> None:
    assert CHANNEL.answerable(arrived(raw)) is None
