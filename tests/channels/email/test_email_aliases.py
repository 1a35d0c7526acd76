"""A mailbox with several addresses: who writes to one of them is answered from it, and never from one that is not ours."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from bot import desk as desks
from bot.house import House
from channels.email import Email
from channels.email_address import conversation_of
from core.message import Outbound
from store.models import Ticket
from tests.bot.scripted import hands_over
from tests.channels.email.mailroom import Mailroom
from tests.channels.email.provider import (
    CONVERSATION,
    CUSTOMER,
    INBOX,
    OWN,
    REPLY_SECRET,
    EmailProvider,
    arrived,
    email_settings,
    mail,
)
from tests.company import StandingClock, make_company
from tests.fakes.mail import MailServers

SPANISH, SALES = "support-es@acme.example", "sales@acme.example"


def channel(servers: MailServers | None = None, **changes: object) -> Email:
    settings = {"aliases": [SPANISH, SALES.title()], **changes}
    return Email(INBOX, email_settings(servers, **settings))


def outbound(written_to: str) -> Outbound:
    said = EmailProvider().outbound("It is on its way.")
    return replace(said, extra={**said.extra, "written_to": written_to})


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"To": f"Soporte <{SPANISH.upper()}>"}, SPANISH),
        ({"To": f"boss@customers.example, {SALES}", "Cc": SPANISH}, SALES),
        ({"To": "undisclosed-recipients:;", "X_Original_To": SALES, "Delivered_To": OWN}, SALES),
        ({"To": SALES, "Delivered_To": OWN}, SALES),
        ({"To": OWN}, OWN),
        ({"To": "support-fr@acme.example"}, ""),
    ],
)
def test_which_address_a_mail_was_written_to(headers: dict[str, str], found: str) -> None:
    (inbound,) = channel().parse(arrived(mail("Hola", **headers)))
    assert inbound.extra.get("written_to", "") == found


def test_a_mailbox_of_one_address_says_nothing_of_it() -> None:
    (inbound,) = Email(INBOX, email_settings()).parse(arrived(mail("Hello", To=OWN)))
    assert "written_to" not in inbound.extra


@pytest.mark.parametrize(
    ("written_to", "answers", "sender"),
    [
        (SPANISH, True, SPANISH),
        (SALES, True, SALES),
        (OWN, True, OWN),
        ("", True, OWN),
        ("ceo@acme.example", True, OWN),
        (SPANISH, False, OWN),
    ],
)
async def test_it_is_answered_from_there_over_smtp(
    servers: MailServers, written_to: str, answers: bool, sender: str
) -> None:
    before = len(servers.sent())
    box = channel(servers, answers_from_aliases=answers)
    await box.send(outbound(written_to))
    (sent,) = servers.sent()[before:]
    assert sent.message["From"].addresses[0].addr_spec == sender
    assert sent.message["From"].addresses[0].display_name == "Maya of Acme"
    (reply_to,) = sent.message["Reply-To"].addresses
    known = conversation_of(reply_to.addr_spec, OWN, (REPLY_SECRET,))
    assert known == CONVERSATION.hex, "its threads are signed as ever"
    assert sent.sender == OWN, "bounces come back to the mailbox"


async def test_what_comes_back_from_an_alias_is_our_own(servers: MailServers) -> None:
    before = len(servers.sent())
    box = channel(servers)
    await box.send(outbound(SPANISH))
    (sent,) = servers.sent()[before:]
    assert box.parse(arrived(sent.message.as_bytes())) == []


@pytest.fixture
def post(house: House, clock: StandingClock, in_this_thread: None) -> Mailroom:
    room = Mailroom(make_company(replace(house, clock=clock)), clock)
    room.dialogue.turns.append(hands_over())
    sends = room.channel.send
    room.channel = channel()
    room.channel.send = sends  # type: ignore[method-assign]
    return room


def faces(post: Mailroom) -> list[str]:
    return [str(one.extra.get("written_to")) for one in post.sent]


async def says(post: Mailroom, number: int, text: str) -> None:
    desks.reply(post.house, post.company.other, number, text)
    await post.delivered()


async def test_a_thread_keeps_its_face_until_another_is_written_to(post: Mailroom) -> None:
    await post.brought(mail("Una persona, por favor", To=SPANISH, Message_ID="<1@c.example>"))
    number = Ticket.objects.get().number
    desks.take(post.house, post.company.other, number)
    assert faces(post) == [SPANISH], "the assistant's word too"
    await says(post, number, "Lo miro.")
    signed = post.channel._reading.reply_address.replace("@", "+x@")
    again = {"To": signed, "In_Reply_To": "<1@c.example>", "Message_ID": "<2@c.example>"}
    await post.brought(mail("Gracias, espero", **again))
    await says(post, number, "Ya está.")
    assert faces(post) == [SPANISH] * 3
    other = {"To": SALES, "In_Reply_To": "<1@c.example>", "Message_ID": "<3@c.example>"}
    await post.brought(mail("And the price?", **other))
    await says(post, number, "Ten euros.")
    assert faces(post)[-1] == SALES
    assert {one.to.value for one in post.sent} == {CUSTOMER}


async def test_rules_can_ask_for_it(post: Mailroom) -> None:
    await post.brought(mail("A person please", To=SALES))
    (case,) = post.dialogue.cases
    assert case.facts["written_to"] == SALES


async def test_fetched_from_a_real_mailbox(servers: MailServers) -> None:
    address = f"box-{uuid4().hex[:12]}@acme.example"
    box = channel(servers, address=address, imap_user=address)
    raw = mail("Hola", To=SPANISH, Message_ID=f"<{uuid4().hex}@c.example>")
    servers.deliver(raw, address)
    arrivals = box.arrivals({})
    try:
        arrival, _ = await asyncio.wait_for(anext(arrivals), 15)
    finally:
        await arrivals.aclose()
    (inbound,) = box.parse(arrival)
    assert inbound.extra["written_to"] == SPANISH
