"""A rating that comes when the matter is open again, or very late: it is the answer to its question, and no words for anybody."""

from __future__ import annotations

import pytest

from bot import desk, survey
from core.rating import stars
from store.models import Conversation, Event, Message, Ticket
from tests.bot.scripted import ScriptedDialogue, hands_over
from tests.bot.surveyed import resolved, taken, tell
from tests.company import Company, StandingClock, Writer

BROKEN = "it is still broken"
THANKS = "Thank you for telling us."


@pytest.fixture
def asked(company: Company, dialogue: ScriptedDialogue, maya: Writer) -> Company:
    """Her ticket was resolved and she was asked how it was."""
    resolved(company, dialogue, maya)
    return company


@pytest.fixture
def reopened(asked: Company, dialogue: ScriptedDialogue, maya: Writer) -> Company:
    """She wrote again instead, and the colleague waits for her."""
    tell(asked, dialogue, maya, BROKEN)
    assert Ticket.objects.get().status == Ticket.Status.OPEN
    desk.wait(asked.house, asked.other, Ticket.objects.get().number)
    return asked


def outcome() -> tuple[int | None, str]:
    ticket = Ticket.objects.get()
    return ticket.rating, ticket.status


@pytest.mark.parametrize("rating", ["4", " 4. ", stars(4)])
def test_a_number_is_still_the_answer(
    reopened: Company, dialogue: ScriptedDialogue, maya: Writer, rating: str
) -> None:
    tell(reopened, dialogue, maya, rating)
    assert outcome() == (4, Ticket.Status.PENDING), "nothing for the colleague to do"
    assert reopened.texts("bot")[-1] == THANKS, "what she writes next is for the colleague"
    row = Conversation.objects.get()
    assert (row.status, row.wants_turn_at) == (Conversation.Status.OPEN, None)
    tell(reopened, dialogue, maya, "because it took a week")
    assert outcome() == (4, Ticket.Status.OPEN)


def test_the_last_of_two_counts(
    reopened: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    tell(reopened, dialogue, maya, "4", stars(2))
    assert outcome() == (2, Ticket.Status.PENDING)
    assert reopened.texts("bot").count(THANKS) == 1


def test_a_button_pressed_beside_words_counts_and_so_do_the_words(
    asked: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    tell(asked, dialogue, maya, BROKEN, stars(2))
    assert outcome() == (2, Ticket.Status.OPEN)
    assert THANKS not in asked.texts("bot")[-1], "what follows the words says enough"


def test_a_number_answers_what_a_colleague_asked_since(
    reopened: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    number = Ticket.objects.get().number
    desk.reply(reopened.house, reopened.other, number, "How many parcels are missing?")
    tell(reopened, dialogue, maya, "4")
    assert outcome() == (None, Ticket.Status.OPEN)
    desk.wait(reopened.house, reopened.other, number)
    tell(reopened, dialogue, maya, stars(4))
    assert outcome() == (4, Ticket.Status.PENDING), "the card is of that question"


@pytest.mark.parametrize("words", ["2 parcels are missing", "4, quick answer", "Good", "6", "★☆"])
def test_other_words_are_for_the_colleague(
    reopened: Company, dialogue: ScriptedDialogue, maya: Writer, words: str
) -> None:
    tell(reopened, dialogue, maya, words)
    assert outcome() == (None, Ticket.Status.OPEN)


def test_who_was_never_asked_rates_nothing(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    number = taken(company, dialogue, maya)
    desk.wait(company.house, company.other, number)
    tell(company, dialogue, maya, stars(4))
    assert outcome() == (None, Ticket.Status.OPEN)


def test_nobody_rates_for_the_customer(reopened: Company, dialogue: ScriptedDialogue) -> None:
    stranger = Writer("eve@elsewhere.example")
    dialogue.turns.append(hands_over())
    tell(reopened, dialogue, stranger, stars(1))
    assert Ticket.objects.order_by("number")[0].rating is None


def test_a_card_pressed_too_late_does_nothing(
    asked: Company, dialogue: ScriptedDialogue, maya: Writer, clock: StandingClock
) -> None:
    tell(asked, dialogue, maya, stars(4))
    clock.now += survey.CHANGES
    tell(asked, dialogue, maya, stars(3))
    assert outcome() == (3, Ticket.Status.RESOLVED), "a day to change it"
    clock.advance(minutes=1)
    said = Message.objects.exclude(author=Message.Author.CUSTOMER).count()
    tell(asked, dialogue, maya, stars(1))
    assert outcome() == (3, Ticket.Status.RESOLVED)
    assert Message.objects.exclude(author=Message.Author.CUSTOMER).count() == said, "in silence"
    desk.reopen(asked.house, asked.other, Ticket.objects.get().number)
    desk.wait(asked.house, asked.other, Ticket.objects.get().number)
    tell(asked, dialogue, maya, stars(1))
    assert outcome() == (3, Ticket.Status.PENDING)
    assert Event.objects.filter(kind="rated").count() == 2


def test_a_number_that_comes_too_late_is_for_the_colleague(
    asked: Company, dialogue: ScriptedDialogue, maya: Writer, clock: StandingClock
) -> None:
    tell(asked, dialogue, maya, "4")
    clock.now += survey.CHANGES
    clock.advance(minutes=1)
    tell(asked, dialogue, maya, "1")
    assert outcome() == (4, Ticket.Status.OPEN)


def test_an_old_card_rates_the_matter_that_it_asked_about(
    asked: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    Conversation.objects.update(status=Conversation.Status.CLOSED)
    Ticket.objects.update(status=Ticket.Status.CLOSED)
    dialogue.turns.append(hands_over())
    tell(asked, dialogue, maya, "another person please")
    first, second = Ticket.objects.order_by("number")
    tell(asked, dialogue, maya, stars(5))
    first, second = Ticket.objects.order_by("number")
    assert (first.rating, second.rating) == (5, None)
    assert (first.status, second.status) == (Ticket.Status.CLOSED, Ticket.Status.OPEN)
    assert Conversation.objects.count() == 2
