"""What was said before counts where a message leans on it, or is about the same; a change of subject is one."""

from __future__ import annotations

from collections.abc import Callable

from core.knowledge import Question, Said
from kb_index.answer import Answerer
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
