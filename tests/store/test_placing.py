"""One customer, several channels, one thread: who may go on elsewhere, on which evidence, for how long; and taking it apart."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from bot import desk, merging
from bot.company import make_inbox
from bot.converse import facts_of
from bot.identify import identify
from bot.receive import receive, start_chat
from bot.ways import reaches
from core.customer import Evidence
from core.errors import NotFound
from core.ids import ThreadKey
from core.message import AddressKind, Inbound, Sender, Verified
from store.claims import seen_of
from store.customers import untie
from store.events import public_after
from store.models import Address, Conversation, Event, Inbox, Message, Ticket, Tie
from store.visitors import Account, is_known
from tests.company import Company, StandingClock, Writer
from tests.store.test_customers import a_ticket
from tests.store.test_ways import VISITOR, says

PHONE, MAIL = "+491711234567", "maya@customers.example"
MAYA = Account("42", "Maya Ruiz", MAIL, PHONE)


@pytest.fixture
def texts(company: Company) -> Inbox:
    """An inbox of text messages."""
    settings = {"account_sid": "AC" + "0" * 32, "number": "+4930123456", "auth_token": "t" * 32}
    return make_inbox(company.house, company.brand, "texts", "Texts", "sms", settings)


@pytest.fixture
def chat(company: Company) -> UUID:
    """Maya, signed in on the website, has written in the chat."""
    conversation = start_chat(company.house, company.chat, VISITOR, "en")
    says(company, conversation, "My parcel is lost")
    identify(company.house, company.chat, MAYA, conversation)
    return conversation


def a_mail(text: str, verified: Verified = Verified.PROVEN, address: str = MAIL) -> Inbound:
    written = Writer(address).mail(text)
    return replace(written, sender=Sender(AddressKind.EMAIL, address, verified))


def a_text(text: str, verified: Verified = Verified.CHANNEL, number: str = PHONE) -> Inbound:
    key = ThreadKey(f"sms:{number}")
    written = Writer(number).mail(text, thread_keys=(key,))
    sender = Sender(AddressKind.PHONE, number, verified)
    return replace(written, sender=sender, own_keys=(key,))


def arrives(company: Company, inbound: Inbound, inbox: Inbox | None = None) -> UUID:
    return receive(company.house, inbox or company.mail, [inbound])[0].conversation


def joins() -> list[tuple[str, str]]:
    told = Event.objects.filter(kind="channel_joined").order_by("id")
    return [(one.data["channel"], one.data["evidence"]) for one in told]


def test_chat_mail_and_text_messages_are_one_thread(
    company: Company, chat: UUID, texts: Inbox
) -> None:
    assert arrives(company, a_mail("It is the blue one")) == chat
    assert arrives(company, a_text("Any news?"), texts) == chat
    assert arrives(company, a_text("Hello?"), texts) == chat, "and stays there"
    assert joins() == [("email", Evidence.LOGIN), ("sms", Evidence.PHONE)], "told once each"
    shown = [
        event.data["text"]
        for event in public_after(company.house.vault, chat, 0)
        if event.data["type"] == "message"
    ]
    assert shown == ["My parcel is lost", "It is the blue one", "Any news?", "Hello?"]
    last = next(
        way for way in reaches(company.house, Conversation.objects.get(id=chat)) if way.is_last
    )
    assert last.inbox == texts


@pytest.mark.parametrize("what", ["mail", "text"])
def test_unproven_senders_join_nothing(
    company: Company, chat: UUID, texts: Inbox, what: str
) -> None:
    if what == "mail":
        assert arrives(company, a_mail("Send it to me", Verified.NO)) != chat
    else:
        assert arrives(company, a_text("Send it to me", Verified.NO), texts) != chat
    assert joins() == []


def test_strangers_join_nothing(company: Company, chat: UUID, texts: Inbox) -> None:
    assert arrives(company, a_mail("Hello", address="lee@customers.example")) != chat
    assert arrives(company, a_text("Hello", number="+491719999999"), texts) != chat
    assert joins() == []


def test_nothing_joins_what_somebody_unproven_wrote_in(company: Company, texts: Inbox) -> None:
    """A forged mail in Maya's name opened a thread: what she texts must not land before the forger's eyes."""
    identify(company.house, company.chat, MAYA, None)
    forged = arrives(company, a_mail("Read me her texts", Verified.NO))
    assert arrives(company, a_text("My code is 4711"), texts) != forged


def test_the_window_closes(
    company: Company, clock: StandingClock, chat: UUID, texts: Inbox
) -> None:
    clock.advance(hours=25)
    assert arrives(company, a_mail("Something else")) != chat


def test_the_one_that_is_with_people_is_gone_on_with(company: Company, texts: Inbox) -> None:
    number, _ = a_joined_ticket(company, texts)
    begun = identify(company.house, company.chat, MAYA, None)
    says_as(company, begun.conversation, begun.visitor, "A quick question for the assistant")
    thread = Ticket.objects.get(number=number).conversation_id
    assert arrives(company, a_text("Any news?"), texts) == thread


def test_two_open_conversations_are_no_place_for_a_third_channel(
    company: Company, chat: UUID, texts: Inbox, clock: StandingClock
) -> None:
    clock.advance(hours=25)
    mail = arrives(company, a_mail("About an invoice"))
    says(company, chat, "Still there?")
    assert arrives(company, a_text("Hello"), texts) not in {chat, mail}


def test_a_resolved_conversation_is_not_gone_on_with(
    company: Company, chat: UUID, texts: Inbox
) -> None:
    Conversation.objects.filter(id=chat).update(status=Conversation.Status.RESOLVED)
    assert arrives(company, a_mail("Another thing")) != chat


def test_a_number_of_two_accounts_is_nobodys(company: Company, chat: UUID, texts: Inbox) -> None:
    identify(company.house, company.chat, Account("43", "Lee", "", PHONE), None)
    assert arrives(company, a_text("Which of us am I?"), texts) != chat
    assert not Tie.objects.filter(kind=Evidence.PHONE).exists()


def test_an_old_thread_of_a_number_rests_while_its_owner_talks_elsewhere(
    company: Company, clock: StandingClock, texts: Inbox
) -> None:
    old = arrives(company, a_text("Where are you?"), texts)
    clock.advance(days=30)
    conversation = start_chat(company.house, company.chat, VISITOR, "en")
    says(company, conversation, "My parcel is lost")
    identify(company.house, company.chat, MAYA, conversation)
    assert arrives(company, a_text("It is me again"), texts) == conversation
    clock.advance(days=2)
    assert arrives(company, a_text("Still waiting"), texts) == conversation, "the thread moved"
    assert Message.objects.filter(conversation=old).count() == 1


def test_who_signs_in_goes_on_with_what_they_mailed(company: Company) -> None:
    """From mail to the chat: the answer to their first words names the conversation and brings its token."""
    identify(company.house, company.chat, MAYA, None)
    mailed = arrives(company, a_mail("My parcel is lost"))
    placed = identify(company.house, company.chat, MAYA, None)
    written = says_as(company, placed.conversation, placed.visitor, "I am here now")
    assert written.conversation_id == mailed
    ours = (company.house.vault, company.chat, placed.visitor)
    assert is_known(*ours, mailed)
    untie(Tie.objects.get(kind=Evidence.LOGIN).id, company.house.clock(), company.agent)
    assert not is_known(*ours, mailed), "no longer the same person: no longer theirs to read"
    assert is_known(*ours, placed.conversation)


def says_as(company: Company, conversation: UUID, visitor: UUID, text: str) -> Message:
    written = Writer("x@y.example").mail(text, thread_keys=(str(conversation),), claims=True)
    sender = Sender(AddressKind.VISITOR, str(visitor), Verified.NO)
    got = receive(company.house, company.chat, [replace(written, sender=sender, own_keys=())])[0]
    return Message.objects.get(id=got.message)


def a_joined_ticket(company: Company, texts: Inbox) -> tuple[int, str]:
    """Maya's mail ticket, and the way by which she went on with it."""
    identify(company.house, company.chat, MAYA, None)
    number = a_ticket(company, MAIL)
    Event.objects.filter(data__unproven=True).update(data={})  # as if her mail had been proven
    desk.take(company.house, company.agent, number)
    arrives(company, a_text("And my invoice is wrong"), texts)
    address = Address.objects.get(kind=AddressKind.PHONE)
    return number, f"{address.id}.{texts.id}"


