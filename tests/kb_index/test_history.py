"""What was said before counts where a message leans on it, or is about the same; a change of subject is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.knowledge import Question, Said
from kb_index import grounds
from kb_index.answer import Answerer
from kb_index.asked import Asked
from kb_index.generation import Generation
from kb_index.passage import Document
from kb_index.query import build_query
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]


def test_a_question_of_another_subject_is_read_without_what_was_said(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    """Whatever was asked before, a question that stands alone is answered as if it were the first."""
    answerer = Answerer(build(documents), encoder)
    question = "How long do parcels take to reach Germany from your warehouse?"
    alone = answerer.answer(Question(question, language="en"))
    for earlier in ("How do I cancel my plan?", "May agents refund forty euros?"):
        history = (Said("customer", earlier), Said("bot", "Open Settings and choose Plan."))
        after = answerer.answer(Question(question, history, language="en"))
        assert (after.decision, after.text) == (alone.decision, alone.text)
        assert after.confidence == alone.confidence
        query = build_query(Question(question, history, language="en"), encoder)
        assert query.whole is query.own
    akin = (Said("customer", "Do parcels leave your warehouse on Sundays?"), Said("bot", "No."))
    query = build_query(Question(question, akin, language="en"), encoder)
    assert "sunday" in query.whole.terms


def test_a_message_that_leans_on_what_was_said_is_read_with_all_of_it(
    encoder: WordEncoder,
) -> None:
    history = (Said("customer", "How do I cancel my plan?"), Said("bot", "Open Settings."))
    query = build_query(Question("and what about it then?", history, language="en"), encoder)
    assert {"cancel", "plan"} <= set(query.whole.terms)
    assert query.leaning > 0.5


CANCEL = (Said("customer", "How do I cancel my plan?"), Said("bot", "Open Settings."))


@pytest.mark.parametrize(
    ("language", "own", "earlier"),
    [
        ("en", "My parcel left on Monday and it never came", "The parcel left and it never came"),
        (
            "de",
            "Meine Lampe kam gestern, aber sie geht nicht",
            "Die Lampe kam, aber sie geht nicht",
        ),
        ("es", "Mi lámpara llegó ayer y ella no enciende", "La lámpara llegó y ella no enciende"),
    ],
)
def test_a_thing_that_the_message_names_itself_is_nothing_said_before(
    language: str, own: str, earlier: str, encoder: WordEncoder
) -> None:
    def leaning(text: str) -> float:
        return build_query(Question(text, CANCEL, language=language), encoder).leaning

    assert leaning(own) < 0.4 < 0.5 < leaning(earlier)
    if language == "en":
        both = "My parcel left on Monday and it is like that one"
        assert leaning(both) > 0.5, "only the word for its own thing is spared"


@pytest.fixture
def chance(
    documents: list[Document], build: Build, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[float, float]]:
    """What is believed of an answer after the question how to cancel, and what it would be if nobody looked for the message's subject."""
    generation = build(documents)

    def believed(
        text: str, history: tuple[Said, ...] = CANCEL, language: str = "en", **more: object
    ) -> tuple[float, float]:
        answerer = Answerer(generation, encoder, **more)  # type: ignore[arg-type]
        question = Question(text, history, language=language)
        found = []
        for most in (grounds.MOST, 0.0):
            with monkeypatch.context() as patched:
                patched.setattr(grounds, "MOST", most)
                examined = answerer.examine(question)
                assert examined is not None
                found.append(examined.chance)
        return found[0], found[1]

    return believed


@pytest.mark.parametrize("text", ["and a lottery?", "do you have drones?", "what about penguins?"])
def test_what_a_short_message_asks_for_must_stand_in_the_article(
    chance: Callable[..., tuple[float, float]], text: str
) -> None:
    doubted, otherwise = chance(text)
    assert doubted == pytest.approx(otherwise * (1 - grounds.MOST))


@pytest.mark.parametrize(
    "text",
    [
        "and my readings?",
        "and what do I need to do then?",
        "and what happens to it?",
        "what is the price?",
        "can you repeat that, and the last step?",
        "and is there a lottery among those customers who leave before summer then?",
    ],
)
def test_what_the_article_has_or_nobody_names_is_believed_as_before(
    chance: Callable[..., tuple[float, float]], text: str
) -> None:
    doubted, otherwise = chance(text)
    assert doubted == otherwise


