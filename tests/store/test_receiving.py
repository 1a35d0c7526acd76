"""Accepting: once each, in the right conversation, in order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.receive import receive
from core.errors import ClaimLost
from core.message import AddressKind, Sender, Verified
from store.bodies import open_body
from store.models import Address, Conversation, Event, InboxRow, Message
from store.receiving import Arriving, Cursor, accept
from tests.company import Company, Writer
from tests.concurrency import together


def test_the_same_arrival_twice_is_one_message(company: Company) -> None:
    mail = Writer().mail("Where is my parcel?")
    first = receive(company.house, company.mail, [mail])[0]
    second = receive(company.house, company.mail, [mail])[0]
    assert Message.objects.count() == 1
    assert second.is_duplicate
    assert not second.is_conflict
    assert (second.message, second.conversation, second.public_seq) == (
        first.message,
        first.conversation,
        first.public_seq,
    )


def test_a_retry_while_the_first_is_still_running_is_one_message(company: Company) -> None:
    mails = [Writer(f"c{n}@customers.example").mail("hello") for n in range(8)]
    deeds = [
        lambda mail=mail: receive(company.house, company.mail, [mail])[0]
        for mail in mails
        for _ in range(2)
    ]
    results = together(deeds)
    problems = [item for item in results if isinstance(item, BaseException)]
    assert problems == []
    assert Message.objects.count() == InboxRow.objects.count() == 8
    assert sum(item.is_duplicate for item in results) == 8  # type: ignore[union-attr]


def test_the_same_id_with_other_content_is_flagged_and_changes_nothing(company: Company) -> None:
    writer = Writer()
    receive(company.house, company.mail, [writer.mail("one", external_id="x")])
    again = receive(company.house, company.mail, [writer.mail("two", external_id="x")])[0]
    assert again.is_duplicate
    assert again.is_conflict
    message = Message.objects.select_related("address").get()
    assert open_body(company.house.vault, message).text == "one"


def test_the_same_id_in_another_inbox_is_another_message(company: Company) -> None:
    mail = Writer().mail("hello", external_id="x")
    receive(company.house, company.mail, [mail])
    accept(company.house.vault, company.chat, [Arriving(mail)], now=mail.at, raw_until=None)
    assert Message.objects.count() == 2


def test_replies_reach_the_conversation_of_what_they_answer(company: Company) -> None:
    maya = Writer()
    first = receive(company.house, company.mail, [maya.mail("first")])[0]
    second = receive(company.house, company.mail, [maya.mail("second")])[0]
    assert second.conversation == first.conversation
    assert [m.seq for m in Message.objects.order_by("seq")] == [1, 2]


def test_a_stranger_who_knows_a_key_gets_a_conversation_of_their_own(company: Company) -> None:
    maya, mallory = Writer(), Writer("mallory@elsewhere.example")
    first = receive(company.house, company.mail, [maya.mail("mine")])[0]
    stolen = mallory.mail("let me in", thread_keys=maya.keys)
    other = receive(company.house, company.mail, [stolen])[0]
    assert other.conversation != first.conversation
    assert Message.objects.filter(conversation=first.conversation).count() == 1


def test_a_key_that_proves_itself_lets_a_new_address_in(company: Company) -> None:
    maya, colleague = Writer(), Writer("colleague@customers.example")
    first = receive(company.house, company.mail, [maya.mail("mine")])[0]
    joined = colleague.mail("me too", thread_keys=maya.keys, claims=True)
    second = receive(company.house, company.mail, [joined])[0]
    assert second.conversation == first.conversation
    assert second.public_seq == 0, "the customer's own stream shows nobody else's mail"
    third = receive(company.house, company.mail, [colleague.mail("again", thread_keys=maya.keys)])
    assert third[0].conversation == first.conversation, "now a participant"


def test_the_first_known_key_decides(company: Company) -> None:
    maya = Writer()
    older = receive(company.house, company.mail, [maya.mail("older", thread_keys=())])[0]
    newer = receive(company.house, company.mail, [maya.mail("newer", thread_keys=())])[0]
    assert older.conversation != newer.conversation
    keys = ["<unknown@x>", maya.keys[1], maya.keys[0]]
    found = receive(company.house, company.mail, [maya.mail("which?", thread_keys=keys)])[0]
    assert found.conversation == newer.conversation


def test_a_closed_conversation_is_followed_by_one_new_one(company: Company) -> None:
    maya = Writer()
    first = receive(company.house, company.mail, [maya.mail("first")])[0]
    Conversation.objects.filter(id=first.conversation).update(status=Conversation.Status.CLOSED)
    keys = maya.keys[:1]
    second = receive(company.house, company.mail, [maya.mail("later", thread_keys=keys)])[0]
    third = receive(company.house, company.mail, [maya.mail("later still", thread_keys=keys)])[0]
    assert second.conversation != first.conversation
    assert third.conversation == second.conversation
    assert Conversation.objects.get(id=second.conversation).follows_id == first.conversation


def test_automatic_mail_is_kept_and_wants_no_answer(company: Company) -> None:
    mail = Writer().mail("I am on holiday", is_automatic=True)
    accepted = receive(company.house, company.mail, [mail])[0]
    assert not accepted.wants_turn
    assert Conversation.objects.get().wants_turn_at is None
    assert Message.objects.get().is_automatic


def test_eight_writers_leave_no_gap_in_either_sequence(company: Company) -> None:
    maya = Writer()
    first = receive(company.house, company.mail, [maya.mail("start")])[0]
    keys = tuple(maya.keys)
    mails = [maya.mail(f"m{n}", thread_keys=keys) for n in range(24)]

    def write(part: int) -> int:
        return len([receive(company.house, company.mail, [m]) for m in mails[part::8]])

    results = together([lambda part=part: write(part) for part in range(8)])
    assert results == [3] * 8
    events = Event.objects.filter(conversation=first.conversation)
    assert sorted(events.values_list("seq", flat=True)) == list(range(1, 26))
    assert sorted(events.values_list("public_seq", flat=True)) == list(range(1, 26))
    row = Conversation.objects.get()
    assert (row.last_seq, row.last_public_seq) == (25, 25)


def test_one_address_written_from_eight_threads_is_one_row(company: Company) -> None:
    mails = [Writer().mail("hello", thread_keys=()) for _ in range(8)]
    results = together(
        [lambda mail=mail: receive(company.house, company.mail, [mail]) for mail in mails]
    )
    assert not [item for item in results if isinstance(item, BaseException)]
    assert Address.objects.count() == 1
    assert Conversation.objects.count() == 8


def test_nothing_is_stored_of_a_batch_that_fails(company: Company) -> None:
    good, bad = Writer().mail("fine"), Writer().mail("bad")
    broken = Sender(AddressKind.EMAIL, "x@y.example", display_name="name")
    object.__setattr__(broken, "value", None)
    object.__setattr__(bad, "sender", broken)
    with pytest.raises(TypeError):
        receive(company.house, company.mail, [good, bad])
    assert (Message.objects.count(), InboxRow.objects.count()) == (0, 0)


def test_the_cursor_moves_with_the_mail_and_only_for_the_present_holder(company: Company) -> None:
    maya = Writer()
    receive(company.house, company.mail, [maya.mail("one")], Cursor({"uid": 1}, fence=2))
    with pytest.raises(ClaimLost):
        receive(company.house, company.mail, [maya.mail("two")], Cursor({"uid": 9}, fence=1))
    company.mail.refresh_from_db()
    assert (company.mail.cursor, company.mail.cursor_fence) == ({"uid": 1}, 2)
    assert Message.objects.count() == 1


def test_a_mail_that_proved_itself_vouches_for_no_later_one(company: Company) -> None:
    writer = Writer("maya@customers.example")

    def after(verified: Verified) -> str:
        mail = writer.mail("hello")
        sender = replace(mail.sender, verified=verified)
        receive(company.house, company.mail, [replace(mail, sender=sender)])
        return str(Address.objects.get().verified)

    states = (Verified.PROVEN, Verified.NO, Verified.PROVEN)
    assert [after(verified) for verified in states] == ["proven", "no", "proven"]
