"""A chat by mail: at once to who is known, to others after a signed yes; bounded, escaped, and without anything of colleagues."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from django.test import Client

from bot import desk, transcript
from bot.deliver import outbound_of
from bot.identify import identify
from bot.links import token_of
from bot.transcript_words import say
from channels.email_compose import compose
from core.errors import Conflict, NotFound
from core.message import Outbound, Sender
from store.models import Address, Conversation, Event, Inbox, OutboxRow
from store.outbox import lease
from store.visitors import Account
from tests.web.desk.conftest import desk_company
from tests.web.seed import LEASE, Company, answers, hands_over, says, visitor

__all__ = ["desk_company"]
MAIL = "maya@example.org"
Chat = tuple[UUID, Sender]


@pytest.fixture
def company(desk_company: Company) -> Company:
    return desk_company


@pytest.fixture
def chat(company: Company) -> Chat:
    """Somebody unknown has asked and was answered."""
    talk = visitor(company)
    says(company, talk, "Where is <b>my</b> parcel & why?")
    answers(company, "It is on its way.")
    return talk


def mails(company: Company) -> list[Outbound]:
    """What goes out by mail now, as the adapter is given it."""
    house, found = company.house, []
    for row in lease(house.vault, "w", LEASE, LEASE, 20, company.clock()):
        inbox = Inbox.objects.get(id=row.inbox)
        plain = outbound_of(row, house.channel_of(inbox), house.settings.public_url)
        found.append(transcript.as_mail(house, row, replace(plain, sent_at=company.clock())))
    return found


def composed(mail: Outbound) -> EmailMessage:
    made = compose(
        mail,
        address="help@fernhill.example",
        name="Fernhill",
        reply_address="help@fernhill.example",
        reply_secret="x" * 32,
        message_domain="fernhill.example",
        fallback_subject="Your message",
    )
    read = message_from_bytes(bytes(made), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def known(company: Company, chat: Chat) -> None:
    """The website has said who the visitor is."""
    identify(company.house, company.chat, Account("42", "Maya", MAIL), chat[0])


def path_in(mail: Outbound) -> str:
    found = re.search(r"https?://[^/\s]+(/transcript/[\w-]{43})", mail.text)
    assert found, mail.text
    return found[1]


def test_who_is_known_gets_it_at_once_as_text_and_as_a_page(company: Company, chat: Chat) -> None:
    known(company, chat)
    before = Conversation.objects.get(id=chat[0]).last_public_seq
    assert transcript.ask(company.house, chat[0], "")
    assert transcript.ask(company.house, chat[0], MAIL), "the same again is the same mail"
    row = OutboxRow.objects.get(provider_id="", state="waiting")
    [mail] = mails(company)
    assert mail.key == str(row.key)
    assert (mail.to.value, mail.subject) == (MAIL, "Your chat with Fernhill")
    read = composed(mail)
    plain, page = (read.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert page is not None
    assert "Where is <b>my</b> parcel & why?" in plain.get_content()
    assert "Assistant, 2" in plain.get_content()
    assert "It is on its way." in page.get_content()
    assert read["Message-ID"] == f"<{row.key}@fernhill.example>"
    assert Conversation.objects.get(id=chat[0]).last_public_seq == before


def test_what_was_said_is_escaped(company: Company, chat: Chat) -> None:
    known(company, chat)
    transcript.ask(company.house, chat[0], MAIL)
    [mail] = mails(company)
    assert "Where is &lt;b&gt;my&lt;/b&gt; parcel &amp; why?" in mail.html


def test_notes_are_in_no_transcript(company: Company, chat: Chat) -> None:
    known(company, chat)
    says(company, chat, "A person, please")
    number = hands_over(company)
    desk.take(company.house, company.users["amira"], number)
    desk.note(company.house, company.users["amira"], number, "Has she tried it before?")
    transcript.ask(company.house, chat[0], MAIL)
    [mail] = [one for one in mails(company) if one.html]
    assert "A person, please" in mail.text
    assert "tried it before" not in mail.text + mail.html


def test_what_is_said_later_is_not_in_it(company: Company, chat: Chat) -> None:
    known(company, chat)
    transcript.ask(company.house, chat[0], MAIL)
    says(company, chat, "Something later")
    [mail] = mails(company)
    assert "Something later" not in mail.text


def test_of_a_very_long_chat_it_holds_the_latest(
    company: Company, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(company, chat)
    transcript.ask(company.house, chat[0], MAIL)
    monkeypatch.setattr(transcript, "MOST_TEXT", 20)
    [mail] = mails(company)
    assert "It is on its way." in mail.text
    assert "parcel" not in mail.text


def test_an_address_that_nobody_has_proven_is_asked_first_and_learns_nothing(
    company: Company, chat: Chat
) -> None:
    assert not transcript.ask(company.house, chat[0], MAIL)
    [asks] = mails(company)
    assert "parcel" not in asks.text + asks.html + asks.subject
    read = composed(asks)
    assert (read["Reply-To"], read["References"]) == (None, None), "no way into the chat"
    path = path_in(asks)
    assert Client().get(path).status_code == Client().head(path).status_code == 200
    assert mails(company) == [], "looking sends nothing"
    assert "on its way" in Client(enforce_csrf_checks=True).post(path).content.decode()
    OutboxRow.objects.filter(key=asks.key).update(state="sent")
    [mail] = mails(company)
    assert "parcel" in mail.text
    assert mail.to.value == MAIL


def test_saying_yes_twice_sends_one_mail(company: Company, chat: Chat) -> None:
    transcript.ask(company.house, chat[0], MAIL)
    [asks] = mails(company)
    for _ in range(2):
        assert Client(raise_request_exception=False).post(path_in(asks)).status_code == 200
    assert OutboxRow.objects.filter(conversation=chat[0], inbox=company.mail).count() == 2


def test_a_day_later_nobody_can_say_yes(company: Company, chat: Chat) -> None:
    transcript.ask(company.house, chat[0], MAIL)
    [asks] = mails(company)
    company.clock.advance(hours=25)
    assert Client().get(path_in(asks)).status_code == 404
    assert Client().post(path_in(asks)).status_code == 404


def test_the_link_of_a_transcript_itself_opens_nothing(company: Company, chat: Chat) -> None:
    known(company, chat)
    transcript.ask(company.house, chat[0], MAIL)
    key = OutboxRow.objects.get(inbox=company.mail).key
    token = token_of(company.house.vault, "transcript", key)
    assert Client().post(f"/transcript/{token}").status_code == 404


def test_nobody_fills_a_strangers_mailbox_by_us(company: Company, chat: Chat) -> None:
    for number in range(4):
        talk = visitor(company)
        says(company, talk, "Hello")
        answers(company, "Hello.")
        if number < 2:
            assert not transcript.ask(company.house, talk[0], MAIL)
            continue
        with pytest.raises(Conflict):
            transcript.ask(company.house, talk[0], MAIL.upper())
    company.clock.advance(hours=25)
    assert not transcript.ask(company.house, chat[0], MAIL)


def test_one_chat_is_mailed_five_times_a_day(company: Company, chat: Chat) -> None:
    for number in range(5):
        transcript.ask(company.house, chat[0], f"maya{number}@example.org")
    with pytest.raises(Conflict):
        transcript.ask(company.house, chat[0], "maya6@example.org")
    assert Event.objects.filter(kind="transcript").count() == 5


def test_without_an_address_or_words_there_is_nothing_to_mail(company: Company, chat: Chat) -> None:
    with pytest.raises(NotFound):
        transcript.ask(company.house, chat[0], "")
    with pytest.raises(Conflict):
        transcript.ask(company.house, visitor(company)[0], MAIL)
    Inbox.objects.filter(channel="email").update(is_active=False)
    with pytest.raises(NotFound):
        transcript.ask(company.house, chat[0], MAIL)


def test_what_was_erased_is_not_sent(company: Company, chat: Chat) -> None:
    transcript.ask(company.house, chat[0], MAIL)
    [asks] = mails(company)
    Address.objects.filter(id=Conversation.objects.get(id=chat[0]).address_id).update(
        key_wrapped=None
    )
    assert Client().post(path_in(asks)).status_code == 404


def test_its_words_are_there_in_six_languages() -> None:
    words = say.__globals__["_TEXTS"]
    assert {frozenset(texts) for texts in words.values()} == {frozenset(words["en"])}
    assert len(words) == 6