@pytest.mark.parametrize(
    "text",
    ["where is that button?", "which menu?", "I can't see the page", "where do I click?"],
)
def test_who_points_at_a_part_of_the_answer_is_given_it_again(
    chance: Callable[..., tuple[float, float]], text: str
) -> None:
    """The article calls it "Plan" or "Cancel"; nobody writes that it is a button."""
    doubted, otherwise = chance(text)
    assert doubted == otherwise


@pytest.mark.parametrize(
    "text", ["where is that lottery?", "do you sell buttons?", "a button for coats?"]
)
def test_what_is_no_part_of_an_answer_must_stand_in_the_article(
    chance: Callable[..., tuple[float, float]], text: str
) -> None:
    doubted, otherwise = chance(text)
    assert doubted < otherwise


@pytest.mark.parametrize(
    ("term", "meant", "is_one"),
    [
        ("light", "light", True),
        ("buton", "button", True),
        ("refnud", "refund", True),
        ("plann", "plan", True),
        ("mony", "money", True),
        ("song", "long", False),
        ("plant", "plan", False),
        ("monkey", "money", False),
        ("beach", "reach", False),
        ("", "a", True),
    ],
)
def test_a_slip_of_the_pen_is_no_other_word(term: str, meant: str, is_one: bool) -> None:
    assert grounds.is_slip(term, meant) is is_one


def test_who_points_at_something_else_is_not_answered_because_it_is_spelled_like_it(
    chance: Callable[..., tuple[float, float]],
) -> None:
    """The article says "plan": a plant is another thing, a plna is not."""
    doubted, otherwise = chance("this plant?")
    assert doubted < otherwise
    doubted, otherwise = chance("and this plna?")
    assert doubted == otherwise


def test_the_first_question_of_a_conversation_is_judged_as_before(
    chance: Callable[..., tuple[float, float]],
) -> None:
    doubted, otherwise = chance("and a lottery?", ())
    assert doubted == otherwise


def test_other_words_for_what_the_article_has_are_believed(
    chance: Callable[..., tuple[float, float]],
) -> None:
    """By the glossary; and where people have confirmed that the article answers this very question."""
    doubted, otherwise = chance("and the measurements?")
    assert doubted < otherwise
    doubted, otherwise = chance("and the measurements?", glossary={"measurements": ["readings"]})
    assert doubted == otherwise
    history_vector = build_query(
        Question("and the measurements?", CANCEL, language="en"), WordEncoder()
    ).whole.vector
    assert history_vector is not None
    asked = Asked("words", np.stack([history_vector]), ("cancel",))
    doubted, otherwise = chance("and the measurements?", asked=asked)
    assert doubted == otherwise


def test_a_part_of_a_german_compound_is_there_but_no_letters_within_a_word(
    documents: list[Document],
    build: Build,
    encoder: WordEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    block = replace(
        documents[0].blocks[0], parts=("Eine Kündigungsfrist gibt es beim Gebrauch nicht.",)
    )
    german = replace(documents[0], title="Plan kündigen", language="de", blocks=(block,))
    answerer = Answerer(build([german]), encoder)
    history = (Said("customer", "Wie kann ich den Plan kündigen?"), Said("bot", "In der App."))

    def chances(text: str) -> tuple[float, float]:
        found = []
        for most in (grounds.MOST, 0.0):
            with monkeypatch.context() as patched:
                patched.setattr(grounds, "MOST", most)
                examined = answerer.examine(Question(text, history, language="de"))
                assert examined is not None
                found.append(examined.chance)
        return found[0], found[1]

    doubted, otherwise = chances("und die Frist?")
    assert doubted == otherwise
    doubted, otherwise = chances("und der Rauch?")
    assert doubted < otherwise


def test_a_question_of_its_own_is_read_alone_where_the_article_lacks_it(
    chance: Callable[..., tuple[float, float]],
) -> None:
    """Not a single word, which may stand anywhere: "the warehouse" names no question."""
    alone, _ = chance("So when do parcels reach the warehouse?", ())
    doubted, _ = chance("So when do parcels reach the warehouse?")
    assert doubted >= alone
    doubted, otherwise = chance("and the lottery?")
    assert doubted == pytest.approx(otherwise * (1 - grounds.MOST))


def test_words_of_another_language_than_the_article_are_not_missed(
    chance: Callable[..., tuple[float, float]],
) -> None:
    history = (Said("customer", "Cancela el plan: hay plazo de aviso?"), Said("bot", "No."))
    doubted, otherwise = chance("and the lottery?", history)
    assert doubted == otherwise
    doubted, otherwise = chance("y la loteria?", history, language="es")
    assert doubted < otherwise
