"""What is on its way is an order, a parcel, a package: the message is also read with the word that the articles use most."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.knowledge import Question
from kb_index.answer import Answerer
from kb_index.examined import Examined
from kb_index.generation import Generation
from kb_index.passage import Block, Document, Kind
from kb_index.twofold import usual_reading
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]


def article(slug: str, title: str, text: str, language: str = "en") -> Document:
    blocks = (Block(Kind.SENTENCE, (text,)),)
    return Document(slug, title, blocks, language=language, revision="r", url=f"/help/{slug}")


TRACK = article("track", "Track your parcel", "Follow the parcel with the number in your mail.")
LOST = article(
    "lost-east", "Report a lost parcel in the east", "Your parcel never arrived? Report the parcel."
)
TWIN = article("lost-west", "Report a lost package in the west", "Your package never arrived?")
ORDERS = article("orders", "Change an order", "An order can be changed until noon. Call us.")
WORDS = {"what": 1, "now": 2}


@pytest.mark.parametrize(
    ("text", "language", "read"),
    [
        ("My order never arrived", "en", "My parcel never arrived"),
        ("Where are my orders?", "en", "Where are my parcel?"),
        ("Where is my package?", "en", "Where is my parcel?"),
        ("PACKAGE lost", "en", "Parcel lost"),
        ("How do I change my order?", "en", ""),  # it is on no way
        ("Where is my parcel?", "en", ""),  # the usual word already
        ("¿Dónde está mi pedido?", "es", ""),  # no article has such a word
        ("Où est mon colis ?", "fr", ""),
    ],
)
def test_the_usual_word_stands_for_the_others(
    build: Build, text: str, language: str, read: str
) -> None:
    found = usual_reading(text, language, build([TRACK, LOST, TWIN, ORDERS]))
    assert (found.text if found else "") == read


def examined(answerer: Answerer, ask: str) -> Examined:
    found = answerer.examine(Question(ask, language="en"))
    assert found is not None
    return found


def test_the_likelier_reading_counts(build: Build, encoder: WordEncoder) -> None:
    generation = build([TRACK, ORDERS])
    ask = "where is my order, I want to follow it with the number in your mail"
    plain = examined(Answerer(generation, encoder), ask)
    found = examined(Answerer(generation, encoder, words=WORDS), ask)
    assert found.best.article == "track"
    assert found.chance > plain.chance
    assert found.lent
    assert not any(found.lent & terms for terms in (found.said.now, found.said.before))


def test_the_customers_own_word_tells_which_of_two_twins_is_meant(
    build: Build, encoder: WordEncoder
) -> None:
    generation = build([LOST, TWIN, article("more", "More on a parcel", "A parcel is a parcel.")])
    found = examined(Answerer(generation, encoder, words=WORDS), "my package never arrived")
    assert found.best.article == "lost-west"
    assert not found.lent


def test_a_figure_is_asked_of_the_word_that_was_written(build: Build, encoder: WordEncoder) -> None:
    generation = build([TRACK, LOST, ORDERS])
    ask = "how many days until my order arrives"
    found = examined(Answerer(generation, encoder, words=WORDS), ask)
    assert not found.lent
