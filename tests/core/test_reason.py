"""What stands behind a rating: the reason for it, by its form and by what it means, or a need of its own."""

from __future__ import annotations

import pytest

from core.reason import LONGEST, may_be_reason, wants_something
from core.understanding import Act, Scored, Understood


@pytest.mark.parametrize(
    "text",
    ["because it took a week", "friendly but slow", "weil es dauerte!", "كانوا لطفاء", "x" * 300],
)
def test_a_few_words_that_ask_nothing_may_be_a_reason(text: str) -> None:
    assert may_be_reason(text)


@pytest.mark.parametrize(
    "text",
    ["", "  \n", "and my refund?", "¿y mi dinero?", "أين طلبي؟", "退款呢？", "x" * (LONGEST + 1)],
)
def test_a_question_nothing_and_a_letter_are_none(text: str) -> None:
    assert not may_be_reason(text)


@pytest.mark.parametrize(
    ("act", "sure", "wants"),
    [
        (Act.ASK, 0.9, True),
        (Act.ASK, 0.4, False),
        (Act.REQUEST_PERSON, 0.98, True),
        (Act.TICKET_STATUS, 0.7, True),
        (Act.STOP, 0.9, True),
        (Act.URGENT_COMPLAINT, 0.99, True),
        (Act.URGENT_COMPLAINT, 0.9, False),
        (Act.GREET, 1.0, True),
        (Act.THANK, 0.99, False),
        (Act.DENY, 0.95, False),
        (Act.AFFIRM, 0.99, False),
        (Act.GIVE_DETAILS, 0.9, False),
    ],
)
def test_who_surely_wants_something_gives_no_reason(act: Act, sure: float, wants: bool) -> None:
    assert wants_something(Understood(act, sure)) is wants
    acts = (Scored(act.value, sure), Scored("chit_chat", 0.01))
    assert wants_something(Understood(act, sure, acts)) is wants


def test_two_halves_of_a_wish_are_one() -> None:
    acts = (Scored("request_person", 0.47), Scored("ask", 0.31), Scored("deny", 0.1))
    assert wants_something(Understood(Act.REQUEST_PERSON, 0.47, acts))


def test_what_stands_beside_counts_and_so_does_what_the_company_has_a_name_for() -> None:
    assert wants_something(Understood(Act.THANK, 0.9, also=(Act.ASK,)))
    assert not wants_something(Understood(Act.THANK, 0.9, also=(Act.AFFIRM,)))
    assert wants_something(Understood(Act.DENY, 0.5, intents=(Scored("return_goods", 0.8),)))
    assert not wants_something(Understood(Act.DENY, 0.5, intents=(Scored("return_goods", 0.3),)))


def test_a_further_intent_without_a_first_breaks_nothing() -> None:
    understood = Understood(act=Act.THANK, confidence=0.9, also_intents=(Scored("refund", 0.9),))
    assert not wants_something(understood)
