"""What becomes of a mail: thread, sender, moment, signature, and the keys that hold a conversation together."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from uuid import UUID

import pytest

from channels.email import Email
from channels.email_address import signed_address
from channels.email_signature import without_signature
from core.message import Inbound
from tests.channels.email.provider import (
    CONVERSATION,
    CUSTOMER,
    INBOX,
    NOW,
    OLD_SECRET,
    OWN,
    REPLY_SECRET,
    arrived,
    email_settings,
    mail,
)
from tests.channels.email.test_email_quotes import GMAIL, OUTLOOK, header_block

CHANNEL = Email(INBOX, email_settings(aliases=("help@acme.example",)))
SIGNED = signed_address(OWN, str(CONVERSATION), REPLY_SECRET)
KEY = f"conversation:{CONVERSATION}"


def read(text: str = "hello", **headers: str) -> Inbound:
    (inbound,) = CHANNEL.parse(arrived(mail(text, **headers)))
    return inbound


@pytest.mark.parametrize("header", ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"])
def test_a_signed_address_proves_the_conversation_wherever_it_stands(header: str) -> None:
    headers = {"To": OWN, header: f"Acme <{SIGNED}>"}
    inbound = read(**headers, References="<forged@acme.example>")
    assert inbound.thread_keys == (KEY,)
    assert inbound.claims_conversation


def test_references_come_latest_first_and_prove_nothing() -> None:
    inbound = read(
        In_Reply_To="<c@x.example>",
        References="<a@x.example> <b@x.example> <c@x.example>",
        Subject="Re: x [#12]",
    )
    assert inbound.thread_keys == ("<c@x.example>", "<b@x.example>", "<a@x.example>", "ticket:12")
    assert not inbound.claims_conversation


@pytest.mark.parametrize(
    "address",
    [
        SIGNED.replace("@acme", "@evil"),
        SIGNED.replace("support+", "sales+"),
        signed_address(OWN, str(CONVERSATION), "somebody else's secret"),
        signed_address(OWN, str(UUID(int=78)), REPLY_SECRET).split(".")[0] + "." + SIGNED.split(".", 1)[1],
        f"support+{CONVERSATION.hex}@acme.example",
        f"support+{CONVERSATION.hex}.@acme.example",
        "support+@acme.example",
        "support+" + "a" * 5000 + ".b@acme.example",
    ],
    ids=range(8),
)  # fmt: skip
def test_other_addresses_prove_nothing(address: str) -> None:
    inbound = read(To=f"{OWN}, {address}")
    assert not inbound.claims_conversation
    assert KEY not in inbound.thread_keys


def test_the_old_secret_verifies_and_no_longer_signs() -> None:
    assert read(To=signed_address(OWN, str(CONVERSATION), OLD_SECRET)).claims_conversation
    assert signed_address(OWN, str(CONVERSATION), REPLY_SECRET) == SIGNED


def test_the_senders_date_counts_only_where_it_is_believable() -> None:
    assert read(Date="Mon, 23 Nov 2026 11:30:00 +0000").at == NOW - timedelta(minutes=30)
    for date in (
        "Mon, 23 Nov 2099 11:30:00 +0000",
        "Mon, 23 Nov 1999 11:30:00 +0000",
        "yesterday",
        "",
    ):
        assert read(Date=date).at == NOW


def test_copies_name_the_others() -> None:
    extra = read(
        To=f"{OWN}, boss@customers.example", Cc="Help <help@acme.example>, x@y.example"
    ).extra
    assert extra["copies"] == ["boss@customers.example", "x@y.example"]


def test_an_own_alias_is_an_own_address() -> None:
    assert read(From="help@acme.example").is_automatic


def test_html_alone_becomes_text_and_stays_original() -> None:
    raw = b"From: a@x.example\nContent-Type: text/html\n\n<p>Hi <b>there</b></p><script>alert(1)</script>"
    (inbound,) = CHANNEL.parse(arrived(raw))
    assert inbound.text == "Hi there"
    assert "<script>" in inbound.html


@pytest.mark.parametrize(
    ("text", "sender", "signature"),
    [
        ("Where is it?\n\n-- \nAnn Example\nTel. 555", "Ann Example", "Ann Example\nTel. 555"),
        ("Wo ist es?\n\nMit freundlichen Grüßen\nJürgen Müller\nEinkauf\nTel.: +49 89 12345", "Jürgen Müller",
         "Mit freundlichen Grüßen\nJürgen Müller\nEinkauf\nTel.: +49 89 12345"),
        ("Où est-ce ?\n\nCordialement,\n\nMarie Dupont", "Marie Dupont", "Cordialement,\n\nMarie Dupont"),
        ("Где заказ?\n\nС уважением,\nСергей Обухов", "Сергей Обухов", "С уважением,\nСергей Обухов"),
        ("どこですか。\n\n山田太郎", "山田太郎", "山田太郎"),
        ("Where is it?\n\nThanks", "Ann", ""),
        ("Thanks!\nAnn", "Ann", ""),
        ("My number:\nAB-12345", "Ann", ""),
        ("I want:\nRed Shirt\nBlue Shirt", "Ann", ""),
        ("Ann told me it is here. Is it?", "Ann", ""),
        ("", "Ann", ""),
    ],
    ids=range(11),
)  # fmt: skip
def test_signatures_are_kept_apart_if_sure(text: str, sender: str, signature: str) -> None:
    new, found = without_signature(text, sender)
    assert found == signature
    assert (new + "\n" + found).split() == [word for word in text.split() if word != "--"]


# ---- R28: conversations through the programs of this world ---------------------------------------


def reply(chance: random.Random, number: int, text: str, signed: str, sent: str) -> bytes:
    """A customer's reply as one of eight programs sends it: what they keep and what they lose."""
    style = number % 8
    quoted = "\r\n".join(f"> line {n}" for n in range(3))
    below = {
        0: f"{chance.choice(list(GMAIL.values()))}\r\n\r\n{quoted}",
        1: header_block(chance.choice(list(OUTLOOK.values()))) + "\r\n\r\nline 1",
    }.get(style % 2, "")
    headers = {
        0: {"To": signed, "In_Reply_To": sent, "References": sent},
        1: {"To": signed, "In_Reply_To": sent},
        2: {"To": OWN, "In_Reply_To": sent, "References": f"<other@x.example> {sent}"},
        3: {"To": OWN, "References": sent},
        4: {"To": f'"{signed}" <{signed.upper()}>'},
        5: {"To": "undisclosed-recipients:;", "Cc": signed},
        6: {"To": OWN, "In_Reply_To": sent.strip("<>")},
        7: {"To": OWN, "In_Reply_To": f"message of yesterday {sent}"},
    }[style]
    return mail(f"{text}\r\n\r\n{below}", **headers, Message_ID=f"<r{number}@customers.example>")


def test_three_hundred_conversations_find_their_thread() -> None:
    """300 in the suite; THREADLINE_CONVERSATIONS=20000 for a long run (R28). None may find another's thread."""
    chance = random.Random(28)
    known: dict[str, int] = {}
    for number in range(int(os.environ.get("THREADLINE_CONVERSATIONS", "300"))):
        conversation = UUID(int=chance.getrandbits(128))
        sent = f"<row-{number}@acme.example>"
        known |= {sent: number, f"conversation:{conversation}": number}
        signed = signed_address(OWN, str(conversation), REPLY_SECRET)
        text = f"answer {number} of mine"
        (inbound,) = CHANNEL.parse(arrived(reply(chance, number, text, signed, sent)))
        found = [known[key] for key in inbound.thread_keys if key in known]
        assert found[:1] == [number]
        assert inbound.text == text
        assert inbound.sender.value == CUSTOMER
