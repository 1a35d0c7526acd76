"""What goes out: correct headers, one thread, the same mail on each attempt, nothing smuggled in."""

from __future__ import annotations

import dataclasses
import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.email import Email
from channels.email_address import conversation_of
from channels.email_compose import compose
from core.errors import PermanentFailure, TemporaryFailure
from core.ids import ThreadKey
from core.message import AddressKind, Attached, Outbound, Sender
from tests.channels.email.provider import (
    CONVERSATION,
    CUSTOMER,
    INBOX,
    OWN,
    REPLY_SECRET,
    EmailProvider,
    email_settings,
)
from tests.fakes.mail import MailServers

KNOWN = {
    "from", "to", "subject", "date", "message-id", "reply-to", "in-reply-to", "references",
    "auto-submitted", "x-auto-response-suppress", "mime-version", "content-type",
    "content-transfer-encoding",
}  # fmt: skip


def outbound(text: str = "It is on its way.", **changes: object) -> Outbound:
    return dataclasses.replace(EmailProvider().outbound(text), **changes)  # type: ignore[arg-type]


def composed(message: Outbound) -> bytes:
    return compose(
        message,
        address=OWN,
        name="Acme Support",
        reply_address=OWN,
        reply_secret=REPLY_SECRET,
        message_domain="acme.example",
        fallback_subject="Your request",
    ).as_bytes()


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_reply_to_the_letter() -> None:
    """Golden: a change here is a change for every customer."""
    reply = outbound(
        in_reply_to=(
            ThreadKey("<q1@x.example>"),
            ThreadKey("conversation:1"),
            ThreadKey("<q2@x.example>"),
        ),
        extra={"conversation": str(CONVERSATION), "ticket": "1042"},
    )
    assert composed(reply).decode().split("\r\n") == [
        "From: Maya of Acme <support@acme.example>",
        "To: Ann Example <ann@customers.example>",
        "Subject: Re: Where is my order? [#1042]",
        "Date: Mon, 23 Nov 2026 12:00:00 +0000",
        "Message-ID: <row-1@acme.example>",
        "Reply-To: Acme Support <support+0000000000000000000000000000004d.zx2oqdq6yc3as3xr@acme.example>",
        "In-Reply-To: <q2@x.example>",
        "References: <q1@x.example> <q2@x.example>",
        "Auto-Submitted: auto-replied",
        "X-Auto-Response-Suppress: All",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 7bit",
        "MIME-Version: 1.0",
        "",
        "It is on its way.",
        "",
    ]  # fmt: skip


def test_each_attempt_is_the_same_mail() -> None:
    assert composed(outbound()) == composed(outbound())


def test_a_person_is_no_machine() -> None:
    mail = parsed(composed(outbound(is_automatic=False)))
    assert mail["Auto-Submitted"] is None
    assert mail["X-Auto-Response-Suppress"] is None


def test_a_long_thread_keeps_its_root_and_its_end() -> None:
    keys = tuple(ThreadKey(f"<{'m' * 60}{n}@x.example>") for n in range(60))
    mail = parsed(composed(outbound(in_reply_to=keys)))
    named = mail["References"].split()
    assert named == [keys[0], *keys[-19:]]
    assert mail["In-Reply-To"] == keys[-1]
    raw = composed(outbound(in_reply_to=keys))
    assert b"=?" not in raw
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Order", "Re: Order"),
        ("RE: re: AW: Order", "Re: Order"),
        ("Antw: Bestelling", "Re: Bestelling"),
        ("回复：订单", "Re: 订单"),
        ("Re[2]: Order", "Re: Order"),
        ("", "Re: Your request"),
        ("Regarding my order", "Re: Regarding my order"),
    ],
)
def test_subjects_do_not_pile_up(subject: str, expected: str) -> None:
    reply = outbound(subject=subject, in_reply_to=(ThreadKey("<q1@x.example>"),))
    assert parsed(composed(reply))["Subject"] == expected


def test_a_first_mail_of_ours_is_no_reply() -> None:
    assert parsed(composed(outbound(subject="Your chat")))["Subject"] == "Your chat"


def test_long_lines_and_foreign_letters_arrive() -> None:
    text = "Größe 日本 " + "x" * 3000 + "\n.\n..two dots\nFrom here on"
    raw = composed(outbound(text))
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert parsed(raw).get_content().replace("\r\n", "\n").rstrip("\n") == text


def test_files_travel_whole() -> None:
    files = (
        Attached("Rechnung März.pdf", "application/pdf", b"%PDF\x00\xff" * 500),
        Attached("../../evil\r\nX-Evil: 1", "text/plain; charset=x\r\nX-Evil: 2", b"abc"),
    )
    mail = parsed(composed(outbound(attachments=files)))
    first, second = mail.iter_attachments()
    assert (first.get_filename(), first.get_payload(decode=True)) == (
        files[0].name,
        files[0].content,
    )
    assert second.get_payload(decode=True) == b"abc"
    assert not any("evil" in name.lower() for name in second)
    assert set(map(str.lower, mail)) <= KNOWN


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "multipart/mixed", "", "nonsense", "a/b/c", "text/plain; x=y"]
)
def test_files_of_odd_kinds_travel_as_bytes(kind: str) -> None:
    mail = parsed(composed(outbound(attachments=(Attached("x.eml", kind, b"Subject: a\n\nb"),))))
    (file,) = mail.iter_attachments()
    assert file.get_content_type() == "application/octet-stream"
    assert file.get_payload(decode=True) == b"Subject: a\n\nb"


