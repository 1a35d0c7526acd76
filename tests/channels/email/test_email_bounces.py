"""What came back (R32): read rightly, matched to our mail, and nothing more is sent to an address that does not exist."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from bot.deliver import deliver_some
from bot.house import House
from bot.receive import receive
from channels.email import Email
from channels.email_address import signed_address
from channels.email_parse import read_mail
from core.message import Delivery, Inbound, Receipt, Reply
from store.events import Log
from store.models import Conversation, Event, Inbox, Message, OutboxRow
from store.receiving import Accepted
from store.turns import Finish, lock, say, write
from store.withheld import GONE_FOR
from tests.channels.email.bounces import GONE, OURS, Returned, returned
from tests.channels.email.provider import INBOX, OWN, arrived, email_settings, mail
from tests.company import Company, StandingClock

CHANNEL = Email(INBOX, email_settings())
SAMPLES = list(returned(OWN))


def read(raw: bytes) -> Inbound:
    (inbound,) = CHANNEL.parse(arrived(raw))
    return inbound


def test_there_are_enough_samples() -> None:
    assert len(SAMPLES) >= 80
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_sample_is_read_and_matched(sample: Returned) -> None:
    inbound = read(sample.raw)
    assert inbound.is_automatic
    assert inbound.extra["bounce"]["recipient"] == GONE
    if sample.kind == "delay" or not sample.names:
        assert inbound.reports == ()
        return
    (report,) = inbound.reports
    assert (report.delivery, report.provider_id) == (Delivery.FAILED, OURS)
    assert report.is_gone == (sample.kind == "gone")


def test_without_the_original_it_is_known_by_where_it_came_back_to() -> None:
    secret = CHANNEL.settings.reply_secret.get_secret_value()
    conversation = "0d3a7a3c-5f0e-4c39-9a0c-3f1f6a2b7c11"
    signed = signed_address(OWN, conversation, secret)
    nameless = [sample for sample in returned(signed) if not sample.names]
    assert len(nameless) >= 15
    for sample in nameless:
        (report,) = read(sample.raw).reports
        assert str(report.thread) == f"conversation:{conversation}"
        assert report.is_gone == (sample.kind == "gone")


def test_a_forged_bounce_says_nothing() -> None:
    """Neither a Message-ID of ours nor a signed address: anybody could have written it."""
    sample = next(sample for sample in SAMPLES if not sample.names)
    assert read(sample.raw).reports == ()


# ---- on the house -------------------------------------------------------------------------------


class Post:
    """A mailbox that sends into nothing and tells what it sent."""

    def __init__(self, company: Company, clock: StandingClock) -> None:
        self.company, self.clock, self.sent = company, clock, []
        channel = Email(INBOX, email_settings())
        self.inbox = Inbox(
            id=INBOX, brand=company.brand, slug="support", name="Support", channel="email"
        )
        self.inbox.save(force_insert=True)

        async def send(outbound: object) -> Receipt:
            self.sent.append(outbound)
            return channel._receipt(outbound)  # type: ignore[arg-type]

        channel.send = send  # type: ignore[method-assign, assignment]
        self.channel = channel
        usual = company.house.channel_of
        self.house: House = replace(
            company.house,
            channel_of=lambda box: channel if box.id == INBOX else usual(box),
        )

    def bring(self, raw: bytes) -> Accepted:
        arrival = replace(arrived(raw), received_at=self.clock())
        return receive(self.house, self.inbox, self.channel.parse(arrival))[0]

    def say(self, accepted: Accepted, text: str) -> OutboxRow:
        row = lock(accepted.conversation)
        finish = Finish(self.house.vault, row, self.clock(), Log(row, self.clock()))
        say(finish, Reply(text), parts=1)
        write(finish)
        return OutboxRow.objects.latest("id")

    def deliver(self) -> None:
        asyncio.run(deliver_some(self.house, "w", 16))


@pytest.fixture
def post(house: House, company: Company, clock: StandingClock) -> Post:
    return Post(replace(company, house=house), clock)


def bounce_of(row: OutboxRow, kind: str) -> bytes:
    sample = next(sample for sample in SAMPLES if sample.kind == kind and sample.names)
    return sample.raw.replace(OURS.encode(), row.provider_id.encode())


def asked(post: Post, text: str = "Where is my order?", at: str = "1") -> Accepted:
    headers = {"From": f"Ann <{GONE}>", "Message_ID": f"<m{at}@x.example>"}
    return post.bring(mail(text, **headers))


def test_an_address_that_does_not_exist_gets_nothing_for_sixty_days(post: Post) -> None:
    with transaction.atomic():
        hello = asked(post)
        row = post.say(hello, "It comes tomorrow.")
    post.deliver()
    row.refresh_from_db()
    tickets = Conversation.objects.count()
    post.bring(bounce_of(row, "gone"))
    post.bring(bounce_of(row, "gone"))
    row.refresh_from_db()
    assert row.state == OutboxRow.State.DEAD
    assert "came back" in row.last_error
    assert Event.objects.filter(kind="address_gone").count() == 1
    assert Conversation.objects.count() == tickets + 1, "the bounce opens nothing that is answered"
    assert not Conversation.objects.filter(wants_turn_at__isnull=False).exclude(
        id=hello.conversation
    )
    for days, expected in ((1, "cancelled"), (58, "cancelled"), (2, "sent")):
        post.clock.advance(days=days)
        with transaction.atomic():
            late = post.say(hello, f"Another {days}")
        post.deliver()
        late.refresh_from_db()
        assert late.state == expected
    assert len(post.sent) == 2
    assert timedelta(days=60) == GONE_FOR


def test_who_writes_from_it_is_there_again(post: Post) -> None:
    with transaction.atomic():
        row = post.say(asked(post), "It comes tomorrow.")
    post.deliver()
    row.refresh_from_db()
    post.bring(bounce_of(row, "gone"))
    post.clock.advance(hours=1)
    with transaction.atomic():
        again = asked(post, "It works again", at="2")
        post.say(again, "Good.")
    post.deliver()
    assert [outbound.text for outbound in post.sent] == ["It comes tomorrow.", "Good."]


@pytest.mark.parametrize("kind", ["full", "refused", "delay"])
def test_other_bounces_close_no_address(post: Post, kind: str) -> None:
    with transaction.atomic():
        hello = asked(post)
        row = post.say(hello, "It comes tomorrow.")
    post.deliver()
    row.refresh_from_db()
    post.bring(bounce_of(row, kind))
    with transaction.atomic():
        post.say(hello, "Another")
    post.deliver()
    assert len(post.sent) == 2


def test_a_colleague_is_told(post: Post) -> None:
    with transaction.atomic():
        hello = asked(post)
        row = post.say(hello, "It comes tomorrow.")
    post.deliver()
    row.refresh_from_db()
    post.bring(bounce_of(row, "gone"))
    with transaction.atomic():
        theirs = post.say(hello, "A person writes.")
    Message.objects.filter(id=theirs.message_id).update(is_automatic=False)
    post.deliver()
    theirs.refresh_from_db()
    assert theirs.state == OutboxRow.State.DEAD
    assert "does not exist" in theirs.last_error


def test_a_loop_whose_headers_were_stripped_ends_at_five(post: Post) -> None:
    """Two machines that each answer everything, and nothing in a header says so (R27)."""
    for round_number in range(30):
        with transaction.atomic():
            heard = asked(post, f"I am not here. ({round_number})", at=f"loop{round_number}")
            post.say(heard, f"Thank you for your message. ({round_number})")
        post.deliver()
        post.clock.advance(minutes=1)
    assert len(post.sent) == 5
    post.clock.advance(hours=2)
    with transaction.atomic():
        post.say(asked(post, "A person now", at="person"), "Welcome back.")
    post.deliver()
    assert len(post.sent) == 6


def test_a_slow_loop_ends_within_the_day(post: Post) -> None:
    for round_number in range(60):
        with transaction.atomic():
            heard = asked(post, f"I am not here. ({round_number})", at=f"slow{round_number}")
            post.say(heard, f"Thank you. ({round_number})")
        post.deliver()
        post.clock.advance(minutes=15)
    assert len(post.sent) == 20


def test_what_the_samples_say_is_what_a_mail_says() -> None:
    for sample in SAMPLES:
        assert read_mail(sample.raw).sender.address