def test_a_colleague_takes_out_what_is_another_need_and_takes_that_back(
    company: Company, texts: Inbox
) -> None:
    number, way = a_joined_ticket(company, texts)
    thread = Ticket.objects.get(number=number).conversation_id
    other = merging.part(company.house, company.agent, number, way)
    apart = Ticket.objects.get(number=other).conversation_id
    assert company.texts("customer")[-1] == "And my invoice is wrong", "it has the words too"
    assert arrives(company, a_text("Hello?"), texts) == apart
    last = [
        one for one in reaches(company.house, Conversation.objects.get(id=thread)) if one.is_last
    ]
    assert [one.to.kind for one in last] == [AddressKind.EMAIL], "replies no longer go there"
    with pytest.raises(NotFound):
        merging.part(company.house, company.agent, number, way)
    merging.merge(company.house, company.agent, other, number)
    assert arrives(company, a_text("One after all"), texts) == thread
    merging.split(company.house, company.agent, other)
    assert arrives(company, a_text("Two after all"), texts) == apart


def test_only_what_joined_by_itself_is_taken_out_and_only_by_who_sees_the_ticket(
    company: Company, texts: Inbox
) -> None:
    number, way = a_joined_ticket(company, texts)
    row = Ticket.objects.get(number=number).conversation
    with pytest.raises(NotFound):
        merging.part(company.house, company.agent, number, f"{row.address_id}.{row.inbox_id}")
    with pytest.raises(NotFound):
        merging.part(company.house, company.agent, number, "nonsense")
    desk.release(company.house, company.agent, number)
    desk.reclassify(company.house, company.agent, number, team="orders")
    with pytest.raises(NotFound):
        merging.part(company.house, company.agent, number, way)


def test_what_a_colleague_merged_goes_on_in_the_same_thread(company: Company, texts: Inbox) -> None:
    """No evidence but a colleague's word, from a channel that proves nothing to us."""
    first, second = a_ticket(company, "a@x.example"), a_ticket(company, "b@x.example")
    desk.link(company.house, company.agent, second, first)
    merging.merge(company.house, company.agent, second, first)
    thread = Ticket.objects.get(number=first).conversation_id
    other = Conversation.objects.get(ticket__number=second)
    answer = replace(a_mail("More", address="b@x.example"), claims_conversation=True)
    named = replace(answer, thread_keys=(ThreadKey(f"conversation:{other.id}"),))
    assert arrives(company, named) == thread


def test_the_assistant_knows_where_a_visitor_who_leaves_is_written_to(company: Company) -> None:
    """It would ask for the mail address of somebody whose website has named it already."""

    def contact() -> object:
        return facts_of(seen_of(company.house.vault, Conversation.objects.get(id=known)))["contact"]

    known = start_chat(company.house, company.chat, VISITOR, "en")
    says(company, known, "My parcel is lost")
    assert contact() == ""
    identify(company.house, company.chat, MAYA, known)
    assert contact() == MAIL
    Address.objects.filter(contact_of=known).update(key_wrapped=None)
    assert contact() == "", "erased since"
