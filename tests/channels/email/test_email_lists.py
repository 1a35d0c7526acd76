"""Mail through mailing lists: no machine answers it, and no person who writes through one is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import desk as desks
from bot.house import House
from channels.email import Email
from channels.email_address import signed_address
from core.message import Inbound, Verified
from store.models import Conversation, Message, OutboxRow, Ticket
from store.withheld import THROUGH_A_LIST
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

CHANNEL = Email(INBOX, email_settings())
OURS = "mx.acme.example"


def letter(*lines: str, sender: str = f"Ann <{CUSTOMER}>", at: str = "1", to: str = OWN) -> bytes:
    head = [
        *lines,
        f"From: {sender}",
        f"To: {to}",
        "Subject: Where is my order?",
        f"Message-ID: <m{at}@customers.example>",
    ]
    return ("\r\n".join(head) + "\r\n\r\nIt has not come.\r\n").encode()


def read(raw: bytes) -> Inbound:
    (inbound,) = CHANNEL.parse(arrived(raw))
    return inbound


MAILMAN = (
    "Precedence: list",
    "List-Id: Buyers <buyers.lists.example>",
    "List-Unsubscribe: <https://lists.example/options>, <mailto:buyers-request@lists.example?subject=unsubscribe>",
    "List-Post: <mailto:buyers@lists.example>",
)
GOOGLE = (
    "Precedence: list",
    "Mailing-list: list support@acme.example; contact support+owners@acme.example",
    "List-ID: <support.acme.example>",
    "X-Google-Group-Id: 123456789012",
    f"List-Post: <https://groups.google.example/a/acme.example/group/support/post>, <mailto:{OWN}>",
)
PEOPLE = {
    "Mailman": (MAILMAN, "list"),
    "Google group": (GOOGLE, "list"),
    "ezmlm, which says bulk": (
        ("Precedence: bulk", "Mailing-List: contact l-help@x.example", "List-Post: <mailto:l@x.example>"),
        "list",
    ),
    "Groups.io, which says bulk and one click": (
        (
            "Precedence: Bulk",
            "Mailing-List: list main@groups.example; contact main+owner@groups.example",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "List-Unsubscribe: <https://groups.example/unsub>",
        ),
        "list",
    ),
    "a list that guards against loops": ((*MAILMAN, "X-Loop: buyers@lists.example"), "list"),
    "a list by way of a mail service": ((*MAILMAN, "Feedback-ID: 1.eu:service"), "list"),
    "only precedence": (("Precedence: list",), "list"),
    "their own List-Unsubscribe": (("List-Unsubscribe: <mailto:off@customers.example>",), "list"),
    "Exchange distribution group": (("X-Auto-Response-Suppress: DR, OOF, AutoReply",), "bulk"),
    "redirected by an inbox rule": (("X-MS-Exchange-Inbox-Rules-Loop: info@acme.example",), "bulk"),
    "a forwarder's loop guard": (("X-Loop: ann@customers.example",), "bulk"),
    "a company that sends all by a service": (("Feedback-ID: 1.eu-west-1:service",), "bulk"),
}  # fmt: skip
MACHINES = {
    "newsletter": (
        "List-Id: <news.shop.example>", "List-Unsubscribe: <https://shop.example/u>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click", "Feedback-ID: 5:shop",
    ),
    "bulk with a way out": ("Precedence: bulk", "List-Unsubscribe: <https://shop.example/u>"),
    "bulk": ("Precedence: bulk",),
    "nobody may post": ("List-Id: <news.x.example>", "List-Post: NO"),
    "one click": ("List-Unsubscribe: <https://x.example>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
    "campaign": ("X-Campaign-ID: 5", "List-Unsubscribe: <https://x.example>"),
    "absence to a list": (*MAILMAN, "Auto-Submitted: auto-replied"),
    "absence to a group": (*GOOGLE, "X-Autoreply: yes"),
    "junk": (*MAILMAN, "Precedence: junk"),
    "null sender": (*MAILMAN, "Return-Path: <>"),
    "report": (*MAILMAN, "Content-Type: multipart/report; report-type=delivery-status; boundary=b"),
    "suppressed altogether": (*MAILMAN, "X-Auto-Response-Suppress: All"),
}  # fmt: skip


@pytest.mark.parametrize("about", PEOPLE)
def test_what_people_may_have_typed_goes_to_people_and_gets_no_answer(about: str) -> None:
    lines, why = PEOPLE[about]
    inbound = read(letter(*lines))
    assert (inbound.is_automatic, inbound.for_people, inbound.is_typed) == (True, why, True)


@pytest.mark.parametrize("about", MACHINES)
def test_newsletters_and_machines_on_lists_are_stored_and_no_more(about: str) -> None:
    inbound = read(letter(*MACHINES[about]))
    assert (inbound.is_automatic, inbound.for_people, inbound.is_typed) == (True, "", False)


@pytest.mark.parametrize(
    "sender", ["noreply@x.example", "buyers-bounces@lists.example", OWN, "mailer-daemon@x.example"]
)
def test_a_robots_address_on_a_list_is_a_robots(sender: str) -> None:
    assert read(letter(*MAILMAN, sender=sender)).for_people == ""


def test_an_absence_told_by_its_subject_alone_is_one_on_a_list_too() -> None:
    raw = letter(*MAILMAN).replace(b"Where is my order?", b"Automatic reply: Hello")
    assert read(raw).for_people == ""


def test_who_writes_to_us_alone_is_no_member_of_a_list() -> None:
    inbound = read(letter())
    assert (inbound.is_automatic, inbound.for_people) == (False, "")


# ---- lists that put their own address over a mail -----------------------------------------------

VIA = f"'Ann Example' via Support <{OWN}>"


@pytest.mark.parametrize(
    "lines",
    [
        (f"X-Original-From: Ann Example <{CUSTOMER}>", f"Reply-To: Ann Example <{CUSTOMER}>"),
        (f"Reply-To: Ann Example <{CUSTOMER}>",),
        (f"Reply-To: {OWN}, Ann Example <{CUSTOMER}>",),
        (f"X-Original-Sender: {CUSTOMER}",),
    ],
    ids=range(4),
)
def test_the_writer_is_who_the_list_says(lines: tuple[str, ...]) -> None:
    inbound = read(letter(*GOOGLE, *lines, sender=VIA))
    assert (inbound.sender.value, inbound.for_people) == (CUSTOMER, "list")


def test_a_lists_word_proves_nobody_and_opens_no_thread() -> None:
    """Else whoever runs a list of that name could write as anybody of the same domain, or under their ticket's number."""
    lines = (
        f"Authentication-Results: {OURS}; dmarc=pass header.from=customers.example",
        "List-Post: <mailto:list@customers.example>",
        f"Reply-To: {CUSTOMER}",
        "In-Reply-To: <row-1@acme.example>",
    )
    raw = letter(*lines, sender="list@customers.example").replace(b"my order", b"it [#1042]")
    inbound = read(raw)
    assert (inbound.sender.value, inbound.sender.verified) == (CUSTOMER, Verified.NO)
    assert inbound.thread_keys == ()


