"""How it was, asked by mail with a link and a number: once, answered after a second resolve, and never of who wants no mail."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot import desk as desks
from bot import survey
from bot.house import House
from core.understanding import Act
from store.models import Address, Message, Survey, Ticket
from tests.bot.scripted import hands_over
from tests.channels.asked import WHY, comment, questions
from tests.channels.email.mailroom import Mailroom
from tests.channels.email.provider import CUSTOMER, mail
from tests.company import StandingClock, make_company


@pytest.fixture
def post(house: House, clock: StandingClock, in_this_thread: None) -> Mailroom:
    room = Mailroom(make_company(replace(house, clock=clock)), clock)
    room.dialogue.turns.append(hands_over())
    room.dialogue.acts[WHY] = Act.DENY
    return room


async def bring(post: Mailroom, text: str, at: int) -> None:
    """Ann's next mail in her thread."""
    headers = {"Message_ID": f"<s{at}@customers.example>"}
    headers |= {"In_Reply_To": "<s1@customers.example>"} if at > 1 else {}
    post.clock.advance(minutes=1)
    await post.brought(mail(text, **headers))


async def resolved(post: Mailroom) -> None:
    number = Ticket.objects.get().number
    desks.take(post.house, post.company.other, number)
    desks.resolve(post.house, post.company.other, number)
    await post.delivered()


async def twice(post: Mailroom) -> None:
    """Resolved, still broken, and resolved again."""
    await bring(post, "A person please", 1)
    await resolved(post)
    await bring(post, "It is still broken.", 2)
    assert Ticket.objects.get().status == Ticket.Status.OPEN
    await resolved(post)


def link(post: Mailroom) -> str:
    (asked,) = [text for text in post.words() if "How did we do?" in text]
    (token,) = re.findall(r"/survey/(\S+)", asked)
    return str(token)


async def test_the_link_of_the_one_question_serves_after_the_second_resolve(post: Mailroom) -> None:
    await twice(post)
    survey.answer(post.house, link(post), 4, "Quick answer.")
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (4, Ticket.Status.RESOLVED)
    assert (comment(post.house), questions()) == ("Quick answer.", 1)


async def test_a_number_as_the_reply_counts_with_the_reason_behind_it(post: Mailroom) -> None:
    await twice(post)
    quoted = "2\n\nOn Mon, 23 Nov 2026 Acme Support wrote:\n> How did we do?\n> 5"
    await bring(post, quoted, 3)
    assert Ticket.objects.get().rating == 2
    await bring(post, WHY, 4)
    assert (comment(post.house), Ticket.objects.get().status) == (WHY, Ticket.Status.RESOLVED)
    assert questions() == 1


async def test_the_link_serves_while_the_ticket_is_open_again(post: Mailroom) -> None:
    await bring(post, "A person please", 1)
    await resolved(post)
    await bring(post, "It is still broken.", 2)
    survey.answer(post.house, link(post), 1, "")
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (1, Ticket.Status.OPEN)


async def test_who_wants_no_mail_is_asked_at_neither(post: Mailroom) -> None:
    await bring(post, "A person please", 1)
    theirs = Address.objects.get(id=post.company.address_id(CUSTOMER))
    Address.objects.filter(id=theirs.id).update(refuses=[str(post.inbox.id)])
    await resolved(post)
    await bring(post, "It is still broken.", 2)
    await resolved(post)
    assert (questions(), Survey.objects.count()) == (0, 0)
    assert not Message.objects.filter(kind=Message.Kind.SURVEY).exists()