NASTY = st.text(
    st.one_of(
        st.sampled_from('\r\n\0:;,<>@"()\\=?_ \t\x0b\x0c\x85\u2028\u202eaé日'),
        st.characters(codec=None),
    ),
    max_size=60,
) | st.sampled_from(
    [
        "x\r\nBcc: victim@x.example",
        "=?utf-8?q?x=0D=0ABcc:_victim=40x.example?=",
        "=?utf-8?b?DQpCY2M6IHZAeC5leGFtcGxl?=",
        "x\n\nbody",
        "\ud800",
        "<=?utf-8?q?=0D=0ABcc:_v=40x.example?=@x.example>",
        "a" * 3000,
    ]
)


@settings(max_examples=200, deadline=None)
@given(subject=NASTY, author=NASTY, name=NASTY, key=NASTY, earlier=NASTY, text=NASTY, ticket=NASTY)
def test_nothing_smuggles_a_header(
    subject: str, author: str, name: str, key: str, earlier: str, text: str, ticket: str
) -> None:
    raw = composed(
        Outbound(
            key=key,
            to=Sender(AddressKind.EMAIL, CUSTOMER, display_name=name),
            text=text,
            subject=subject,
            author=author,
            in_reply_to=(ThreadKey(earlier), ThreadKey(f"<{earlier}@x.example>")),
            extra={"conversation": str(CONVERSATION), "ticket": ticket},
        )
    )
    head, _, _ = raw.partition(b"\r\n\r\n")
    lines = re.split(rb"\r\n(?![ \t])", head)
    assert b"\r" not in head.replace(b"\r\n", b"")
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert {line.split(b":")[0].lower().decode() for line in lines} <= KNOWN
    assert len(lines) == len({line.split(b":")[0].lower() for line in lines})
    mail = parsed(raw)
    assert [address.addr_spec for address in mail["To"].addresses] == [CUSTOMER]
    assert not mail.defects
    assert head.isascii()


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "two@x.example, three@x.example", "a@x.example\r\nRCPT TO:<b@x.example>",
     "a b@x.example", "<a@x.example>", "a@x.example@y.example", "ünï@x.example"],
)  # fmt: skip
def test_what_is_no_address_is_never_sent_to(address: str) -> None:
    with pytest.raises(PermanentFailure):
        composed(outbound(to=Sender(AddressKind.EMAIL, address)))


def test_a_foreign_domain_is_written_in_ascii() -> None:
    mail = parsed(composed(outbound(to=Sender(AddressKind.EMAIL, "ann@bücher.example"))))
    assert mail["To"].addresses[0].addr_spec == "ann@xn--bcher-kva.example"


def test_the_signed_address_comes_back_whole() -> None:
    mail = parsed(composed(outbound()))
    address = mail["Reply-To"].addresses[0].addr_spec
    for seen in (address, address.upper()):
        assert conversation_of(seen, OWN, (REPLY_SECRET,)) == CONVERSATION.hex
    assert len(address.partition("@")[0]) <= 64


def test_every_altered_character_of_a_signed_address_is_refused() -> None:
    address = parsed(composed(outbound()))["Reply-To"].addresses[0].addr_spec
    for place, letter in enumerate(address):
        altered = address[:place] + ("b" if letter == "a" else "a") + address[place + 1 :]
        assert conversation_of(altered, OWN, (REPLY_SECRET,)) == ""
    assert conversation_of(address, OWN, ("another secret" * 3,)) == ""
    assert conversation_of(address, OWN, ("",)) == ""


async def test_it_reaches_the_customer_and_our_own_sent(servers: MailServers) -> None:
    customer = "reader@customers.example"
    receipt = await Email(INBOX, email_settings(servers)).send(
        outbound(to=Sender(AddressKind.EMAIL, customer, display_name="R"))
    )
    (mail,) = servers.mails(customer)
    assert mail["Message-ID"] == receipt.provider_id == "<row-1@acme.example>"
    assert receipt.own_keys == (receipt.provider_id, f"conversation:{CONVERSATION}")
    assert servers.sent()[-1].sender == OWN


async def test_a_lost_answer_is_unknown_and_can_be_found(servers: MailServers) -> None:
    """The server took the mail and the line broke: nobody may guess, the copy in Sent decides."""
    channel = Email(INBOX, email_settings(servers))
    reply = outbound(key="row-lost")
    servers.script(("data", "hang up"))
    with pytest.raises(TemporaryFailure) as failure:
        await channel.send(reply)
    assert not failure.value.certain
    found = await channel.find(reply)
    assert found is not None
    assert found.provider_id == "<row-lost@acme.example>"


async def test_login_is_used_when_asked_for(servers: MailServers) -> None:
    servers.requires_login = True
    try:
        good = email_settings(servers, smtp_user=OWN, smtp_password=servers.password)
        await Email(INBOX, good).send(outbound(key="row-login"))
        with pytest.raises(PermanentFailure, match="530"):
            await Email(INBOX, email_settings(servers)).send(outbound())
    finally:
        servers.requires_login = False
    assert servers.sent()[-1].message["Message-ID"] == "<row-login@acme.example>"


@pytest.mark.parametrize(
    "wrong",
    [
        {"imap_token": "x"},
        {"imap_password": None},
        {"reply_secret": "hidden"},
        {"address": "nobody"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_settings_refuse_what_cannot_work(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refusal:
        email_settings(None, **wrong)
    assert "hidden" not in str(refusal.value)
