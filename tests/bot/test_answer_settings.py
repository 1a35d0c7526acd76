"""What the settings say of answers reaches the one who answers."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.artefacts import _load
from bot.brain import Brain
from bot.cli import app
from bot.settings import Answers, Settings
from core.knowledge import Answering, Question, Said, Within
from core.understanding import Act, Understood
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


@pytest.fixture
def answering(tmp_path: Path) -> Brain:
    """A brain that answers from the small company's articles."""
    for name, text in ARTICLES.items():
        file = tmp_path / "articles" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    encoder = WordEncoder()
    records = encode_passages(all_passages(read_source(tmp_path / "articles")), encoder)
    build_generation(tmp_path / "index", records, encoder=encoder.name)
    brain = Brain(encoder=encoder)
    _load("index", tmp_path / "index", brain, Settings())
    return brain


def test_articles_that_were_not_chosen_are_not_asked(
    answering: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`threadline ask` as somebody types it."""
    command = import_module("bot.cli.knowledge")
    monkeypatch.setattr(command, "set_up_django", lambda: None)
    monkeypatch.setattr(command, "set_up_logs", lambda *how: None)
    monkeypatch.setattr(command, "build_brain", lambda settings: answering)

    def found(*options: str) -> set[str]:
        done = CliRunner().invoke(
            app, ["ask", "How do I cancel my plan with the parcels?", *options, "--json"]
        )
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout)
        kinds = ("citations", "suggestions", "alternatives")
        return {item["article"] for kind in kinds for item in told[kind]}

    for options in ((), ("--section", "delivery", "--section", "billing"), ("--title", "plan")):
        assert "cancel" in found(*options)
    assert "cancel" in found("--since", "2026-05-01")
    for options in (("--section", "delivery"), ("--title", "times"), ("--since", "2026-05-02")):
        assert "cancel" not in found(*options)


def test_a_second_try_after_no_is_asked_of_the_same_articles(answering: Brain) -> None:
    history = (Said("customer", "How do I cancel my plan?"), Said("bot", "Open Settings."))
    where = Within(sections=frozenset({"delivery"}))
    question = Question("no", history, language="en", within=where)
    answer = answering.answer(question, Understood(Act.DENY, 1.0))
    assert {passage.article for passage in answer.passages} <= {"delivery"}
