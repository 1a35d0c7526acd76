"""Two articles that give different figures are both told; figures about something else are not a contradiction."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.knowledge import Answering, Question
from kb_index.answer import Answerer
from kb_index.conflict import quantities
from kb_index.decide import Costs
from kb_index.generation import Generation
from kb_index.passage import Block, Document, Kind
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]
ALWAYS = Costs(wrong_answer=0.0)


def article(slug: str, title: str, text: str, language: str = "en") -> Document:
    return Document(
        slug, title, (Block(Kind.SENTENCE, (text,)),), language=language, url=f"/help/{slug}"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It takes 5 working days or 2 weeks.", {"day": {"5"}, "week": {"2"}}),
        ("EUR 3,50 a month, 10 % off, 1.50 €", {"eur": {"3.5", "1.5"}, "%": {"10"}}),
        ("Version 4 of the hub and 3 sensors", {}),
        ("Nach 14 Tagen", {"day": {"14"}}),
    ],
)
def test_figures_with_their_units(text: str, found: dict[str, set[str]]) -> None:
    assert {unit: set(figures) for unit, figures in quantities(text).items()} == found


OTHER = ("refunds-old", "Refunds", "A refund on your card takes 14 days.")


@pytest.mark.parametrize(
    ("other", "is_told"),
    [
        (OTHER, True),
        (("refunds-old", "Refunds", "A refund on your card takes 5 days."), False),
        (("refunds-old", "Refunds", "A refund on your card takes 2 hours of our time."), False),
        (("parcels", "Parcels", "A parcel takes 14 days."), False),
        ((*OTHER, "de"), False),
    ],
)
def test_another_figure_for_the_same_is_told_with_its_source(
    build: Build, encoder: WordEncoder, other: tuple[str, ...], is_told: bool
) -> None:
    first = article("refund-timing", "When a refund arrives", "A refund on your card takes 5 days.")
    answerer = Answerer(build([first, article(*other)]), encoder, costs=ALWAYS)
    answer = answerer.answer(Question("How long does a refund on my card take?", language="en"))
    assert answer.decision is Answering.ANSWER
    told = {answer.citations[0].article, *(one.article for one in answer.contradicting)}
    assert (len(told) == 2) is is_told
    for one in answer.contradicting:
        assert "days" in one.quote
        assert one.url.startswith("/help/")
