"""Questions about a place or a thing that an article is not about; the frozen questions are asked in `test_demo_floor`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.knowledge import Question
from kb_index import elsewhere
from kb_index.answer import Answerer
from kb_index.asked import Asked
from kb_index.decide import Costs
from kb_index.generation import Generation
from kb_index.grounds import MOST
from kb_index.passage import Block, Document, Kind
from kb_index.places import WORLD, parts_of, places_in
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]
ALWAYS = Costs(wrong_answer=0.0)


def share_left(
    answerer: Answerer, ask: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> float:
    """Of the chance that the question has where nobody looks for places and things."""
    found = answerer.examine(Question(ask, language=language))
    with monkeypatch.context() as blind:
        blind.setattr(elsewhere, "is_elsewhere", lambda *_: False)
        blind.setattr(elsewhere, "names_another", lambda *_: False)
        plain = answerer.examine(Question(ask, language=language))
    assert found is not None
    assert plain is not None
    return found.chance / plain.chance


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("How long does delivery to Turkey take?", {"TR"}),
        ("shipping to south africa and the UK", {"ZA", "GB"}),
        ("Do you ship to the US?", {"US"}),
        ("tell us more", set()),
        ("¿Cuánto tarda el envío a Corea del Sur?", {"KR"}),
        ("Lieferung nach Österreich oder in die Türkei", {"AT", "TR"}),
        ("nach Großbritannien", {"GB"}),
        ("Vereinigtes Königreich", {"GB"}),
        ("livraison aux États-Unis", {"US"}),
        ("entrega no Japão", {"JP"}),
        ("كم يستغرق التوصيل إلى اليابان؟", {"JP"}),
        ("Lieferzeiten in Europa", {"Europe"}),
        ("en las Américas", {"America"}),
        ("We deliver worldwide", {WORLD}),
        ("my friend Jordan wears a jersey", set()),
    ],
)
def test_countries_are_found_by_their_names_in_the_languages_of_the_bot(
    text: str, places: set[str]
) -> None:
    assert places_in(text) == places


def test_a_country_lies_in_parts_of_the_world() -> None:
    assert parts_of("PL") == {"Europe"}
    assert parts_of("TR") == {"Europe"}
    assert parts_of("MX") == {"America"}
    assert parts_of("nowhere") == frozenset()


def article(slug: str, title: str, *texts: str, language: str = "en") -> Document:
    blocks = tuple(Block(Kind.SENTENCE, (text,)) for text in texts)
    return Document(slug, title, blocks, language=language, revision="r", url=f"/help/{slug}")


DELIVERY = article(
    "delivery", "Delivery in Europe",
    "Delivery takes two days to Germany, three days to Austria and to Belgium, five days to the United Kingdom.",
)  # fmt: skip
WARRANTY = article(
    "warranty", "Warranty in Europe", "The warranty lasts three years. Spain asks for a receipt."
)
PASSWORD = article("password", "Reset your password", "Open the page and reset your password.")
SMALL = article("americas", "Delivery overseas", "Delivery to Mexico takes eight days.")


@pytest.mark.parametrize(
    ("ask", "is_answered"),
    [
        ("How long does delivery to Germany take?", True),
        ("How long does delivery to England take?", True),
        ("How long does delivery to Japan take?", False),
        ("How long does delivery to Turkey take?", False),  # in Europe, and not of the list
        ("How long is the warranty in Poland?", True),  # in Europe, and no list
        ("How long is the warranty in Egypt?", False),
        ("How do I reset my password in Japan?", True),  # that article is about no place
    ],
)
def test_an_article_about_other_places_is_doubted(
    build: Build,
    encoder: WordEncoder,
    monkeypatch: pytest.MonkeyPatch,
    ask: str,
    is_answered: bool,
) -> None:
    answerer = Answerer(build([DELIVERY, WARRANTY, PASSWORD]), encoder)
    left = share_left(answerer, ask, "en", monkeypatch)
    assert left == pytest.approx(1.0 if is_answered else 1 - MOST)


def test_another_article_about_that_very_place_answers_instead(
    build: Build, encoder: WordEncoder
) -> None:
    near = article(
        "near", "Delivery in Europe", "How long does delivery to anywhere take? Two days."
    )
    answerer = Answerer(build([near, SMALL]), encoder, costs=ALWAYS)
    ask = "How long does delivery to {} take anywhere?"
    for country, cited in (("Brazil", "near"), ("Mexico", "americas")):
        answer = answerer.answer(Question(ask.format(country), language="en"))
        assert {one.article for one in answer.citations} == {cited}


def test_what_people_have_confirmed_is_not_doubted(build: Build, encoder: WordEncoder) -> None:
    ask = "How long does delivery to Japan take?"
    generation = build([DELIVERY, WARRANTY])
    vectors = encoder.encode([ask]).astype("float32")
    confirmed = Asked("words", vectors, ("delivery",))
    with_it = Answerer(generation, encoder, asked=confirmed).examine(Question(ask, language="en"))
    without = Answerer(generation, encoder).examine(Question(ask, language="en"))
    assert with_it is not None
    assert without is not None
    assert with_it.chance > 3 * without.chance


@pytest.mark.parametrize(
    ("ask", "language", "is_doubted"),
    [
        ("How do I reset the Fernhill Doorbell?", "en", True),
        ("How Do I Reset The Fernhill Doorbell?", "en", False),  # all of it is written so
        ("How do I reset the Fernhill Hub?", "en", False),
        ("How do I reset the hub of Anna Maier?", "en", False),
        ("How do I Reset My hub and the lamp?", "en", False),
        ("How do I press the Button That resets it?", "en", False),
        ("Wie setze ich den Fernhill Doorbell zurück?", "de", False),
        ("how do i reset the fernhill doorbell", "en", True),
        ("how do i reset my fernhill doorbell and the hub?", "en", True),
        ("how do i reset the fernhill hub", "en", False),
        ("does fernhill repair the hub", "en", False),  # a verb
        ("how do i reset the button doorbell", "en", False),  # no name
        ("wie setze ich den fernhill doorbell zurück?", "de", False),
    ],
)
def test_a_thing_that_no_article_names_beside_a_name_that_this_one_has(
    build: Build,
    encoder: WordEncoder,
    monkeypatch: pytest.MonkeyPatch,
    ask: str,
    language: str,
    is_doubted: bool,
) -> None:
    text = "Reset the Fernhill Hub by its button. Den Hub von Fernhill setzen Sie zurück."
    generation = build([article("reset", "Reset the Hub", text, language=language)])
    left = share_left(Answerer(generation, encoder), ask, language, monkeypatch)
    assert left == pytest.approx(1 - MOST if is_doubted else 1.0)


def test_a_message_without_a_country_costs_no_look_at_the_article(
    build: Build, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb_index.elsewhere.article_of", None)
    answerer = Answerer(build([DELIVERY, PASSWORD]), encoder)
    assert answerer.examine(Question("How do I reset my password?", language="en")) is not None
