"""Copies of a reply: to who got the customer's own mail, by a colleague's choice; their answers come into the same ticket, their bounces say nothing of the customer."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot import copies, replying
from bot import desk as desks
from bot.house import House
from core.errors import MalformedPayload
from core.message import AddressKind, Outbound
from store.copies import COPIED
from store.held import Written
from store.models import Address, Conversation, Event, HeldReply, Message, OutboxRow, Ticket
from tests.bot.scripted import hands_over
from tests.channels.email.bounces import GONE, OURS, returned
from tests.channels.email.mailroom import Mailroom
from tests.channels.email.provider import OWN, mail
from tests.company import StandingClock, make_company

BEN, ZOE = "ben@customers.example", "zoe@elsewhere.example"


@pytest.fixture
def post(house: House, clock: StandingClock, in_this_thread: None) -> Mailroom:
    room = Mailroom(make_company(replace(house, clock=clock)), clock)
    room.dialogue.turns.append(hands_over())
    return room


async def ticket(post: Mailroom, **headers: str) -> int:
    """Ann has written to us and to others, and a colleague has the word."""
    known = {"Cc": f"Ben <{BEN}>, {ZOE}, {OWN}", **headers}
    await post.brought(mail("A person please", **known))
    number = Ticket.objects.get().number
    desks.take(post.house, post.company.other, number)
    return int(number)


async def answer(post: Mailroom, number: int, *also: str) -> Outbound:
    written = Written("It comes tomorrow.", also=also)
    replying.send(post.house, post.company.other, number, written)
    held = HeldReply.objects.get()
    post.clock.advance(minutes=1)
    assert replying.release(post.house, held.id)
    await post.delivered()
    return post.sent[-1]


async def test_a_copy_goes_by_choice_alone(post: Mailroom) -> None:
    number = await ticket(post)
    row = Conversation.objects.get()
    assert copies.offered(post.house, row) == (BEN, ZOE)
    assert (await answer(post, number)).also == ()
    out = await answer(post, number, ZOE)
    assert [(one.kind, one.value) for one in out.also] == [(AddressKind.EMAIL, ZOE)]
    assert not [one for one in post.sent if one.is_automatic and one.also]


@pytest.mark.parametrize("stranger", ["mallory@x.example", OWN, "nonsense"])
async def test_nobody_else_gets_one(post: Mailroom, stranger: str) -> None:
    number = await ticket(post)
    with pytest.raises(MalformedPayload):
        await answer(post, number, stranger)
    assert not HeldReply.objects.exists()


async def test_who_wants_nothing_or_is_erased_gets_none(post: Mailroom) -> None:
    number = await ticket(post)
    for at, sender in enumerate((BEN, ZOE)):
        await post.brought(mail("Hello", From=sender, Message_ID=f"<o{at}@x.example>"))
    ben, zoe = (Address.objects.get(id=post.company.address_id(one)) for one in (BEN, ZOE))
    Address.objects.filter(id=ben.id).update(refuses=[str(post.inbox.id)])
    Address.objects.filter(id=zoe.id).update(key_wrapped=None)
    row = Conversation.objects.get(ticket__number=number)
    assert copies.offered(post.house, row) == ()


async def test_who_asks_to_be_left_alone_meanwhile_is(post: Mailroom) -> None:
    number = await ticket(post)
    replying.send(post.house, post.company.other, number, Written("Hello", also=(BEN, ZOE)))
    await post.brought(mail("Hello", From=BEN, Message_ID="<o1@x.example>"))
    Address.objects.filter(id=post.company.address_id(BEN)).update(refuses=[str(post.inbox.id)])
    held = HeldReply.objects.get()
    post.clock.advance(minutes=1)
    replying.release(post.house, held.id)
    await post.delivered()
    assert [one.value for one in post.sent[-1].also] == [ZOE]


async def test_their_answer_comes_into_the_same_ticket(post: Mailroom) -> None:
    number = await ticket(post)
    out = await answer(post, number, BEN)
    channel, sent = post.channel, []

    async def submit(sender: str, recipients: list[str], raw: bytes) -> None:
        sent.append((recipients, raw))

    channel._submit = submit  # type: ignore[method-assign,assignment]
    await type(channel).send(channel, out)
    ((recipients, raw),) = sent
    assert recipients[1:] == (BEN,) or list(recipients[1:]) == [BEN]
    (signed,) = re.findall(rb"^Reply-To: .*<(.+?)>", raw, re.MULTILINE)
    assert b"Cc: ben@customers.example" in raw
    await post.brought(
        mail("Fine with me.", From=f"Ben <{BEN}>", To=signed.decode(), Message_ID="<b@x.example>")
    )
    last = Message.objects.latest("seq", "accepted_at")
    assert (last.conversation.ticket.number, last.author) == (number, "customer")
    assert Ticket.objects.count() == 1


async def test_a_copy_that_comes_back_says_nothing_of_the_customer(post: Mailroom) -> None:
    number = await ticket(post, Cc=GONE)
    await answer(post, number, GONE)
    row = OutboxRow.objects.latest("id")
    sample = next(one for one in returned(OWN) if one.kind == "gone" and one.names)
    raw = sample.raw.replace(OURS.encode(), row.provider_id.encode())
    for _ in range(2):
        await post.brought(raw)
    row.refresh_from_db()
    assert row.state == OutboxRow.State.SENT
    assert Event.objects.filter(kind="copy_failed").count() == 1
    assert not Event.objects.filter(kind__in=("address_gone", "delivery_dead")).exists()
    data = Event.objects.get(kind="copy_failed").data
    assert GONE not in str(data), "an event names nobody"


async def test_what_goes_elsewhere_goes_to_the_customer_alone(post: Mailroom) -> None:
    number = await ticket(post)
    row = Conversation.objects.get(ticket__number=number)
    Address.objects.filter(id=row.address_id).update(kind="phone")
    row = Conversation.objects.select_related("address").get(id=row.id)
    assert copies.offered(post.house, row) == ()
    assert COPIED == "also"
