"""Questions for a price or a duration: told by the passage of the article that says it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.knowledge import Question
from kb_index.answer import Answerer
from kb_index.decide import Costs
from kb_index.generation import Generation
from kb_index.passage import Block, Document, Kind
from kb_index.spans import DURATION, PRICE, asked_for, figure_of
from tests.kb_index.conftest import WordEncoder

FILL = "Our carriers bring it to your door and ring twice before they go away again with it. " * 8
DELIVERY = Document(
    "delivery",
    "Delivery times and costs",
    (
        Block(
            Kind.SENTENCE, ("Delivery to Norway: report your delivery to Norway as lost. " + FILL,)
        ),
        Block(
            Kind.ROW,
            (
                "Country | Standard | Express",
                "Germany | 2 days | 1 day",
                "Norway | 4 to 7 days | none",
            ),
            ("Times by country",),
        ),
        Block(Kind.SENTENCE, ("Parcels of the standard kind cost EUR 4.90. " + FILL,), ("Prices",)),
        Block(Kind.SENTENCE, ("Norway asks for a declaration. " + FILL,), ("Customs",)),
    ),
    language="en",
)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (
            "How long does delivery to Norway take?",
            "- Norway – Standard: 4 to 7 days; Express: none",
        ),
        ("What is the price of delivery to Norway?", "Parcels of the standard kind cost EUR 4.90."),
    ],
)
def test_the_passage_that_says_the_figure_is_told(
    build: Callable[..., Generation], encoder: WordEncoder, ask: str, told: str
) -> None:
    answerer = Answerer(build([DELIVERY]), encoder, costs=Costs(wrong_answer=0.0))
    found = answerer.examine(Question(ask, language="en"))
    assert found is not None
    best = found.candidates.row[found.ranked.rows[0]]
    first = found.generation.parts[0].segment.passages([int(best)])[0]
    assert first.id != found.best.id, "the ranking alone finds it: the test shows nothing"
    assert told in answerer.answer(Question(ask, language="en")).text


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("How long does it take?", "en", DURATION),
        ("What does express cost?", "en", PRICE),
        ("Do teachers get the student price?", "en", None),
        ("When was it founded?", "en", None),
        ("How many devices may I have?", "en", None),
        ("How long is it, and what does it cost?", "en", None),
        ("Wie lange dauert das?", "de", DURATION),
        ("Kann ich den Preis sehen?", "de", None),
        ("¿Cuánto cuesta?", "es", PRICE),
        ("¿Cuánto tarda?", "es", DURATION),
        ("Combien de temps faut-il ?", "fr", DURATION),
        ("Quanto custa?", "pt", PRICE),
        ("كم مدة التوصيل؟", "ar", DURATION),
    ],
)
def test_what_figure_is_wanted(text: str, language: str, kind: object) -> None:
    assert figure_of(asked_for(text, language)) is kind


@pytest.mark.parametrize(
    ("text", "price", "duration"),
    [
        ("EUR 4.90 a month", True, False),
        ("it is free of charge", True, False),
        ("59 € im Jahr", True, False),
        ("4–7 Arbeitstage", False, True),
        ("wait for 20 minutes", False, True),
        ("up to 3 devices", False, False),
        ("10 días hábiles", False, True),
        ("every day", False, False),
        ("a 3-year warranty", False, True),
        ("two working days", False, True),
    ],
)
def test_how_figures_are_written(text: str, price: bool, duration: bool) -> None:
    assert (bool(PRICE.search(text)), bool(DURATION.search(text))) == (price, duration)


def test_a_row_about_what_is_asked_goes_before_a_sentence_that_mentions_it(
    build: Callable[..., Generation], encoder: WordEncoder
) -> None:
    """ "The search in Mexico takes ten days" is a figure of something else than the delivery there."""
    rows = (
        "Destination | Standard",
        *(f"Country {n} | {n} days" for n in range(20, 30)),
        "Mexico, large cities | 6 to 8 days",
        "United Kingdom | 3 days",
    )
    text = "How long? Delivery is lost: the search in Mexico and England takes up to 10 days."
    article = Document(
        "delivery", "Delivery", language="en",
        blocks=(
            Block(Kind.ROW, rows, ("Times",)),
            Block(Kind.SENTENCE, (text + " " + FILL,), ("If the parcel does not come",)),
        ),
    )  # fmt: skip
    answerer = Answerer(build([article]), encoder, costs=Costs(wrong_answer=0.0))
    for country, told in (("Mexico", "6 to 8 days"), ("England", "3 days")):
        ask = f"How long does the search for delivery in {country} take?"
        assert told in answerer.answer(Question(ask, language="en")).text
