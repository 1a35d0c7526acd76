"""One thread over several channels: replies follow the customer, colleagues choose within what the customer allows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from bot import desk
from bot.deliver import deliver_some
from bot.handoff import packet_of, to_triage
from bot.receive import receive, start_chat
from bot.reply import Outcome, finish_turn
from bot.ways import reaches
from core.customer import Evidence
from core.errors import NotAllowed, NotFound
from core.ids import ThreadKey
from core.message import AddressKind, Inbound, Receipt, Reply, Sender, Verified
from store.addresses import address_of
from store.consent import REASON
from store.customers import are_one, tie
from store.desk_ticket import items_after
from store.events import public_after
from store.models import Address, Conversation, Event, Message, OutboxRow, Survey, Tie
from store.outbox import lease, mark_sent
from store.turns import begin_finish, claim, set_contact, write
from store.visitors import note_seen
from store.withheld import READ
from tests.company import NOON, Company, StandingClock, Writer
from tests.store.test_tickets import LEASE

HOLD = timedelta(minutes=10)
MAYA = "maya@customers.example"
VISITOR = UUID(int=7)


@pytest.fixture
def chat(company: Company) -> UUID:
    """A visitor who gave her mail address and was handed over to people; an agent speaks."""
    conversation = start_chat(company.house, company.chat, VISITOR, "en")
    says(company, conversation, "My parcel is lost")
    (got,) = claim(company.house.vault, "w", LEASE, 5, company.house.clock())
    with transaction.atomic():
        finish = begin_finish(company.house.vault, got, company.house.clock())
        set_contact(finish, company.mail, Sender(AddressKind.EMAIL, MAYA))
        write(finish)
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    finish_turn(company.house, got, Outcome(routed=to_triage("a test"), packet=packet))
    desk.take(company.house, company.agent, 1001)
    return conversation


def says(company: Company, conversation: UUID, text: str) -> Message:
    mail = Writer("x@y.example").mail(text, thread_keys=(str(conversation),), claims=True)
    written = replace(
        mail, sender=Sender(AddressKind.VISITOR, str(VISITOR), Verified.NO), own_keys=()
    )
    accepted = receive(company.house, company.chat, [written])[0]
    return Message.objects.get(id=accepted.message)


def by_mail(
    conversation: UUID, text: str, *, address: str = MAYA, verified: Verified = Verified.PROVEN
) -> Inbound:
    """An answer to our signed address."""
    mail = Writer(address).mail(text, thread_keys=(f"conversation:{conversation}",), claims=True)
    return replace(mail, sender=Sender(AddressKind.EMAIL, address, verified))


def sends(company: Company) -> list[str]:
    """The provider takes all that waits; returns the keys under which answers to it come."""
    keys: list[str] = []
    while rows := lease(company.house.vault, "d", LEASE, HOLD, 10, company.house.clock()):
        for row in rows:
            receipt = Receipt(f"sent-{row.id}", (ThreadKey(f"<sent-{row.id}@us.example>"),))
            keys += receipt.own_keys
            mark_sent(company.house.vault, row.id, row.fence, receipt, company.house.clock())
    return keys


def sent_to(company: Company) -> list[tuple[str, str]]:
    """Where each row of the outbox goes, in order."""
    rows = OutboxRow.objects.select_related("address", "inbox").order_by("id")
    return [(row.inbox.channel, row.address.kind) for row in rows]


def test_what_the_visitor_mails_later_is_the_same_thread_and_she_sees_it_there(
    company: Company, chat: UUID
) -> None:
    accepted = receive(company.house, company.mail, [by_mail(chat, "I am by mail now")])[0]
    assert accepted.conversation == chat
    assert accepted.public_seq > 0
    shown = public_after(company.house.vault, chat, 0)
    assert shown[-1].data["text"] == "I am by mail now"


def test_a_reply_follows_the_customer_to_where_they_wrote_last(
    company: Company, chat: UUID
) -> None:
    before = OutboxRow.objects.count()
    receive(company.house, company.mail, [by_mail(chat, "I am by mail now")])
    desk.reply(company.house, company.agent, 1001, "So am I.")
    assert sorted(sent_to(company)[before:]) == [("email", "email"), ("webchat", "visitor")]
    desk.reply(company.house, company.agent, 1001, "And again.")
    says(company, chat, "Back in the chat")
    before = OutboxRow.objects.count()
    desk.reply(company.house, company.agent, 1001, "Welcome back.")
    assert ("webchat", "visitor") in sent_to(company)[before:]


def test_the_bot_answers_a_mail_by_mail_although_it_began_as_a_chat(
    company: Company, chat: UUID
) -> None:
    Conversation.objects.update(speaker=Conversation.Speaker.BOT)
    receive(company.house, company.mail, [by_mail(chat, "One more question")])
    (got,) = claim(company.house.vault, "w", LEASE, 5, company.house.clock())
    before = OutboxRow.objects.count()
    finish_turn(company.house, got, Outcome(replies=(Reply("An answer."),), state={}))
    assert sorted(sent_to(company)[before:]) == [("email", "email"), ("webchat", "visitor")]
    assert public_after(company.house.vault, chat, 0)[-1].data["text"] == "An answer."


def test_a_verified_answer_from_the_named_mailbox_is_evidence_and_not_enough(
    company: Company, chat: UUID
) -> None:
    receive(company.house, company.mail, [by_mail(chat, "Forged", verified=Verified.NO)])
    assert not Tie.objects.exists()
    receive(company.house, company.mail, [by_mail(chat, "Someone else", address="o@x.example")])
    assert not Tie.objects.exists(), "not the address that was named"
    receive(company.house, company.mail, [by_mail(chat, "It is me")])
    assert Tie.objects.get().kind == Evidence.MAIL
    visitor = Conversation.objects.get(id=chat).address_id
    assert not are_one(visitor, company.address_id(MAYA))


def test_a_colleague_chooses_among_the_customers_own_addresses_only(
    company: Company, chat: UUID
) -> None:
    joined = by_mail(chat, "I am her colleague", address="colleague@customers.example")
    receive(company.house, company.mail, [joined])
    row = Conversation.objects.get(id=chat)
    found = reaches(company.house, row)
    assert [reach.to.value for reach in found] == [str(VISITOR), MAYA]
    other = _address(company, "maya@private.example")
    tie(
        company.house.vault,
        row.address,
        other,
        Evidence.AGENT,
        company.house.clock(),
        company.agent,
    )
    found = reaches(company.house, row)
    assert [reach.to.value for reach in found][2:] == ["maya@private.example"]
    before = OutboxRow.objects.count()
    desk.reply(company.house, company.agent, 1001, "To your private mail.", way=found[2].name)
    rows = OutboxRow.objects.order_by("id")[before:]
    assert [one.address_id for one in rows] == [other.id, row.address_id]
    stranger = f"{company.address_id('colleague@customers.example')}.{company.mail.id}"
    with pytest.raises(NotFound):
        desk.reply(company.house, company.agent, 1001, "Not to them.", way=stranger)


def test_the_answer_of_an_address_that_we_wrote_to_comes_back_into_the_thread(
    company: Company, chat: UUID
) -> None:
    row = Conversation.objects.get(id=chat)
    other = _address(company, "maya@private.example")
    tie(
        company.house.vault,
        row.address,
        other,
        Evidence.AGENT,
        company.house.clock(),
        company.agent,
    )
    way = f"{other.id}.{company.mail.id}"
    desk.reply(company.house, company.agent, 1001, "To your private mail.", way=way)
    keys = sends(company)
    answer = replace(Writer("maya@private.example").mail("Thank you", thread_keys=keys), at=NOON)
    accepted = receive(company.house, company.mail, [answer])[0]
    assert accepted.conversation == chat
    assert accepted.public_seq > 0, "she is the customer"


def goes_out(company: Company) -> list[str]:
    """To whom a worker would send something now."""
    rows = lease(company.house.vault, "d", LEASE, HOLD, 10, company.house.clock())
    return [row.to.value for row in rows]


def test_what_is_read_in_the_chat_is_not_mailed(
    company: Company, clock: StandingClock, chat: UUID
) -> None:
    desk.reply(company.house, company.agent, 1001, "Are you there?")
    assert goes_out(company) == [], "they may be reading it now"
    note_seen(chat, _row(chat).last_public_seq)
    clock.advance(minutes=3)
    assert goes_out(company) == []
    mail = OutboxRow.objects.get(address__kind=AddressKind.EMAIL)
    assert (mail.state, mail.last_error) == (OutboxRow.State.CANCELLED, READ)
    assert not Event.objects.filter(kind="delivery_dead").exists(), "nobody need worry"


def test_what_is_not_read_goes_by_mail_and_the_answer_comes_back(
    company: Company, clock: StandingClock, chat: UUID
) -> None:
    note_seen(chat, _row(chat).last_public_seq)
    desk.reply(company.house, company.agent, 1001, "Are you there?")
    clock.advance(minutes=3)
    assert goes_out(company) == [MAYA]
    accepted = receive(company.house, company.mail, [by_mail(chat, "By mail, yes")])[0]
    assert accepted.conversation == chat


def test_nothing_is_sent_where_the_customer_wants_nothing(company: Company, chat: UUID) -> None:
    contact = next(r for r in reaches(company.house, _row(chat)) if not r.is_own)
    desk.reply(company.house, company.agent, 1001, "Waiting to go.")
    desk.allow(company.house, company.agent, 1001, contact.name, False)
    mails = OutboxRow.objects.filter(address=contact.address)
    assert [row.state for row in mails] == [OutboxRow.State.CANCELLED], "what waited is withdrawn"
    with pytest.raises(NotAllowed):
        desk.reply(company.house, company.agent, 1001, "Still.", way=contact.name)
    desk.reply(company.house, company.agent, 1001, "In the chat.")
    company.house.clock.advance(minutes=3)  # type: ignore[attr-defined]
    assert lease(company.house.vault, "d", LEASE, HOLD, 10, company.house.clock()) == []
    dead = mails.order_by("-id")[0]
    assert (dead.state, dead.last_error) == (OutboxRow.State.DEAD, REASON)
    desk.allow(company.house, company.agent, 1001, contact.name, True)
    desk.reply(company.house, company.agent, 1001, "Allowed again.", way=contact.name)
    (row,) = lease(company.house.vault, "d", LEASE, HOLD, 10, company.house.clock())
    assert row.to.value == MAYA
    kinds = ["wants_no_messages", "wants_messages"]
    told = Event.objects.filter(kind__in=kinds).order_by("id").values_list("kind", flat=True)
    assert list(told) == kinds


def _row(conversation: UUID) -> Conversation:
    return Conversation.objects.get(id=conversation)


def _address(company: Company, value: str) -> Address:
    with transaction.atomic():
        sender = Sender(AddressKind.EMAIL, value)
        return address_of(company.house.vault, company.mail, sender, company.house.clock())


@pytest.mark.parametrize("is_read", [True, False])
def test_who_has_left_the_chat_is_asked_by_mail_how_it_was(
    company: Company, clock: StandingClock, chat: UUID, is_read: bool
) -> None:
    desk.resolve(company.house, company.agent, 1001)
    assert goes_out(company) == [], "they may still be there"
    if is_read:
        note_seen(chat, _row(chat).last_public_seq)
    clock.advance(minutes=3)
    asyncio.run(deliver_some(company.house, "w", 10))
    mails = [one for one in company.provider.taken if one.to.value == MAYA]
    assert len(mails) == (0 if is_read else 1)
    for mail in mails:
        assert f"{company.house.settings.public_url}/survey/" in mail.text
        assert mail.buttons == ()
        assert "1. " not in mail.text, "a link, not the chat's buttons in words"
    assert Survey.objects.count() == 1


def test_who_wants_no_mail_is_not_asked_by_mail(
    company: Company, clock: StandingClock, chat: UUID
) -> None:
    contact = next(r for r in reaches(company.house, _row(chat)) if not r.is_own)
    desk.allow(company.house, company.agent, 1001, contact.name, False)
    desk.resolve(company.house, company.agent, 1001)
    clock.advance(minutes=3)
    asyncio.run(deliver_some(company.house, "w", 10))
    assert company.provider.taken == []


def test_a_reply_bears_the_channel_it_went_out_on(company: Company, chat: UUID) -> None:
    contact = next(r for r in reaches(company.house, _row(chat)) if not r.is_own)
    desk.reply(company.house, company.agent, 1001, "In the chat.")
    desk.reply(company.house, company.agent, 1001, "By mail.", way=contact.name)
    said = items_after(company.house.vault, chat, 0, 100, only_said=True)
    told = {item.body.text: item.channel for item in said if item.body and item.author == "agent"}
    assert told == {"In the chat.": "webchat", "By mail.": "email"}
