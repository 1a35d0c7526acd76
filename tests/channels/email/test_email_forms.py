"""Mail of a website's own forms: who filled one in is the customer, by the form's word alone; and what stands beneath our mails."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from bot.house import House
from channels.email import Email
from channels.email_address import signed_address
from channels.email_compose import compose
from channels.email_parse import read_mail
from core.message import AddressKind, Inbound, Kept, Outbound, Sender, Verified
from core.rich import Paragraph, Run
from store.bodies import sender_of
from store.models import Address, Ticket
from tests.channels.email.mailroom import Mailroom
from tests.channels.email.provider import (
    CONVERSATION,
    CUSTOMER,
    INBOX,
    OWN,
    REPLY_SECRET,
    arrived,
    email_settings,
)
from tests.company import StandingClock, make_company

FORM = "noreply@acme.example"
CHANNEL = Email(INBOX, email_settings(forms=(FORM, OWN)))


def filled(*lines: str, sender: str = FORM, reply: str = f"Ann Example <{CUSTOMER}>") -> bytes:
    head = [
        *lines,
        f"From: Acme website <{sender}>",
        f"To: {OWN}",
        *([f"Reply-To: {reply}"] if reply else []),
        "Subject: Contact form",
        "Message-ID: <f1@web.acme.example>",
    ]
    return ("\r\n".join(head) + "\r\n\r\nWhere is my order?\r\n").encode()


def read(raw: bytes) -> Inbound:
    (inbound,) = CHANNEL.parse(arrived(raw))
    return inbound


@pytest.mark.parametrize("sender", [FORM, OWN, FORM.upper()])
@pytest.mark.parametrize(
    "line", ["X-Mailer: form", "Auto-Submitted: auto-generated", "Precedence: bulk"]
)
def test_who_filled_it_in_is_the_sender(sender: str, line: str) -> None:
    inbound = read(filled(line, sender=sender))
    assert (inbound.sender.value, inbound.sender.display_name) == (CUSTOMER, "Ann Example")
    assert inbound.sender.verified is Verified.NO
    assert (inbound.is_automatic, inbound.for_people, inbound.extra.get("kept")) == (
        False,
        "",
        None,
    )


def test_it_proves_nothing() -> None:
    proven = "Authentication-Results: mx.acme.example; dmarc=pass header.from=acme.example"
    inbound = read(filled(proven, "In-Reply-To: <row-1@acme.example>"))
    assert (inbound.sender.verified, inbound.thread_keys) == (Verified.NO, ())


@pytest.mark.parametrize(
    "reply", ["", OWN, FORM, "nobody", signed_address(OWN, str(CONVERSATION), REPLY_SECRET)]
)
def test_without_somebody_else_it_is_a_machine_as_ever(reply: str) -> None:
    inbound = read(filled(reply=reply))
    assert (inbound.sender.value, inbound.extra["kept"]) == (FORM, Kept.ROBOT)


def test_a_forged_one_is_no_form() -> None:
    failed = "Authentication-Results: mx.acme.example; dmarc=fail header.from=acme.example"
    assert read(filled(failed)).sender.value == FORM


def test_nobody_elses_reply_to_is_believed() -> None:
    inbound = read(filled(sender="somebody@else.example"))
    assert inbound.sender.value == "somebody@else.example"
    assert inbound.extra["reply_to"] == CUSTOMER, "the desk says so"


def test_a_bounce_to_the_form_is_one() -> None:
    raw = filled("Content-Type: multipart/report; report-type=delivery-status; boundary=b")
    assert read(raw).is_automatic


@pytest.fixture
def post(house: House, clock: StandingClock, in_this_thread: None) -> Mailroom:
    room = Mailroom(make_company(replace(house, clock=clock)), clock)
    room.channel._reading = CHANNEL._reading
    return room


async def test_the_answer_goes_to_who_filled_it_in(post: Mailroom) -> None:
    await post.brought(filled("Auto-Submitted: auto-generated"))
    (out,) = post.sent
    assert (out.to.value, out.text) == (CUSTOMER, "Answer to: Where is my order?")
    who = sender_of(post.house.vault, Address.objects.get())
    assert who.display_name == "Ann Example"
    assert not Ticket.objects.exists()


# ---- what stands beneath ------------------------------------------------------------------------


def composed(*lines: str, rich: bool = False) -> bytes:
    form = (Paragraph((Run("It comes tomorrow."),)),) if rich else ()
    said = Outbound(
        key="row", to=Sender(AddressKind.EMAIL, CUSTOMER), text="It comes tomorrow.", rich=form
    )
    mail = compose(
        said,
        address=OWN,
        name="Acme",
        reply_address=OWN,
        reply_secret=REPLY_SECRET,
        message_domain="acme.example",
        fallback_subject="x",
        signature=lines,
    )
    return cast("bytes", mail.as_bytes())


def test_the_signature_stands_beneath_a_line_that_programs_know() -> None:
    mail = read_mail(composed("Acme Ltd, 1 High Street", "Company no. 471 <x>"))
    assert mail.body.texts == (
        "It comes tomorrow.\n\n-- \nAcme Ltd, 1 High Street\nCompany no. 471 <x>\n",
    )


def test_of_a_page_it_is_part_as_text() -> None:
    mail = read_mail(composed("Acme <b>Ltd</b>", rich=True))
    (page,) = mail.body.htmls
    assert "Acme &lt;b&gt;Ltd&lt;/b&gt;" in page


def test_without_one_nothing_stands_there() -> None:
    assert read_mail(composed()).body.texts == ("It comes tomorrow.\n",)
    assert b"-- " not in composed("", rich=True)
