"""The multilingual encoder with its own weights: questions in five languages where every article is English.

The floors are over questions that nothing was learned from; docs/measured.md says what was found.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ModelUnavailable
from core.knowledge import Answering
from kb_index.answer import Answerer
from kb_index.labelled import read_questions
from kb_index.train import index_of
from kb_index.weights import DEFAULT, learned_for, load_weights
from nlu.encoder import load_encoder

DEMO = Path(__file__).parents[2] / "demo" / "knowledge"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_knowledge_base_in_one_language_answers_questions_in_others(tmp_path: Path) -> None:
    try:
        encoder = load_encoder("multilingual")
    except ModelUnavailable as problem:
        pytest.skip(f"skipped: {problem}")
    generation = index_of(DEMO, encoder, tmp_path / "english", "en")
    answerer = Answerer(generation, encoder)
    assert answerer.weights.version == load_weights(learned_for(encoder.name)).version
    asked = list(read_questions(Path(__file__).with_name("other_language_questions.yml")))
    can = [one for one in asked if one.gold]
    said = {one.question.text: answerer.answer(one.question) for one in asked}
    right = [
        one
        for one in can
        if (answer := said[one.question.text]).decision is Answering.ANSWER
        and answer.citations[0].article in one.gold
    ]
    answered = [text for text, answer in said.items() if answer.decision is Answering.ANSWER]
    wrong = sorted(set(answered) - {one.question.text for one in right})
    assert len(right) >= 0.4 * len(can), sorted(
        {one.question.text for one in can} - {one.question.text for one in right}
    )
    assert len(wrong) <= 0.06 * len(asked), wrong


def test_an_encoder_without_weights_of_its_own_has_the_usual_ones() -> None:
    assert learned_for("words") == learned_for("") == DEFAULT
    assert learned_for("use-multilingual") != DEFAULT
