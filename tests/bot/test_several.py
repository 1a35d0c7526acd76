"""Several questions in one message: told as the channel can, handed over by what is open, rated and learned from one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.dialogue import TurnResult
from bot.house import House
from bot.reply import Outcome, finish_turn, joined
from core.knowledge import Answer, Answering, Citation
from core.message import Reply
from store.bodies import open_body, open_json
from store.events import last_public_seqs
from store.learning import (
    IN_THE_DIALOGUE,
    rate_answer,
    rate_last_answer,
    rated_answers,
    unanswered,
)
from store.lessons import collect, lessons
from store.models import AnswerRating, Article, Lesson, Message, Revision, Ticket
from tests.bot.scripted import FastClock, ScriptedDialogue, hands_over, work_until
from tests.bot.test_worker import ask, sent
from tests.company import NOON, Company, ScriptedChannel, Writer, make_company
from tests.web import seed
from tests.web.desk.conftest import desk_company
from tests.web.seed import article, claimed, visitor

__all__ = ["desk_company"]

RESET, SHIP = "How do I reset my password?", "Do you ship to Canada?"
BOTH = f"{RESET} {SHIP}"


def reply(asked: str, text: str, cited: Citation) -> Reply:
    return Reply(f"“{asked}”\n{text}", (cited,), kind="answer", asked=asked)


def source(name: str) -> Citation:
    return Citation(name, name.title(), f"/help/{name}", "So.", f"{name}@1")


REPLIES = (
    reply(RESET, "Press Forgot.", source("password")),
    reply(SHIP, "Yes.", source("shipping")),
    Reply("Did that help?", kind="question"),
)


class ShortChannel(ScriptedChannel):
    """It may send less than the whole of an answer."""

    can = replace(ScriptedChannel.can, citations=True, cuts_answers=True)


def test_one_message_names_the_sources_of_each_answer() -> None:
    (one,) = joined(REPLIES, ScriptedChannel(), "de")
    assert one.text == (
        f"“{RESET}”\nPress Forgot.\n(Quellen: Password)\n\n“{SHIP}”\nYes.\n(Quellen: Shipping)\n\nDid that help?"
    )
    assert [item.title for item in one.citations] == ["Password", "Shipping"]
    assert [part.asked for part in one.answers] == [RESET, SHIP]
    assert one.kind == "answer"


def test_where_an_answer_may_be_cut_each_is_a_message() -> None:
    first, second = joined((Reply("Hello."), *REPLIES), ShortChannel(), "en")
    assert first.text == f"Hello.\n\n“{RESET}”\nPress Forgot."
    assert second.text == f"“{SHIP}”\nYes.\n\nDid that help?"
    assert [[item.title for item in one.citations] for one in (first, second)] == [
        ["Password"], ["Shipping"],
    ]  # fmt: skip


@pytest.mark.parametrize("channel", [ScriptedChannel(), ShortChannel()])
def test_one_answer_is_told_as_before(channel: ScriptedChannel) -> None:
    answer = Reply("Press Forgot.", (source("password"),), kind="answer")
    (one,) = joined((answer, REPLIES[2]), channel, "en")
    assert one.text == "Press Forgot.\n\nDid that help?"
    assert one.answers == ()


@pytest.fixture
def worked(house: House) -> Company:
    """The company with a clock that runs."""
    return make_company(replace(house, clock=FastClock()))


def known(asked: str, text: str, cited: Citation) -> Answer:
    return Answer(Answering.ANSWER, 0.9, text, (replace(cited, quote=text),), asked=asked)


def live(company: Company) -> Citation:
    row = Article.objects.create(brand=company.brand, slug="password")
    row.live_revision = Revision.objects.create(
        article=row, digest="d1", title="Password", body="Press Forgot.", created_at=NOON
    )
    row.save()
    return Citation("password", "Password", "/help/password", "Press Forgot.", "d1")


def partly(cited: Citation) -> Answer:
    parts = (known(RESET, "Press Forgot.", cited), Answer(Answering.HANDOFF, 0.1, asked=SHIP))
    return Answer(Answering.HANDOFF, 0.1, parts=parts)


def test_people_get_what_is_open_and_what_was_told(worked: Company) -> None:
    company = worked
    dialogue = ScriptedDialogue()
    cited = live(company)
    dialogue.answer = partly(cited)
    (effect,) = hands_over(reason="unanswered", summary=SHIP).effects
    said = reply(RESET, "Press Forgot.", cited)
    dialogue.turns.append(TurnResult({"version": 1}, (said,), (effect,)))
    ask(company, Writer("maya@customers.example"), BOTH)
    work_until(company.house, dialogue, sent(company, 1))
    assert company.provider.taken[0].text.startswith(f"“{RESET}”\nPress Forgot.\n\n")
    packet = packet_of_ticket(company)
    assert packet["open_question"]["text"] == SHIP
    assert packet["wants"]["text"] == SHIP
    (tried,) = packet["tried"]
    assert (tried["text"], tried["titles"]) == (f"“{RESET}”\nPress Forgot.", ["Password"])
    since = Ticket.objects.get().opened_at
    (gap,) = unanswered(company.house.vault, "default", since)
    assert gap.text == SHIP, "what was answered makes no gap"


def test_what_was_not_told_is_not_said_to_be(worked: Company) -> None:
    """Who asks for a person gets one; what the knowledge base would have said is not among what was tried."""
    company, dialogue = worked, ScriptedDialogue()
    dialogue.answer = partly(live(company))
    dialogue.turns.append(hands_over(summary=BOTH))
    ask(company, Writer("maya@customers.example"), BOTH)
    work_until(company.house, dialogue, sent(company, 1))
    packet = packet_of_ticket(company)
    assert packet["tried"] == []
    assert packet["open_question"]["text"] == BOTH


def test_what_is_open_is_known_when_an_address_was_asked_for_meanwhile(worked: Company) -> None:
    company, dialogue = worked, ScriptedDialogue()
    said = reply(RESET, "Press Forgot.", live(company))
    dialogue.turns.append(TurnResult({"version": 1}, (said,), ()))
    dialogue.turns.append(hands_over(reason="unanswered", summary=SHIP))
    maya = Writer("maya@customers.example")
    ask(company, maya, BOTH)
    work_until(company.house, dialogue, sent(company, 1))
    ask(company, maya, "ada@example.org")
    work_until(company.house, dialogue, sent(company, 2))
    packet = packet_of_ticket(company)
    assert packet["open_question"]["text"] == SHIP
    assert [one["titles"] for one in packet["tried"]] == [["Password"]]


def packet_of_ticket(company: Company) -> dict[str, Any]:
    ticket = Ticket.objects.select_related("conversation__address").get()
    place, sealed = f"ticket.packet:{ticket.id}", bytes(ticket.packet_cipher)
    packet = open_json(company.house.vault, ticket.conversation.address, place, sealed)
    assert isinstance(packet, dict)
    return packet


def test_without_rasa_what_is_known_is_told_and_the_rest_handed_over(worked: Company) -> None:
    company = worked
    dialogue = ScriptedDialogue(rasa_is_away=True)
    dialogue.answer = partly(live(company))
    ask(company, Writer("maya@customers.example"), BOTH)
    work_until(company.house, dialogue, sent(company, 1))
    assert company.provider.taken[0].text.startswith(f"“{RESET}”\nPress Forgot.")
    assert packet_of_ticket(company)["wants"]["text"] == SHIP


def told(company: seed.Company, *replies: Reply) -> None:
    finish_turn(company.house, claimed(company), Outcome(replies=replies, state={}))


def cited_replies(company: seed.Company) -> tuple[Reply, Reply]:
    first = article(company, "password", "Password", "Press Forgot.")
    second = article(company, "shipping", "Shipping", "Yes.")
    return reply(RESET, "Press Forgot.", first), reply(SHIP, "Yes.", second)


def test_each_answer_is_rated_and_learned_from_by_itself(desk_company: seed.Company) -> None:
    company = desk_company
    chat = visitor(company)
    seed.says(company, chat, BOTH)
    told(company, *cited_replies(company))
    since, vault = company.clock(), company.house.vault
    last = last_public_seqs([chat[0]])[chat[0]]
    rate_answer(chat[0], last, False, "chat", company.clock())
    (one,) = rated_answers(vault, "default", since)
    assert (one.text, one.cited, one.helpful) == (SHIP, ("shipping",), False)
    (gap,) = unanswered(vault, "default", since)
    assert gap.text == SHIP
    rate_answer(chat[0], last, True, "chat", company.clock())
    assert collect(vault, "default", since, company.clock()) == 1
    (lesson,) = lessons(vault, Lesson.objects.all(), 9)
    assert (lesson.text, lesson.row.target) == (SHIP, {"article": "shipping"})


def test_what_is_said_of_both_is_kept_of_both(desk_company: seed.Company) -> None:
    company = desk_company
    chat = visitor(company)
    seed.says(company, chat, BOTH)
    told(company, *cited_replies(company))
    since, vault = company.clock(), company.house.vault
    rate_last_answer(chat[0], True, IN_THE_DIALOGUE, company.clock())
    found = rated_answers(vault, "default", since)
    assert {(one.text, one.cited) for one in found} == {
        (RESET, ("password",)), (SHIP, ("shipping",)),
    }  # fmt: skip
    rate_last_answer(chat[0], False, IN_THE_DIALOGUE, company.clock())
    assert AnswerRating.objects.filter(helpful=False).count() == 2
    assert rated_answers(vault, "default", since) == [], "nobody knows which did not help"


def test_of_answers_in_one_message_each_is_learned_from(desk_company: seed.Company) -> None:
    company = desk_company
    chat = visitor(company)
    seed.says(company, chat, BOTH)
    told(company, *joined(cited_replies(company), ScriptedChannel(), "en"))
    row = Message.objects.select_related("address").get(author=Message.Author.BOT)
    assert [asked for asked, _ in open_body(company.house.vault, row).answers] == [RESET, SHIP]
    since = company.clock()
    rate_answer(chat[0], last_public_seqs([chat[0]])[chat[0]], True, "chat", company.clock())
    found = rated_answers(company.house.vault, "default", since)
    assert {(one.text, one.cited) for one in found} == {
        (RESET, ("password",)), (SHIP, ("shipping",)),
    }  # fmt: skip