def test_without_a_list_a_reply_to_is_no_sender() -> None:
    assert read(letter("Reply-To: somebody@else.example")).sender.value == CUSTOMER
    assert read(letter(*MAILMAN, "Reply-To: buyers@lists.example")).sender.value == CUSTOMER


def test_our_own_mail_that_a_list_brings_back_is_nothing() -> None:
    signed = signed_address(OWN, str(CONVERSATION), REPLY_SECRET)
    raw = letter(*MAILMAN, f"Reply-To: {signed}", sender="Maya via Buyers <buyers@lists.example>")
    ours = raw.replace(b"<m1@customers.example>", b"<row@acme.example>")
    assert CHANNEL.parse(arrived(ours)) == []


# ---- on the house -------------------------------------------------------------------------------


@pytest.fixture
def post(house: House, clock: StandingClock, in_this_thread: None) -> Mailroom:
    return Mailroom(make_company(replace(house, clock=clock)), clock)


@pytest.mark.parametrize("about", PEOPLE)
async def test_a_first_mail_through_a_list_is_a_quiet_ticket(post: Mailroom, about: str) -> None:
    lines, why = PEOPLE[about]
    await post.brought(letter(*lines))
    assert post.sent == []
    assert not OutboxRow.objects.exists()
    assert not Message.objects.exclude(author=Message.Author.CUSTOMER).exists()
    ticket = Ticket.objects.select_related("conversation", "decision").get()
    assert (ticket.team, ticket.reason) == (post.company.triage, why)
    assert ticket.conversation.speaker == Conversation.Speaker.QUEUE
    assert post.dialogue.heard == []


