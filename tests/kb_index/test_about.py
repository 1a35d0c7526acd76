"""A figure is told by the article that has a row for it, not by one that mentions it; the demo's questions are asked in `test_demo_floor`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from core.knowledge import Question
from kb_index import about
from kb_index.answer import Answerer
from kb_index.answerable import NAMES
from kb_index.decide import Costs
from kb_index.generation import Generation
from kb_index.passage import Block, Document, Kind
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]
ASK = "How long does delivery to Mexico take?"
CUSTOMS = Document(
    "customs", "Customs for Mexico",
    (
        Block(Kind.SENTENCE, ("How long does delivery to Mexico take? The delivery to Mexico takes 6 to 10 days with customs.",)),
    ),
    language="en", revision="r", url="/help/customs",
)  # fmt: skip
DELIVERY = Document(
    "delivery", "Delivery in the Americas",
    (
        Block(Kind.SENTENCE, ("Parcels leave our warehouse in the morning.",)),
        Block(Kind.ROW, ("Destination | Standard", "Canada | 5 days", "Mexico | 8 days")),
    ),
    language="en", revision="r", url="/help/delivery",
)  # fmt: skip


def told(answerer: Answerer, ask: str) -> tuple[str, str]:
    answer = answerer.answer(Question(ask, language="en"))
    return answer.citations[0].article, answer.text


def test_who_lists_the_figure_answers_and_not_who_mentions_it(
    build: Build, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answerer = Answerer(build([CUSTOMS, DELIVERY]), encoder, costs=Costs(wrong_answer=0.0))
    article, text = told(answerer, ASK)
    assert article == "delivery"
    assert "8 days" in text
    monkeypatch.setattr(about, "is_in_passing", lambda _: False)
    assert told(answerer, ASK)[0] == "customs"


def test_without_a_row_or_a_title_about_it_nothing_changes(
    build: Build, encoder: WordEncoder
) -> None:
    answerer = Answerer(build([CUSTOMS, DELIVERY]), encoder, costs=Costs(wrong_answer=0.0))
    # Chile has no row there, and the title of the other article has nothing of these words.
    for ask in ("How long does delivery to Chile take?", "How long do customs for Mexico take?"):
        assert told(answerer, ask)[0] == "customs"


@pytest.mark.parametrize(
    ("ask", "is_listed"),
    [
        ("How long does delivery to Mexico take?", True),
        ("How long does delivery to Canada take?", True),
        ("How long does delivery to Chile take?", False),  # no row
        ("How much does delivery to Mexico cost?", False),  # no price
        ("Do you deliver to Mexico?", False),  # no figure asked
        ("How long does quibble delivery to Mexico take?", False),  # nothing about quibbles
    ],
)
def test_a_row_for_what_is_asked_is_a_sign_that_it_answers(
    build: Build, encoder: WordEncoder, ask: str, is_listed: bool
) -> None:
    found = Answerer(build([DELIVERY]), encoder).examine(Question(ask, language="en"))
    assert found is not None
    assert bool(found.signals[NAMES.index("figure_listed")]) is is_listed
    assert np.isfinite(found.signals).all()
