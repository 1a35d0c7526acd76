"""A message with several questions is taken apart where each could be asked by itself, and only there; each is answered for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.knowledge import Answer, Answering, Citation, Question
from kb_index.answer import Answerer
from kb_index.generation import Generation
from kb_index.passage import Block, Document, Kind
from kb_index.several import LONGEST, Asked, questions_of, together
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]
RESET, SHIP = "How do I reset my password?", "do you ship to Canada?"
LOWER = "how do I reset my password"


def words(text: str, language: str = "en") -> list[str]:
    return [one.words for one in questions_of(text, language)]


@pytest.mark.parametrize(
    "text",
    [
        f"{LOWER}, and {SHIP}",
        f"{LOWER} and {SHIP}",
        f"{LOWER} also {SHIP}",
        f"{LOWER}, {SHIP}",
        f"{RESET} {SHIP}",
        f"{RESET}\n{SHIP}",
        f"{LOWER}\n{SHIP[:-1]}",
        f"1. {RESET}\n2. {SHIP}",
        f"1) {RESET} 2) {SHIP}",
        f"- {RESET}\n- {SHIP}",
        f"{RESET} One more thing: {SHIP}",
        f"I bought a hub in May. {RESET} It was sent by mail. And {SHIP} Thank you very much!",
        f"Can you help me? {RESET} And {SHIP}",
    ],
)
def test_two_questions_are_two_however_they_are_joined(text: str) -> None:
    found = [one.rstrip("?").lower() for one in words(text)]
    assert found == [RESET.rstrip("?").lower(), SHIP.rstrip("?").lower()]


def test_whether_asks_as_well() -> None:
    found = words("I would like to know how to reset my password and whether you ship to Canada")
    assert found[1] == "whether you ship to Canada"
    assert len(found) == 2
    assert words("I do not know whether it works and whether you can help") == []


@pytest.mark.parametrize(
    ("language", "text", "second"),
    [
        ("es", "¿Cómo restablezco mi contraseña y cuánto cuesta el envío a México?", "cuánto cuesta"),
        ("de", "Wie kündige ich meinen Monatsplan und wie lange dauert die Lieferung nach Wien?", "wie lange"),
        ("fr", "Comment réinitialiser mon mot de passe et livrez-vous au Canada ?", "livrez-vous"),
        ("pt", "Como redefino minha senha e vocês enviam para o Canadá?", "vocês enviam"),
        ("ar", "كيف أعيد تعيين كلمة المرور وهل تشحنون إلى كندا؟", "وهل تشحنون"),
    ],
)  # fmt: skip
def test_in_six_languages(language: str, text: str, second: str) -> None:
    found = words(text, language)
    assert len(found) == 2
    assert found[1].startswith(second)


@pytest.mark.parametrize(
    "text",
    [
        RESET,
        "",
        f"How are you? {RESET}",
        f"Can you believe that? {RESET}",
        f"{RESET} Can you help me with that?",
        f"{RESET} What is the way to reset a password?",
        f"{RESET} Is that possible from my phone?",
        "If I cancel my plan, do I get a refund of the rest?",
        "How do I cancel my plan, and if I cancel my plan, do I get money back?",
        "Do you ship to Canada? How much is it?",
        "Do you ship to Canada and how much does it cost to send a hub there?",
        "What is the difference between an admin and a viewer?",
        "Can I pay by card or do I need a bank account?",
        "How do I open the settings and do the firmware update?",
        "My card expired, how do I enter a new card?",
        f"My sister came on Monday and stayed. {RESET} I could not find anything on your pages.",
        "cancel yearly subscription bought in US dollars, do I get money back?",
        "Where is the closest shop to my street right now, which is 5th avenue",
        "I see a charge that I never made? Is something wrong here?",
        "¿Qué tal? ¿Cómo restablezco mi contraseña?",
        "Wie geht es Ihnen? Wie kündige ich meinen Monatsplan?",
        f"{RESET} {SHIP} " * (LONGEST // 40),
    ],
)
def test_what_is_one_question_stays_one(text: str) -> None:
    language = "es" if "¿" in text else "de" if text.startswith("Wie") else "en"
    assert words(text, language) == []


def test_what_is_told_of_a_question_is_read_with_it() -> None:
    story = "My old phone broke last week."
    first, second = questions_of(f"{story} {RESET} And {SHIP} I live there.", "en")
    assert first == Asked(RESET, f"{story} {RESET}")
    assert second == Asked(SHIP, f"{SHIP} I live there.")


def test_a_place_that_is_told_first_is_said_of_each() -> None:
    asked = "How long does delivery take?"
    first, second = questions_of(f"I live in Japan. {RESET} {asked}", "en")
    assert (first.words, second.words) == (RESET, asked)
    assert second.text == f"I live in Japan. {asked}"


ASKED = (Asked(RESET, RESET), Asked(SHIP, SHIP))
APART = np.eye(4, dtype=np.float32)
LACKING = Answer(Answering.HANDOFF, 0.1)


def told(text: str) -> Answer:
    return Answer(Answering.ANSWER, 0.9, text, (Citation("a", "A", "/a", text, f"{text}@1"),))


def test_each_is_answered_below_its_question() -> None:
    found = together(ASKED, [told("So."), told("Yes.")], APART[:2])
    assert found is not None
    assert (found.decision, found.text) == (Answering.ANSWER, f"{RESET}\nSo.\n\n{SHIP}\nYes.")
    assert [part.asked for part in found.parts] == [RESET, SHIP]
    assert [one.quote for one in found.citations] == ["So.", "Yes."]
    assert (found.unanswered, found.known) == ((), found)


def test_what_is_not_answered_is_known_by_its_words() -> None:
    found = together(ASKED, [told("So."), LACKING], APART[:2])
    assert found is not None
    assert (found.decision, found.text, found.citations) == (Answering.HANDOFF, "", ())
    assert [part.asked for part in found.unanswered] == [SHIP]
    assert found.known.text == f"{RESET}\nSo."
    wavers = Answer(Answering.CLARIFY, 0.5)
    found = together(ASKED, [told("So."), wavers], APART[:2])
    assert found is not None
    assert found.decision is Answering.CLARIFY


def test_where_none_is_answered_the_message_is_read_as_one() -> None:
    assert together(ASKED, [LACKING, LACKING], APART[:2]) is None


def test_one_that_is_asked_again_in_other_words_is_not_left_open() -> None:
    alike = np.array([[1.0, 0.0], [0.8, 0.6]], dtype=np.float32)
    again = (ASKED[0], Asked("what is my way to a new one?", "what is my way to a new one?"))
    assert together(again, [told("So."), LACKING], alike) is None
    places = [f"Do you ship to {place}?" for place in ("Canada", "Chile")]
    found = together([Asked(one, one) for one in places], [told("Yes."), LACKING], alike)
    assert found is not None, "another place is another question"


def test_the_same_answer_is_not_given_twice() -> None:
    same = told("So.")
    found = together(ASKED, [same, same], APART[:2])
    assert found == replace(same, asked="")
    third = Asked("where are your servers?", "where are your servers?")
    found = together((*ASKED, third), [same, same, told("Here.")], APART[:3])
    assert found is not None
    assert [part.asked for part in found.parts] == [f"{RESET} {SHIP}", third.words]


def test_of_more_than_three_the_rest_is_left_open(build: Build, encoder: WordEncoder) -> None:
    asked = [f"how do I clean the blue thing{n}" for n in range(5)]
    block = Block(Kind.SENTENCE, ("Clean the thing0 with water.",))
    article = Document("thing0", "Clean the thing0", (block,), language="en", revision="r")
    answerer = Answerer(build([article]), encoder)
    looked: list[str] = []

    def answer(question: Question, vector: object, generation: object) -> Answer:
        looked.append(question.text)
        return told(question.text)

    answerer._answer = answer  # type: ignore[method-assign]
    before = encoder.calls
    found = answerer.answer(Question("\n".join(asked), language="en"))
    assert encoder.calls == before + 1, "they are encoded together"
    assert looked == asked[:3]
    assert [part.asked for part in found.unanswered] == asked[3:]


def test_a_single_question_is_read_as_before(build: Build, encoder: WordEncoder) -> None:
    block = Block(Kind.SENTENCE, ("Choose Forgot password and reset it.",))
    article = Document("password", "Reset your password", (block,), language="en", revision="r")
    answerer = Answerer(build([article]), encoder)
    question = Question(RESET, language="en")
    plain = answerer.conclude(answerer.examine(question))
    assert answerer.answer(question) == replace(plain, generation=answerer.generation.name)
