"""A long message is answered by what answers one of its sentences; a place that it names is not left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core.knowledge import Question, Said
from kb_index.answer import Answerer
from kb_index.generation import Generation
from kb_index.parts import LONGEST, MOST, questions_in
from kb_index.passage import Block, Document, Kind
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]
ASKED = "How do I reset my password?"


def all_known(term: str) -> bool:
    return True


def texts(text: str, language: str = "en") -> list[str]:
    return [one.text for one in questions_in(Question(text, language=language), all_known)]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"We came home late on Monday. {ASKED} Nobody here has time.", [ASKED]),
        ("how do I cancel my plan I need this urgently", ["how do I cancel my plan"]),
        (
            "my neighbour was no help at all how do i cancel my plan",
            ["how do i cancel my plan"],
        ),
        ("The reset mail never came My colleague had that too", ["The reset mail never came"]),
        ("The fan is loud at night. My sister came to visit.", None),
        ("Mi hermana vino. ¿Cómo cancelo mi plan mensual?", ["¿Cómo cancelo mi plan mensual?"]),
        (
            "The reset mail never came. Have a nice week.",
            ["The reset mail never came.", "Have a nice week."],
        ),
        ("how many blue lamps are there in the house", []),
        ("how did the u.s. navy make a difference in the war", []),
        (ASKED, []),
        ("I think that I forgot my password", []),
        ("tell me how do i cancel my plan", []),
        ("Where is it? How so? It is long.", []),
        ("", []),
    ],
)
def test_what_may_be_the_question_is_read_by_itself(text: str, read: list[str] | None) -> None:
    language = "es" if "¿" in text else "en"
    found = texts(text, language)
    assert found == read if read is not None else len(found) == 2


def test_what_stands_before_it_was_said_before() -> None:
    bought = "I bought a blue hub."
    [one] = questions_in(Question(f"{bought} {ASKED}", language="en"), all_known)
    assert one.history == (Said("customer", bought),)


def test_after_other_messages_only_a_long_one_is_taken_apart() -> None:
    said = (Said("customer", "Hello"),)
    story = "It was a very long time ago that it came to me as it did, " * 2
    assert (
        questions_in(Question(f"{story[:60]}. {ASKED}", history=said, language="en"), all_known)
        == []
    )
    [one] = questions_in(Question(f"{story}. {ASKED}", history=said, language="en"), all_known)
    assert one.history[0] == said[0]


def test_no_sentence_leaves_out_a_place_that_is_named() -> None:
    asked = "How long does delivery take these days?"
    assert texts(f"We live in Japan. {asked}") == []
    assert texts(f"We live by the sea. {asked}") == [asked]
    with_place = "How long does delivery to Japan take?"
    assert texts(f"We moved last spring. {with_place}") == [with_place]


def test_of_many_sentences_those_of_words_that_articles_have_are_read() -> None:
    many = [f"Blue lamp number{n} shines." for n in range(30)]
    known = {f"number{n}" for n in range(3, 3 + 2 * MOST, 2)}
    found = questions_in(Question(" ".join(many), language="en"), known.__contains__)
    assert [one.text for one in found] == [many[n] for n in range(3, 3 + 2 * MOST, 2)]
    assert texts("How do lamps shine? " * LONGEST) == []


def test_who_tells_a_story_is_as_near_to_an_answer(build: Build, encoder: WordEncoder) -> None:
    block = Block(Kind.SENTENCE, ("Choose Forgot password and reset it.",))
    other = Block(Kind.SENTENCE, ("The garden has a market and a neighbour with coffee.",))
    articles = [
        Document("password", "Reset your password", (block,), language="en", revision="r"),
        Document("garden", "The garden", (other,), language="en", revision="r"),
    ]
    answerer = Answerer(build(articles), encoder, words={"where": 1})
    story = "My sister came on Monday with two kids. We sat long and talked of old times in spring."
    chances = []
    for text in (ASKED, f"{story} {ASKED}", f"{story} {ASKED.lower()} {story}"):
        found = answerer.examine(Question(text, language="en"))
        assert found is not None
        assert found.best.article == "password"
        chances.append(found.chance)
    assert chances[1:] == pytest.approx([chances[0]] * 2, rel=0.2)


def test_what_is_surely_answered_is_read_once(
    build: Build, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = Block(Kind.SENTENCE, ("Choose Forgot password and reset it.",))
    article = Document("password", "Reset your password", (block,), language="en", revision="r")
    answerer, times = Answerer(build([article]), encoder, words={"where": 1}), []
    once = Answerer._examine

    def counted(self: Answerer, question: Question, *rest: Any) -> Any:
        times.append(question.text)
        found = once(self, question, *rest)
        return found and replace(found, chance=0.9 if question.text == ASKED else 0.3)

    monkeypatch.setattr(Answerer, "_examine", counted)
    text = f"My password came by mail. {ASKED} Nobody could tell me that password."
    answerer.examine(Question(text, language="en"))
    assert times == [text, ASKED]
