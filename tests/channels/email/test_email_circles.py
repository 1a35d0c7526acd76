"""Threads of mailing lists: one ticket for one thread, and no stranger in what is between a customer and us (R28, R29)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import desk as desks
from bot import merging
from bot.house import House
from store.circles import MOST
from store.desk_ticket import open_ticket_page
from store.events import JOINED, public_after
from store.models import Conversation, Event, Message, Ticket
from tests.channels.email.mailroom import Mailroom
from tests.channels.email.provider import CUSTOMER
from tests.channels.email.test_email_lists import GOOGLE, MAILMAN, OURS, VIA, letter
from tests.company import StandingClock, make_company
from web.desk.customer import told_of_way

BOB, EVE = "Bob <bob@members.example>", "Eve <eve@members.example>"
OTHER = tuple(line.replace("buyers", "sellers") for line in MAILMAN)
ANN_ANSWERS = "In-Reply-To: <m1@customers.example>"
TRUSTED = f"Authentication-Results: {OURS}; dmarc=pass header.from=acme.example"


@pytest.fixture
def post(house: House, clock: StandingClock, in_this_thread: None) -> Mailroom:
    return Mailroom(make_company(replace(house, clock=clock)), clock)


def answer(to: str, at: str, sender: str = BOB, lines: tuple[str, ...] = MAILMAN) -> bytes:
    return letter(*lines, f"In-Reply-To: <m{to}@customers.example>", sender=sender, at=at)


async def test_one_thread_of_a_list_is_one_ticket(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    for to, at, sender in (
        ("1", "2", BOB),
        ("2", "3", EVE),
        ("1", "4", BOB),
        ("3", "5", f"Ann <{CUSTOMER}>"),
    ):
        assert (await post.brought(answer(to, at, sender))).conversation == first.conversation
    assert (Ticket.objects.count(), post.sent) == (1, [])
    joined = Event.objects.filter(kind="channel_joined")
    assert [event.data["evidence"] for event in joined] == ["list", "list"], (
        "Bob and Eve, once each"
    )


async def test_references_alone_name_the_thread(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    raw = letter(
        *MAILMAN,
        "In-Reply-To: <never-came@members.example>",
        "References: <m1@customers.example> <never-came@members.example>",
        sender=EVE,
        at="2",
    )
    assert (await post.brought(raw)).conversation == first.conversation


async def test_what_others_wrote_is_not_the_customers(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    await post.brought(answer("1", "2"))
    shown = public_after(post.house.vault, first.conversation, 0)
    assert sum(event.data["type"] == "message" for event in shown) == 1


async def test_a_colleagues_answer_goes_to_who_asked_and_to_nobody_else(post: Mailroom) -> None:
    await post.brought(letter(*MAILMAN))
    await post.brought(answer("1", "2"))
    number = Ticket.objects.get().number
    desks.take(post.house, post.company.agent, number)
    await post.says(number, "It comes tomorrow.")
    assert [(out.to.value, *out.also) for out in post.sent] == [(CUSTOMER,)]


# ---- who stays outside --------------------------------------------------------------------------


async def test_once_we_have_answered_nobody_comes_in_by_the_list(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    await post.brought(answer("1", "2"))
    number = Ticket.objects.get().number
    desks.take(post.house, post.company.agent, number)
    await post.says(number, "Your address is 4 Long Street, is it not?")
    for at, sender in (("3", EVE), ("4", BOB)):
        later = await post.brought(answer("1", at, sender))
        assert later.conversation != first.conversation, sender
    again = await post.brought(answer("1", "5", f"Ann <{CUSTOMER}>"))
    assert again.conversation == first.conversation, "it is still hers"


async def test_who_came_in_by_the_list_is_no_participant_without_it(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    await post.brought(answer("1", "2"))
    assert (await post.brought(answer("1", "3", BOB, ()))).conversation != first.conversation


async def test_a_ticket_that_did_not_begin_on_the_list_is_closed_to_it(post: Mailroom) -> None:
    """Ann has written to us alone; then she tells the list of it."""
    first = await post.brought(letter())
    told = await post.brought(letter(*MAILMAN, ANN_ANSWERS, at="2"))
    assert told.conversation == first.conversation
    for to in ("1", "2"):
        later = await post.brought(answer(to, f"3{to}", EVE))
        assert later.conversation != first.conversation


async def test_a_note_of_a_colleague_closes_nothing(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    desks.note(post.house, post.company.agent, Ticket.objects.get().number, "Known on the list.")
    assert (await post.brought(answer("1", "2"))).conversation == first.conversation


@pytest.mark.parametrize(
    "lines",
    [(), OTHER, ("Precedence: list",), ("List-Id: <buyers.lists.example>", "Precedence: bulk")],
    ids=["no list", "another list", "a list without a name", "a newsletter of its name"],
)
async def test_a_stranger_without_this_list_stays_outside(
    post: Mailroom, lines: tuple[str, ...]
) -> None:
    first = await post.brought(letter(*MAILMAN))
    assert (await post.brought(answer("1", "2", EVE, lines))).conversation != first.conversation


async def test_who_our_own_server_calls_forged_stays_outside(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    for at, sender in (("2", EVE), ("3", f"Ann <{CUSTOMER}>")):
        forged = f"Authentication-Results: {OURS}; dmarc=fail header.from=x.example"
        raw = answer("1", at, sender, (forged, *MAILMAN))
        assert (await post.brought(raw)).conversation != first.conversation


async def test_what_a_machine_writes_on_the_list_stays_outside(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    raw = answer("1", "2", EVE, (*MAILMAN, "Auto-Submitted: auto-replied"))
    assert (await post.brought(raw)).conversation != first.conversation
    assert Ticket.objects.count() == 1


async def test_nobody_follows_a_machine_into_what_was_kept(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN, "Auto-Submitted: auto-replied"))
    assert (await post.brought(answer("1", "2"))).conversation != first.conversation


async def test_a_closed_thread_stays_closed(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    Conversation.objects.update(status="closed")
    later = await post.brought(answer("1", "2"))
    row = Conversation.objects.get(id=later.conversation)
    assert (row.id != first.conversation, row.follows) == (True, None)


async def test_a_thread_ends_somewhere(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    row, one = Conversation.objects.get(id=first.conversation), Message.objects.get()
    told = Event.objects.get(message=one)
    Event.objects.bulk_create(
        Event(
            brand=told.brand,
            conversation=row,
            seq=1000 + n,
            kind="message",
            at=told.at,
            actor="customer",
            message=one,
            data=told.data,
        )
        for n in range(MOST)
    )
    assert (await post.brought(answer("1", "2"))).conversation != first.conversation


# ---- lists that put their own address over a mail -----------------------------------------------


def relayed(name: str, at: str, *lines: str) -> bytes:
    about = (*lines, *GOOGLE, f"X-Original-From: {name}")
    raw = letter(*about, sender=VIA, at=at)
    return raw if at == "1" else raw.replace(b"Subject:", ANN_ANSWERS.encode() + b"\r\nSubject:", 1)


ANN = f"Ann <{CUSTOMER}>"


async def test_a_list_whose_address_is_proven_is_believed_of_its_own_thread(post: Mailroom) -> None:
    first = await post.brought(relayed(ANN, "1", TRUSTED))
    for at, name in (("2", BOB), ("3", ANN), ("4", BOB)):
        assert (await post.brought(relayed(name, at, TRUSTED))).conversation == first.conversation
    assert Ticket.objects.count() == 1


async def test_who_only_looks_like_the_list_is_not(post: Mailroom) -> None:
    first = await post.brought(relayed(ANN, "1", TRUSTED))
    for at, name in (("2", BOB), ("3", ANN)):
        assert (await post.brought(relayed(name, at))).conversation != first.conversation


async def test_a_lists_word_adds_nothing_to_what_somebody_wrote_themselves(post: Mailroom) -> None:
    """Else whoever can make the list say so would write as her."""
    own = (TRUSTED.replace("acme.example", "customers.example"), *GOOGLE)
    first = await post.brought(letter(*own))
    assert (await post.brought(relayed(ANN, "2", TRUSTED))).conversation != first.conversation
    assert (await post.brought(relayed(BOB, "3", TRUSTED))).conversation == first.conversation


# ---- taking somebody out ------------------------------------------------------------------------


async def test_who_has_a_need_of_their_own_is_taken_out_and_answered(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    await post.brought(answer("1", "2"))
    ticket = Ticket.objects.get()
    bob = Message.objects.exclude(address=ticket.conversation.address).get().address_id
    desks.take(post.house, post.company.agent, ticket.number)
    way = f"{bob}.{post.inbox.id}"
    number = merging.part(post.house, post.company.agent, ticket.number, way)
    apart = Ticket.objects.get(number=number).conversation_id
    assert (await post.brought(answer("2", "3"))).conversation == apart
    assert (await post.brought(answer("1", "4", ANN))).conversation == first.conversation
    assert (await post.brought(answer("1", "5"))).conversation != first.conversation
    desks.take(post.house, post.company.agent, number)
    await post.says(number, "Yours comes on Monday.")
    assert [out.to.value for out in post.sent] == ["bob@members.example"]


async def test_the_desk_says_who_wrote_what(post: Mailroom) -> None:
    await post.brought(letter(*MAILMAN))
    await post.brought(answer("1", "2"))
    number = Ticket.objects.get().number
    page = open_ticket_page(post.house.vault, Ticket.objects.all(), number, post.house.clock())
    said = [(item.writer, item.is_public) for item in page.thread if item.author == "customer"]
    assert said == [("", True), ("Bob", False)]
    (came,) = [item for item in page.thread if item.kind == JOINED]
    assert told_of_way(came.kind, came.data) == "Somebody else goes on here through the same list"
