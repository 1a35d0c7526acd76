"""A slip of the pen does not keep an answer from whoever asks; a word that is another one stays it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import pytest

from core.knowledge import Question
from kb_index.answer import Answerer
from kb_index.generation import Generation
from kb_index.misspelt import meant
from kb_index.passage import Block, Document, Kind, PassageText
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]


def article(slug: str, title: str, text: str) -> Document:
    block = Block(Kind.SENTENCE, (text,))
    return Document(slug, title, (block,), language="en", revision="r", url=f"/help/{slug}")


PASSWORD = article("password", "Reset your password", "Choose Forgot password and reset it.")
WORDS = {"where": 1, "plant": 2, "money": 3, "honey": 4}
PLAN = article("plan", "Your monthly plan", "The monthly plan ends with the month. It is long.")


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("How do I reset my passwrod?", "How do I reset my password?"),  # swapped
        ("How do I reset my pasword?", "How do I reset my password?"),  # left out
        ("How do I resset my Passsword?", "How do I reset my password?"),  # doubled
        ("How do I reset my passwird?", "How do I reset my password?"),  # wrong, in a long word
        ("How do I reset my passwrord?", "How do I reset my password?"),  # one too many
        ("reset my motnhly passwrod", "reset my monthly password"),  # what its stem would hide
        ("How do I reset my password?", "How do I reset my password?"),
        ("this song? this plant? pl4n?", "this song? this plant? pl4n?"),  # other words
        ("Where is the lift?", "Where is the lift?"),
        ("", ""),
        (
            "How do I resst my plan?",
            "How do I reset my plan?",
        ),  # wrong, in a shorter word that begins right
        ("How do I reset my psaswprd?", "How do I reset my password?"),  # two slips in a long one
        ("How do I reset my paswwod?", "How do I reset my password?"),
        (
            "Do I get my mnoey back?",
            "Do I get my money back?",
        ),  # of no article, but of everyday use
        ("Do I get my moneu for it?", "Do I get my money for it?"),
        ("Wehre is it? Whre?", "where is it? where?"),
        ("Do you deliver to Esypt, or Knya?", "Do you deliver to Egypt, or Kenya?"),
        (
            "Does it work with my Plsn or my Moneu?",
            "Does it work with my Plsn or my Moneu?",
        ),  # names
    ],
)
def test_what_is_misspelt_is_read_as_it_was_meant(
    build: Build, encoder: WordEncoder, asked: str, read: str
) -> None:
    generation = build([PASSWORD, PLAN])
    assert meant(asked, "en", generation, every(generation), WORDS) == read


@pytest.mark.parametrize("word", ["monthy", "Iceland"])
def test_a_word_or_a_place_is_what_it_is(build: Build, encoder: WordEncoder, word: str) -> None:
    generation = build([PASSWORD, PLAN, article("ireland", "Ireland", "We deliver to Irceland.")])
    asked = f"and {word}?"
    assert meant(asked, "en", generation, every(generation), {"monthy": 1}) == asked
    assert meant("and monthy?", "en", generation, every(generation)) == "and monthly?"


def test_of_several_everyday_words_the_most_used_is_meant(build: Build) -> None:
    generation = build([PASSWORD])
    words = {"honey": 9, "money": 3, "mony": 1}
    assert meant("my monney", "en", generation, every(generation), words) == "my money"
    assert meant("my honry", "en", generation, every(generation), words) == "my honey"


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("pls hw can u reset my pw", "please how can you reset my password"),
        ("how 2 reset it 4 my plan", "how to reset it for my plan"),
        ("thx, 4 u: wat abt 2 people?", "thanks, 4 you: what about 2 people?"),
        ("i cant reset it, whats wrong w/ it", "i can't reset it, what's wrong with it"),
        ("PW, U and R are not cut short, nor 2 months 4 free", None),
        ("for 2 people", None),
        ("my PIN4 and pws", None),
    ],
)
def test_what_is_cut_short_is_written_out(build: Build, asked: str, read: str | None) -> None:
    generation = build([PASSWORD, PLAN])
    assert meant(asked, "en", generation, every(generation), WORDS) == (read or asked)


def test_what_is_cut_short_in_an_article_is_a_word(build: Build) -> None:
    generation = build([article("pw", "What PW means", "PW is a kind of plug.")])
    assert meant("my pw pls", "en", generation, every(generation)) == "my pw please"


def test_in_other_languages_other_words_are_cut_short(build: Build) -> None:
    generation = build([PASSWORD])
    for language, asked, read in (
        ("es", "xq no llega u", "porque no llega u"),
        ("de", "hab es vllt vergessen", "habe es vielleicht vergessen"),
        ("de", "Das ist meie, und nciht zu viel.", "Das ist meine, und nicht zu viel."),
        ("it", "pls u", "pls u"),
    ):
        assert meant(asked, language, generation, every(generation)) == read


def test_a_place_that_is_misspelt_is_not_the_one_that_is_told(
    build: Build, encoder: WordEncoder
) -> None:
    europe = "Delivery to Germany takes two days, to France three, to Italy four."
    answerer = Answerer(
        build([article("delivery", "Delivery times in Europe", europe), PLAN]),
        encoder,
        words=WORDS,
    )
    chances = []
    for place in ("Germany", "Egypt", "Egytp"):
        found = answerer.examine(
            Question(f"How long does delivery to {place} take?", language="en")
        )
        assert found is not None
        chances.append(found.chance)
    assert chances[1] < chances[0] / 2
    assert chances[2] == pytest.approx(chances[1])


def every(generation: Generation) -> Sequence[PassageText]:
    """All passages of a small index."""
    segment = generation.parts[0].segment
    return segment.passages(range(segment.size))


def test_whoever_slips_is_as_near_to_an_answer_as_whoever_does_not(
    build: Build, encoder: WordEncoder
) -> None:
    answerer = Answerer(build([PASSWORD, PLAN]), encoder, words=WORDS)
    chances = []
    for ask in ("How do I reset my password?", "How do I reset my passwrod?"):
        found = answerer.examine(Question(ask, language="en"))
        assert found is not None
        assert found.best.article == "password"
        chances.append(found.chance)
    assert chances[1] == pytest.approx(chances[0])


def test_what_is_spelled_right_is_examined_once(
    build: Build, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answerer, times = Answerer(build([PASSWORD, PLAN]), encoder, words=WORDS), []
    once = Answerer._examine

    def counted(self: Answerer, *rest: Any) -> Any:
        times.append(1)
        return once(self, *rest)

    monkeypatch.setattr(Answerer, "_examine", counted)
    answerer.examine(Question("How do I reset my password?", language="en"))
    assert len(times) == 1


def test_without_a_list_of_words_nothing_is_read_otherwise(
    build: Build, encoder: WordEncoder
) -> None:
    """As in training, whose coefficients were learned so."""
    generation = build([PASSWORD, PLAN])
    question = Question("How do I reset my passwrod?", language="en")
    chances = [
        found.chance
        for words in ({}, WORDS)
        if (found := Answerer(generation, encoder, words=words).examine(question)) is not None
    ]
    assert chances[0] < chances[1]


def test_a_message_of_strange_words_costs_no_more_than_a_few(
    build: Build, encoder: WordEncoder
) -> None:
    generation = build([PASSWORD, PLAN])
    strange = " ".join(f"qzx{letters}" for letters in map("".join, product("abcdefghij", repeat=3)))
    assert meant(f"passwrod {strange}", "en", generation, every(generation)).startswith("password ")
    late = f"{strange} passwrod"
    assert meant(late, "en", generation, every(generation)) == late
