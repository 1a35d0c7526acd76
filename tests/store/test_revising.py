"""What customers change or take back: answered as it stands now or not at all, and never answered twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.errors import ClaimLost
from core.ids import ExternalId
from core.message import Inbound, Reply
from store.bodies import open_body
from store.claims import Claimed
from store.models import Conversation, Event, InboxRow, Message, OutboxRow
from store.turns import claim
from tests.company import Company, Writer

LEASE = timedelta(minutes=1)


def claimed(company: Company) -> list[Claimed]:
    return claim(company.house.vault, "test", LEASE, 5, company.house.clock())


def asks(company: Company, text: str = "Where is order 41?") -> Inbound:
    inbound = Writer().mail(text)
    receive(company.house, company.mail, [inbound])
    return inbound


def edited(before: Inbound, text: str, mark: str = "1") -> Inbound:
    """The customer's new wording."""
    name = ExternalId(f"edit:{mark}:{before.external_id}")
    return replace(before, external_id=name, text=text, opens=False, revises=before.external_id)


def withdrawn(before: Inbound) -> Inbound:
    """The customer takes it back."""
    name = ExternalId(f"deleted:{before.external_id}")
    gone = replace(before, external_id=name, text="", opens=False, revises=before.external_id)
    return replace(gone, is_withdrawn=True)


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_what_nobody_has_answered_is_answered_as_it_stands_now(company: Company) -> None:
    before = asks(company)
    (thinking,) = claimed(company)
    receive(company.house, company.mail, [edited(before, "Where is order 42?")])
    with pytest.raises(ClaimLost):
        finish_turn(company.house, thinking, Outcome((Reply("Order 41 is lost."),)))
    (anew,) = claimed(company)
    assert anew.text == "Where is order 42?"
    finish_turn(company.house, anew, Outcome((Reply("Order 42 comes tomorrow."),)))
    assert company.texts("bot") == ["Order 42 comes tomorrow."]
    assert claimed(company) == []


def test_what_was_answered_is_not_answered_again(company: Company) -> None:
    before = asks(company)
    (thinking,) = claimed(company)
    finish_turn(company.house, thinking, Outcome((Reply("It comes tomorrow."),)))
    for mark, text in (("1", "Where is order 42?"), ("2", "Where is order 43?")):
        (accepted,) = receive(company.house, company.mail, [edited(before, text, mark)])
        assert not accepted.wants_turn
    assert claimed(company) == []
    assert company.texts("customer") == ["Where is order 43?"]
    message = Message.objects.select_related("address").get(author="customer")
    body = open_body(company.house.vault, message)
    assert body.extra["was"] == ["Where is order 41?", "Where is order 42?"]
    assert kinds().count("message_edited") == 2


def test_what_is_taken_back_before_its_answer_is_gone(company: Company) -> None:
    before = asks(company)
    (thinking,) = claimed(company)
    receive(company.house, company.mail, [withdrawn(before)])
    with pytest.raises(ClaimLost):
        finish_turn(company.house, thinking, Outcome((Reply("It comes tomorrow."),)))
    assert claimed(company) == []
    assert Conversation.objects.get().wants_turn_at is None
    assert company.texts() == [""]
    assert OutboxRow.objects.count() == 0
    assert kinds()[-1] == "message_withdrawn"


def test_of_two_messages_the_other_one_is_still_answered(company: Company) -> None:
    before = asks(company)
    other = replace(before, external_id=ExternalId("other"), text="And the invoice?")
    receive(company.house, company.mail, [other])
    receive(company.house, company.mail, [withdrawn(before)])
    (thinking,) = claimed(company)
    assert thinking.text == "And the invoice?"


def test_what_was_answered_and_taken_back_stays_and_is_marked(company: Company) -> None:
    before = asks(company)
    (thinking,) = claimed(company)
    finish_turn(company.house, thinking, Outcome((Reply("It comes tomorrow."),)))
    receive(company.house, company.mail, [withdrawn(before)])
    message = Message.objects.select_related("address").get(author="customer")
    body = open_body(company.house.vault, message)
    assert (body.text, body.extra["withdrawn"]) == ("Where is order 41?", True)
    assert claimed(company) == []


def test_news_that_come_twice_or_about_nothing_change_nothing(company: Company) -> None:
    before = asks(company)
    change = edited(before, "Where is order 42?")
    receive(company.house, company.mail, [change])
    (again,) = receive(company.house, company.mail, [change])
    assert again.is_duplicate
    unknown = replace(before, external_id=ExternalId("never seen"), thread_keys=())
    assert receive(company.house, company.mail, [withdrawn(unknown), edited(unknown, "x")]) == []
    assert kinds().count("message_edited") == 1
    assert InboxRow.objects.filter(message__isnull=False).count() == 2
