"""How it was, asked by text message with numbers: once, answered after a second resolve, and never of who said STOP."""

from __future__ import annotations

from bot import desk
from channels.sms_segments import segments
from core.message import Wish
from store.models import Survey, Ticket
from tests.channels.asked import WHY, comment, questions, resolve, scripted, work
from tests.channels.sms.conftest import Line
from tests.company import Company

QUESTION = "How did we do?"


def asked(line: Line) -> list[str]:
    return [text for text in line.sent if QUESTION in text]


def test_a_number_is_the_answer_after_the_second_resolve(line: Line, company: Company) -> None:
    house, dialogue = line.house, scripted()
    line.text("a person please")
    work(house, dialogue)
    resolve(house, company.other)
    work(house, dialogue)
    (question,) = asked(line)
    for number, name in enumerate(("Very bad", "Bad", "All right", "Good", "Very good"), 1):
        assert f"{number}" in question
        assert name in question
    assert segments(question) == 1, "as cheap as can be"
    line.text("it is still broken")
    work(house, dialogue)
    assert Ticket.objects.get().status == Ticket.Status.OPEN
    resolve(house, company.other)
    work(house, dialogue)
    assert (len(asked(line)), questions()) == (1, 1)
    line.text("4, quick answer")
    work(house, dialogue)
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (4, Ticket.Status.RESOLVED)
    assert comment(house) == "quick answer"
    assert line.sent[-1] == "Thank you for telling us."


def test_a_bare_number_and_then_the_reason(line: Line, company: Company) -> None:
    house, dialogue = line.house, scripted()
    line.text("a person please")
    work(house, dialogue)
    number = resolve(house, company.other).number
    desk.reopen(house, company.other, number)
    desk.resolve(house, company.other, number)
    work(house, dialogue)
    line.text("2")
    work(house, dialogue)
    assert "/survey/" in line.sent[-1]
    line.text(WHY)
    work(house, dialogue)
    assert (Ticket.objects.get().rating, comment(house)) == (2, WHY)
    assert questions() == 1


def test_a_number_after_the_matter_was_opened_again(line: Line, company: Company) -> None:
    house, dialogue = line.house, scripted()
    line.text("a person please")
    work(house, dialogue)
    resolve(house, company.other)
    work(house, dialogue)
    line.text("it is still broken")
    work(house, dialogue)
    sent = len(line.sent)
    line.text("2")
    work(house, dialogue)
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (2, Ticket.Status.OPEN)
    assert line.sent[sent:] == ["Thank you for telling us."]


def test_who_said_stop_is_not_asked_at_the_second_either(line: Line, company: Company) -> None:
    house, dialogue = line.house, scripted()
    line.text("a person please")
    work(house, dialogue)
    line.text("STOP")
    number = resolve(house, company.other).number
    desk.reopen(house, company.other, number)
    desk.resolve(house, company.other, number)
    work(house, dialogue)
    assert (asked(line), Survey.objects.count()) == ([], 0)
    assert Wish.STOP


def test_a_stop_instead_of_an_answer_is_one_and_no_rating(line: Line, company: Company) -> None:
    house, dialogue = line.house, scripted()
    line.text("a person please")
    work(house, dialogue)
    resolve(house, company.other)
    work(house, dialogue)
    sent = len(line.sent)
    line.text("stop")
    line.text("3")
    work(house, dialogue)
    assert Ticket.objects.get().rating == 3, "what they say counts"
    assert len(line.sent) == sent, "and nothing is said to it"


def test_a_question_that_was_withdrawn_before_it_went_out_was_not_asked(
    line: Line, company: Company
) -> None:
    house, dialogue = line.house, scripted()
    line.text("a person please")
    work(house, dialogue)
    number = resolve(house, company.other).number
    line.text("STOP")
    work(house, dialogue)
    line.text("START")
    work(house, dialogue)
    assert asked(line) == []
    desk.reopen(house, company.other, number)
    desk.resolve(house, company.other, number)
    work(house, dialogue)
    assert len(asked(line)) == 1
    desk.reopen(house, company.other, number)
    desk.resolve(house, company.other, number)
    work(house, dialogue)
    assert (len(asked(line)), Survey.objects.count()) == (1, 1)
