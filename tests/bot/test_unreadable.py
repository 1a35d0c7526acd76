"""Who sent what cannot be read is told once (R31): in one transaction with setting it aside, and within every bound of what a machine may send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.utils import OperationalError

from bot import unreadable
from bot.deliver import deliver_some
from bot.fetch import TRIES
from bot.house import House
from bot.watch import watch_once
from channels.contract import Arrival
from channels.contract_unread import Named
from channels.email import Email
from core.errors import MalformedPayload
from core.ids import ThreadKey
from core.message import AddressKind, Inbound, Sender, Verified
from store.addresses import address_of
from store.bodies import open_body
from store.kept import raw_of
from store.models import (
    Address,
    Conversation,
    Inbox,
    InboxRow,
    Message,
    OutboxRow,
    Ticket,
)
from store.receiving import Cursor
from store.unreadable import IN_AN_HOUR, notices
from store.withheld import note_gone
from tests.bot.test_fetch import Mailbox, fetch, over
from tests.channels.email.provider import INBOX, OWN, email_settings
from tests.company import NOON, Company, StandingClock, Writer

MAYA = "maya@customers.example"
RAW = b"From: Maya <maya@customers.example>\r\nMessage-ID: <1@customers.example>\r\n\r\nzebra \xff"


class Poisoned(Mailbox):
    """Its second mail breaks us, and says who sent it."""

    sender = MAYA

    def parse(self, arrival: Arrival) -> list[Inbound]:
        if arrival.meta["uid"] == 1:
            raise ZeroDivisionError("a fault of ours")
        return super().parse(arrival)

    def answerable(self, arrival: Arrival) -> Named | None:
        sender = Sender(AddressKind.EMAIL, self.sender, Verified.NO, "Maya")
        return Named(sender, (ThreadKey("<1@customers.example>"),)) if self.sender else None


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Poisoned:
    monkeypatch.setattr("bot.fetch.LOOK_FOR_INBOXES", 0.05)
    ann = Writer("ann@customers.example")
    return Poisoned([ann.mail("one"), ann.mail("two"), ann.mail("three")])


def is_over(company: Company, mails: int = 2) -> Callable[[], bool]:
    """True when the whole mailbox was fetched."""

    def look() -> bool:
        company.mail.refresh_from_db()
        said = Message.objects.filter(author=Message.Author.CUSTOMER).count()
        return said == mails and company.mail.cursor.get("uid") == 3

    return look


def aside(house: House, company: Company, raw: bytes = RAW, *, tells: bool = True) -> InboxRow:
    """Sets this aside, as the fetcher does."""
    company.mail.refresh_from_db()
    inbox = Inbox.objects.select_related("brand").get(id=company.mail.id)
    cursor = Cursor(dict(inbox.cursor), inbox.cursor_fence)
    arrival = Arrival("mail", raw, house.clock(), meta={"uid": 1})
    before = set(InboxRow.objects.values_list("id", flat=True))
    unreadable.set_aside(house, inbox, arrival, "broken", cursor, tells=tells)
    return InboxRow.objects.exclude(id__in=before).get()


def told() -> list[OutboxRow]:
    return list(OutboxRow.objects.filter(message__author=Message.Author.SYSTEM).order_by("id"))


def deliver(house: House) -> None:
    async def run() -> None:
        while await deliver_some(house, "w", 10):
            pass

    asyncio.run(run())


def test_the_sender_is_told_once_in_the_brands_languages(
    company: Company, mailbox: Poisoned
) -> None:
    house = over(company, mailbox)
    assert fetch(house, is_over(company), seconds=60.0)
    kept = InboxRow.objects.get(message=None)
    (row,) = told()
    assert kept.conversation_id == row.conversation_id
    assert notices([row.conversation_id])[row.conversation_id].at is None
    deliver(house)
    (sent,) = mailbox.taken
    assert (sent.to.value, sent.is_automatic) == (MAYA, True)
    assert sent.in_reply_to[0] == "<1@customers.example>"
    parts = sent.text.split("\n\n")
    assert [part.split()[0] for part in parts] == ["Your", "Tu", "Ihre"]
    assert "without attachments" in parts[0]
    assert sent.subject == ""
    assert notices([row.conversation_id])[row.conversation_id].at == house.clock()
    assert not Ticket.objects.exists()


def test_fetched_again_it_says_nothing_more(
    company: Company, mailbox: Poisoned, clock: StandingClock
) -> None:
    """Not even days later, when a new mail would be told."""
    house = over(company, mailbox)
    assert fetch(house, is_over(company), seconds=60.0)
    deliver(house)
    first = told()[0].key
    clock.advance(days=2)
    Inbox.objects.update(cursor={})
    assert fetch(house, is_over(company), seconds=60.0)
    deliver(house)
    assert [row.key for row in told()] == [first]
    assert len(mailbox.taken) == 1


def test_the_same_arrival_has_the_same_message_id_for_ever(company: Company) -> None:
    """Also where the database is older than what it sent."""
    house = over(company, Poisoned([]))
    row = aside(house, company)
    (first,) = told()
    InboxRow.objects.filter(id=row.id).delete()
    Conversation.objects.all().delete()
    aside(house, company)
    assert [one.key for one in told()] == [first.key]


def test_a_death_between_leaves_nothing_and_then_both(
    company: Company, mailbox: Poisoned, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete, deaths = unreadable.unreadable.complete, [2]

    def dies(row: InboxRow, finish: object) -> None:
        complete(row, finish)  # type: ignore[arg-type]
        if deaths[0]:
            deaths[0] -= 1
            raise OperationalError("gone")

    monkeypatch.setattr(unreadable.unreadable, "complete", dies)
    house = over(company, mailbox)
    with pytest.raises(OperationalError):
        aside(house, company)
    assert not InboxRow.objects.exists()
    assert not told()
    assert fetch(house, is_over(company), seconds=60.0)
    assert deaths == [0]
    assert InboxRow.objects.filter(message=None).count() == len(told()) == 1


def test_first_lines_that_break_us_too_are_set_aside_untold(
    company: Company, mailbox: Poisoned, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(self: Poisoned, arrival: Arrival) -> Named | None:
        raise ZeroDivisionError

    monkeypatch.setattr(Poisoned, "answerable", breaks)
    assert fetch(over(company, mailbox), is_over(company), seconds=60.0)
    assert f"broke on it {TRIES} times" in InboxRow.objects.get(message=None).problem
    assert not told()


def test_what_is_no_mail_at_all_is_told_too(company: Company) -> None:
    class Odd(Poisoned):
        def parse(self, arrival: Arrival) -> list[Inbound]:
            raise MalformedPayload("no mail")

    house = over(company, Odd([None]))
    assert fetch(house, InboxRow.objects.exists, seconds=60.0)
    assert len(told()) == 1


def test_nobody_named_is_nobody_told(company: Company) -> None:
    mailbox = Poisoned([])
    mailbox.sender = ""
    assert aside(over(company, mailbox), company).conversation is None
    assert not told()


def test_at_most_once_a_sender_and_day(company: Company, clock: StandingClock) -> None:
    house = over(company, Poisoned([]))
    aside(house, company, RAW + b"1")
    clock.advance(hours=23, minutes=59)
    assert aside(house, company, RAW + b"2").conversation is None
    clock.advance(minutes=2)
    assert aside(house, company, RAW + b"3").conversation is not None
    assert len(told()) == 2


def test_so_many_in_an_hour_and_no_more(company: Company, clock: StandingClock) -> None:
    mailbox = Poisoned([])
    house = over(company, mailbox)
    for number in range(IN_AN_HOUR + 1):
        mailbox.sender = f"{number}@customers.example"
        aside(house, company, RAW + b"%d" % number)
    assert len(told()) == IN_AN_HOUR
    clock.advance(hours=1, seconds=1)
    mailbox.sender = MAYA
    aside(house, company)
    assert len(told()) == IN_AN_HOUR + 1


def known(company: Company) -> Address:
    sender = Sender(AddressKind.EMAIL, MAYA, Verified.NO, "Maya")
    return address_of(company.house.vault, company.mail, sender, NOON)


def test_who_wants_nothing_is_told_nothing(company: Company) -> None:
    Address.objects.filter(id=known(company).id).update(refuses=[str(company.mail.id)])
    assert aside(over(company, Poisoned([])), company).conversation is None
    assert not told()


def test_who_was_erased_is_told_nothing(company: Company) -> None:
    Address.objects.filter(id=known(company).id).update(key_wrapped=None)
    assert aside(over(company, Poisoned([])), company).conversation is None


def test_an_address_that_is_gone_is_told_nothing(company: Company, clock: StandingClock) -> None:
    house = over(company, Poisoned([]))
    aside(house, company, RAW + b"1")
    deliver(house)
    (row,) = told()
    note_gone(row.id, clock())
    clock.advance(days=2)
    assert aside(house, company, RAW + b"2").conversation is None
    assert len(told()) == 1


def test_a_machine_that_answers_is_told_nothing(company: Company, clock: StandingClock) -> None:
    """R27: so many automatic mails to one address, whatever they are about."""
    house = over(company, Poisoned([]))
    aside(house, company, RAW + b"1")
    deliver(house)
    (row,) = told()
    clock.advance(days=1, minutes=1)
    for number in range(5):
        OutboxRow.objects.create(
            key=UUID(int=number + 1),
            conversation_id=row.conversation_id,
            address_id=row.address_id,
            inbox_id=row.inbox_id,
            message_id=row.message_id,
            state=OutboxRow.State.SENT,
            created_at=clock(),
            settled_at=clock(),
        )
    assert aside(house, company, RAW + b"2").conversation is None


def test_the_address_of_another_inbox_of_ours_is_told_nothing(company: Company) -> None:
    mailbox = Poisoned([])
    mailbox.sender = OWN
    own = Email(INBOX, email_settings())
    Inbox(id=INBOX, brand=company.brand, slug="s", name="S", channel="email").save(
        force_insert=True
    )
    house = replace(
        company.house,
        channel_of=lambda inbox: own if inbox.id == INBOX else mailbox,  # type: ignore[arg-type,return-value]
    )
    assert aside(house, company).conversation is None
    mailbox.sender = MAYA
    assert aside(house, company, RAW + b"2").conversation is not None


def test_the_answer_goes_on_in_that_conversation_with_the_assistant(
    company: Company, mailbox: Poisoned
) -> None:
    house = over(company, mailbox)
    aside(house, company)
    deliver(house)
    mailbox.mails = [Writer().mail("again, in words", thread_keys=[f"out-{mailbox.taken[0].key}"])]
    assert fetch(house, Message.objects.filter(author=Message.Author.CUSTOMER).exists, seconds=60.0)
    said = Message.objects.select_related("address").get(author=Message.Author.CUSTOMER)
    assert said.conversation_id == told()[0].conversation_id
    assert open_body(house.vault, said).text == "again, in words"
    assert Conversation.objects.get(id=said.conversation_id).wants_turn_at is not None


def test_over_mail_it_says_that_a_machine_wrote_it_and_nothing_of_theirs(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted: list[bytes] = []
    channel = Email(INBOX, email_settings())

    async def submit(sender: str, recipients: object, mail: bytes) -> None:
        submitted.append(mail)

    monkeypatch.setattr(channel, "_submit", submit)
    house = replace(company.house, channel_of=lambda inbox: channel)
    aside(house, company, RAW.replace(b"Message-ID", b"Subject: zebra\r\nMessage-ID"))
    deliver(house)
    (mail,) = submitted
    lines = mail.decode().split("\r\n")
    assert "Auto-Submitted: auto-replied" in lines
    assert f"From: Acme Support <{OWN}>" in lines
    assert "In-Reply-To: <1@customers.example>" in lines
    assert f"Message-ID: <{told()[0].key}@acme.example>" in lines
    assert b"zebra" not in mail


def test_its_bytes_are_kept_for_ninety_days(company: Company, clock: StandingClock) -> None:
    house = over(company, Poisoned([]))
    row = aside(house, company)
    clock.advance(days=89, hours=23)
    watch_once(house)
    assert raw_of(house.vault, InboxRow.objects.get(id=row.id)) == RAW
    clock.advance(hours=1)
    watch_once(house)
    assert raw_of(house.vault, InboxRow.objects.get(id=row.id)) == b""


def test_where_other_raw_mail_is_kept_for_longer_it_is_too(
    company: Company, clock: StandingClock
) -> None:
    settings = company.house.settings.model_copy(update={"raw_days": 400})
    row = aside(replace(over(company, Poisoned([])), settings=settings), company)
    assert row.raw_until == clock() + timedelta(days=400)