async def test_a_newsletter_is_kept_and_nobody_is_called(post: Mailroom) -> None:
    await post.brought(letter(*MACHINES["newsletter"]))
    assert (post.sent, Ticket.objects.count()) == ([], 0)
    assert Message.objects.get().is_automatic


async def test_later_list_mail_goes_to_the_ticket_and_wakes_it(post: Mailroom) -> None:
    first = await post.brought(letter(*MAILMAN))
    ticket = Ticket.objects.get()
    desks.take(post.house, post.company.agent, ticket.number)
    await post.says(ticket.number, "Which order?", "wait")
    assert Ticket.objects.get().status == Ticket.Status.PENDING
    later = await post.brought(letter(*MAILMAN, "In-Reply-To: <m1@customers.example>", at="2"))
    assert later.conversation == first.conversation
    assert Ticket.objects.get().status == Ticket.Status.OPEN
    assert post.words() == ["Which order?"]


async def test_a_colleagues_answer_goes_out_to_the_writer_as_theirs(post: Mailroom) -> None:
    lines = (*GOOGLE, f"X-Original-From: Ann Example <{CUSTOMER}>")
    await post.brought(letter(*lines, sender=VIA))
    number = Ticket.objects.get().number
    desks.take(post.house, post.company.agent, number)
    await post.says(number, "It comes tomorrow.")
    (out,) = post.sent
    assert (out.to.value, out.text) == (CUSTOMER, "It comes tomorrow.")
    assert not out.is_automatic


async def test_no_machine_speaks_in_it_later_either(post: Mailroom) -> None:
    """The question how it was is asked of everybody else."""
    await post.brought(letter(*MAILMAN))
    number = Ticket.objects.get().number
    desks.take(post.house, post.company.agent, number)
    await post.says(number, "It comes tomorrow.", "resolve")
    assert post.words() == ["It comes tomorrow."]
    survey = OutboxRow.objects.get(message__kind=Message.Kind.SURVEY)
    assert (survey.state, survey.last_error) == (OutboxRow.State.CANCELLED, THROUGH_A_LIST)


async def test_who_then_writes_to_us_alone_is_a_person_as_ever(post: Mailroom) -> None:
    await post.brought(letter(*MAILMAN))
    await post.brought(letter("In-Reply-To: <m1@customers.example>", at="2"))
    number = Ticket.objects.get().number
    desks.take(post.house, post.company.agent, number)
    await post.says(number, "It comes tomorrow.", "resolve")
    assert len(post.sent) == 2, "the question how it was goes out"


async def test_a_resolved_ticket_opens_again_in_silence_and_not_for_thanks(post: Mailroom) -> None:
    await post.brought(letter(*MAILMAN))
    number = Ticket.objects.get().number
    desks.take(post.house, post.company.agent, number)
    await post.says(number, "It comes tomorrow.", "resolve")
    thanks = letter(*MAILMAN, "In-Reply-To: <m1@customers.example>", at="2")
    await post.brought(thanks.replace(b"It has not come.", b"Thank you!"))
    assert Ticket.objects.get().status == Ticket.Status.RESOLVED
    await post.brought(letter(*MAILMAN, "In-Reply-To: <m1@customers.example>", at="3"))
    assert Ticket.objects.get().status == Ticket.Status.OPEN
    assert post.words() == ["It comes tomorrow."]
    assert not Message.objects.filter(kind=Message.Kind.NOTICE).exists()


async def test_a_conversation_that_goes_on_through_a_list_goes_to_people(post: Mailroom) -> None:
    await post.brought(letter())
    assert len(post.sent) == 1
    await post.brought(letter(*MAILMAN, "In-Reply-To: <m1@customers.example>", at="2"))
    assert (len(post.sent), Ticket.objects.get().reason) == (1, "list")


async def test_without_a_brain_it_is_a_quiet_ticket_as_well(post: Mailroom) -> None:
    post.dialogue.brain_is_away = True
    await post.brought(letter(*MAILMAN))
    assert (post.sent, Ticket.objects.count()) == ([], 1)


async def test_two_lists_that_answer_everything_get_nothing(post: Mailroom) -> None:
    """What answers each mail by machine under a list's headers makes one ticket and no mail (R27)."""
    for number in range(20):
        reference = f"In-Reply-To: <m{number - 1}@customers.example>"
        await post.brought(letter(*MAILMAN, reference, at=str(number)))
        post.clock.advance(minutes=1)
    assert (post.sent, Ticket.objects.count()) == ([], 1)
