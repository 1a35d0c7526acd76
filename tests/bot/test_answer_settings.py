"""What the settings say of answers reaches the one who answers."""

from __future__ import annotations

from pathlib import Path

from bot.artefacts import _load
from bot.brain import Brain
from bot.settings import Answers, Settings
from core.knowledge import Answering, Question
from kb_index.chunk import all_passages
from kb_index.generation import build_generation, encode_passages
from kb_index.ingest import read_source
from tests.kb_index.conftest import ARTICLES, WordEncoder

QUESTION = Question("How do I cancel my plan?", language="en")


def _decides(tmp_path: Path, answers: Answers) -> tuple[Answering, str]:
    encoder = WordEncoder()
    brain = Brain(encoder=encoder)
    _load("index", tmp_path / "index", brain, Settings(answers=answers))
    assert brain.answerer is not None
    answer = brain.answerer.answer(QUESTION)
    return answer.decision, answer.text


def test_the_dearer_a_wrong_answer_the_more_goes_to_people(tmp_path: Path) -> None:
    for name, text in ARTICLES.items():
        file = tmp_path / "articles" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    encoder = WordEncoder()
    passages = all_passages(read_source(tmp_path / "articles"))
    records = encode_passages(passages, encoder)
    build_generation(tmp_path / "index", records, encoder=encoder.name)

    decision, text = _decides(tmp_path, Answers(wrong_answer=0.01))
    assert decision is Answering.ANSWER
    assert "app.example" not in text
    decision, text = _decides(tmp_path, Answers(wrong_answer=0.01, link_hosts=["app.example"]))
    assert decision is Answering.ANSWER
    assert "https://app.example/plan" in text
    decision, _ = _decides(tmp_path, Answers(wrong_answer=1000, clarify=1000))
    assert decision is Answering.HANDOFF
