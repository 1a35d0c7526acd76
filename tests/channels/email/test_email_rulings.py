"""Always or never a ticket from a sender: what is decided holds as mail is read, and no loop and no bounce gets by it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import desk as desks
from bot import rulings
from bot.house import House
from core.errors import MalformedPayload, NotAllowed, NotFound
from core.message import Kept
from core.rulings import Ruling
from store.bodies import open_body
from store.models import Address, AuditEntry, Message, OutboxRow, SenderRuling, Ticket
from store.rulings import IN_AN_HOUR, shown_rulings
from store.withheld import THROUGH_A_LIST
from tests.channels.email.bounces import OURS, returned
from tests.channels.email.mailroom import Mailroom
from tests.channels.email.provider import CUSTOMER, OWN
from tests.company import StandingClock, make_company

MACHINE = "Auto-Submitted: auto-generated"
LIST = ("List-Id: <news.letters.example>", "List-Unsubscribe: <https://letters.example/off>")
ALARMS = "alarms@machines.example"


def mail(*lines: str, sender: str = ALARMS, at: str = "1") -> bytes:
    head = [
        *lines,
        f"From: {sender}",
        f"To: {OWN}",
        "Subject: Disk nearly full",
        f"Message-ID: <r{at}@machines.example>",
    ]
    return ("\r\n".join(head) + "\r\n\r\nThe disk of till 4 is nearly full.\r\n").encode()


@pytest.fixture
def post(house: House, clock: StandingClock, in_this_thread: None) -> Mailroom:
    return Mailroom(make_company(replace(house, clock=clock)), clock)


def decided(post: Mailroom, typed: str, ruling: Ruling, inbox: str = "s") -> SenderRuling:
    return rulings.decide(post.house, post.company.lead, inbox, typed, ruling)


def sign(post: Mailroom) -> str:
    row = Message.objects.select_related("address").latest("accepted_at", "id")
    return str(open_body(post.house.vault, row).extra.get("kept", ""))


async def test_always_makes_a_quiet_ticket_of_what_a_machine_wrote(post: Mailroom) -> None:
    await post.brought(mail(MACHINE))
    assert not Ticket.objects.exists()
    decided(post, ALARMS, Ruling.ALWAYS)
    await post.brought(mail(MACHINE, at="2"))
    ticket = Ticket.objects.select_related("team").get()
    assert (ticket.reason, ticket.team.is_triage) == ("always", True)
    assert post.sent == [], "no machine answers a machine"
    assert post.dialogue.heard == []


@pytest.mark.parametrize(
    ("line", "sender"),
    [
        ("Auto-Submitted: auto-replied", ALARMS),
        ("Precedence: bulk", ALARMS),
        ("X-Auto-Response-Suppress: All", ALARMS),
        ("X-Nothing: x", "noreply@machines.example"),
    ],
    ids=["a reply", "bulk", "suppressed", "a robot"],
)
async def test_always_outweighs_each_sign_of_a_machine(
    post: Mailroom, line: str, sender: str
) -> None:
    decided(post, "machines.example", Ruling.ALWAYS)
    await post.brought(mail(line, sender=sender))
    assert (Ticket.objects.count(), post.sent) == (1, [])


async def test_what_people_write_is_answered_as_ever(post: Mailroom) -> None:
    decided(post, ALARMS, Ruling.ALWAYS)
    await post.brought(mail())
    assert len(post.sent) == 1


async def test_never_is_kept_and_nobody_is_told(post: Mailroom) -> None:
    decided(post, "letters.example", Ruling.NEVER)
    await post.brought(mail(sender="Ann <ann@news.letters.example>"))
    assert (Ticket.objects.count(), post.sent, sign(post)) == (0, [], Kept.DECIDED)
    await post.brought(mail(*LIST, sender="list@letters.example", at="2"))
    assert not Ticket.objects.exists(), "what would be a quiet ticket"
    await post.brought(mail(sender="ann@otherletters.example", at="3"))
    assert len(post.sent) == 1, "another domain that ends alike"


async def test_the_narrower_counts_before_the_wider(post: Mailroom) -> None:
    decided(post, "letters.example", Ruling.NEVER)
    decided(post, "shop.letters.example", Ruling.ALWAYS)
    decided(post, "off@shop.letters.example", Ruling.NEVER)
    for at, name in enumerate(("a@", "off@shop.", "a@shop.")):
        assert not Ticket.objects.exists()
        await post.brought(mail(MACHINE, sender=f"{name}letters.example", at=str(at)))
    assert Ticket.objects.count() == 1


async def test_it_holds_in_its_mailbox_alone_and_until_it_is_undone(post: Mailroom) -> None:
    decided(post, "machines.example", Ruling.ALWAYS, post.company.mail.slug)
    await post.brought(mail(MACHINE))
    assert not Ticket.objects.exists()
    made = decided(post, ALARMS, Ruling.ALWAYS)
    rulings.undo(post.house, post.company.lead, made.id)
    await post.brought(mail(MACHINE, at="2"))
    assert not Ticket.objects.exists()
    with pytest.raises(NotFound):
        rulings.undo(post.house, post.company.lead, made.id)


async def test_never_does_not_cut_off_who_has_a_ticket(post: Mailroom) -> None:
    await post.brought(mail(*LIST, sender=CUSTOMER))
    number = Ticket.objects.get().number
    desks.take(post.house, post.company.agent, number)
    await post.says(number, "Which till?", "wait")
    decided(post, CUSTOMER, Ruling.NEVER)
    await post.brought(mail("In-Reply-To: <r1@machines.example>", sender=CUSTOMER, at="2"))
    assert Ticket.objects.get().status == Ticket.Status.OPEN


@pytest.mark.parametrize("ruling", Ruling)
async def test_a_bounce_says_what_it_says_whatever_is_decided(
    post: Mailroom, ruling: Ruling
) -> None:
    """R32: its word counts on the ticket of our mail, and it opens none of its own."""
    decided(post, "x.example", ruling)
    await post.brought(mail(sender=CUSTOMER))
    row = OutboxRow.objects.get()
    post.clock.advance(minutes=1)
    sample = next(one for one in returned(OWN) if one.kind == "gone" and one.names)
    await post.brought(sample.raw.replace(OURS.encode(), row.provider_id.encode()))
    row.refresh_from_db()
    assert row.state == OutboxRow.State.DEAD
    assert not Ticket.objects.exists()
    assert sign(post) == Kept.REPORT


async def test_what_is_forged_or_comes_from_nowhere_opens_none(post: Mailroom) -> None:
    decided(post, "machines.example", Ruling.ALWAYS)
    forged = "Authentication-Results: mx.acme.example; dmarc=fail header.from=machines.example"
    await post.brought(mail(forged, MACHINE, at="1"))
    await post.brought(mail("Return-Path: <>", at="2"))
    assert (Ticket.objects.count(), post.sent) == (0, [])
    with pytest.raises(MalformedPayload):
        decided(post, OWN, Ruling.ALWAYS)


async def test_a_storm_is_kept_and_later_it_counts_again(post: Mailroom) -> None:
    decided(post, ALARMS, Ruling.ALWAYS)
    for at in range(IN_AN_HOUR + 3):
        post.clock.advance(seconds=1)
        await post.brought(mail(MACHINE, at=str(at)))
    assert Ticket.objects.count() == IN_AN_HOUR
    assert sign(post) == Kept.AUTOMATIC
    post.clock.advance(hours=1)
    await post.brought(mail(MACHINE, at="later"))
    assert (Ticket.objects.count(), post.sent) == (IN_AN_HOUR + 1, [])


async def test_what_answers_each_mail_by_machine_gets_nothing_automatic(post: Mailroom) -> None:
    """R27: a colleague's answers are read by a machine that answers each, and so is the end of it."""
    decided(post, CUSTOMER, Ruling.ALWAYS)
    await post.brought(mail(MACHINE, sender=CUSTOMER))
    number = Ticket.objects.get().number
    desks.take(post.house, post.company.agent, number)
    for at in range(3):
        await post.says(number, f"Answer {at}")
        reference = "In-Reply-To: <r1@machines.example>"
        await post.brought(
            mail("Auto-Submitted: auto-replied", reference, sender=CUSTOMER, at=f"v{at}")
        )
    await post.says(number, "The end.", "resolve")
    assert [one.is_automatic for one in post.sent] == [False] * 4
    survey = OutboxRow.objects.get(message__kind=Message.Kind.SURVEY)
    assert survey.last_error == THROUGH_A_LIST
    assert Ticket.objects.count() == 1


async def test_who_may_decide_and_what_is_written_down(post: Mailroom) -> None:
    agent, lead = post.company.agent, post.company.lead
    with pytest.raises(NotAllowed):
        rulings.decide(post.house, agent, "s", ALARMS, Ruling.NEVER)
    with pytest.raises(NotFound):
        rulings.decide(post.house, lead, "website", ALARMS, Ruling.NEVER)
    made = decided(post, ALARMS, Ruling.NEVER)
    again = decided(post, ALARMS.upper(), Ruling.ALWAYS)
    assert (again.id, again.ruling) == (made.id, Ruling.ALWAYS)
    assert (again.by_id, again.made_at) == (lead.id, post.clock())
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor) == ("sender.always", f"user:{lead.id}")


async def test_erasure_takes_it_away(post: Mailroom) -> None:
    decided(post, ALARMS, Ruling.NEVER)
    Address.objects.update(key_wrapped=None)
    rows = SenderRuling.objects.select_related("address")
    (one,) = shown_rulings(post.house.vault, rows)
    assert (one.sender, one.is_erased) == ("", True)
    with pytest.raises(NotFound):
        decided(post, ALARMS, Ruling.NEVER)
