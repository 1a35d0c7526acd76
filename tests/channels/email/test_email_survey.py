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


async def bring(post: Mailroom, text: str, at: int, to: str = "<s1@customers.example>") -> None:
    """Ann's next mail in her thread, a reply to her first one or to another."""
    headers = {"Message_ID": f"<s{at}@customers.example>"}
    headers |= {"In_Reply_To": to, "References": f"<s1@customers.example> {to}"} if at > 1 else {}
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


def name_of(post: Mailroom, words: str) -> str:
    """The Message-ID of the mail of ours with these words."""
    (sent,) = [one for one in post.sent if words in one.text]
    return post.channel._receipt(sent).provider_id


async def since_asked(post: Mailroom) -> None:
    """She was asked, wrote again instead, and a colleague asked her something since."""
    await bring(post, "A person please", 1)
    await resolved(post)
    await bring(post, "It is still broken.", 2)
    number = Ticket.objects.get().number
    desks.reply(post.house, post.company.other, number, "How many parcels are missing?")
    desks.wait(post.house, post.company.other, number)
    await post.delivered()


async def test_a_number_that_replies_to_the_question_rates_whatever_was_asked_since(
    post: Mailroom,
) -> None:
    await since_asked(post)
    quoted = "4\n\nOn Mon, 23 Nov 2026 Acme Support wrote:\n> How did we do?"
    await bring(post, quoted, 3, name_of(post, "How did we do?"))
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (4, Ticket.Status.PENDING), "no words for anybody"


@pytest.mark.parametrize("to", ["How many parcels are missing?", ""])
async def test_a_number_that_replies_to_a_colleague_is_for_them(post: Mailroom, to: str) -> None:
    await since_asked(post)
    await bring(post, "4", 3, name_of(post, to) if to else "<s2@customers.example>")
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (None, Ticket.Status.OPEN)


async def test_words_that_reply_to_the_question_are_for_the_colleague(post: Mailroom) -> None:
    await since_asked(post)
    await bring(post, "4 parcels are missing", 3, name_of(post, "How did we do?"))
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (None, Ticket.Status.OPEN)


async def test_who_wants_no_mail_is_asked_at_neither(post: Mailroom) -> None:
    await bring(post, "A person please", 1)
    theirs = Address.objects.get(id=post.company.address_id(CUSTOMER))
    Address.objects.filter(id=theirs.id).update(refuses=[str(post.inbox.id)])
    await resolved(post)
    await bring(post, "It is still broken.", 2)
    await resolved(post)
    assert (questions(), Survey.objects.count()) == (0, 0)
    assert not Message.objects.filter(kind=Message.Kind.SURVEY).exists()
