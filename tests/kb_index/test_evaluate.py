"""Measuring: every shape of file, every key, and figures that can be checked by hand."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kb_index.evaluate import auroc, coverage_at, evaluate_answers
from kb_index.labelled import read_questions
from kb_index.train import TrainingSet, carries, learn_weights
from kb_index.weights import load_weights
from tests.kb_index.conftest import WordEncoder

KEYS = {
    *(f"recall_at_{k}" for k in (1, 3, 5, 10)),
    *(f"coverage_at_risk_{r}" for r in (1, 2, 5, 10)),
    *("mrr", "ndcg_at_10", "answerability_auroc", "citation_precision", "sentence_support"),
    *("ms_per_query_p50", "ms_per_query_p99", "index_seconds", "mb"),
}

FACTS = {
    "hub": "The hub lamp is green. It blinks while it updates.",
    "vent": "The vent fan turns slowly at night.",
    "sense": "The sense battery lasts eighteen months.",
}
ASKED = [
    {"query": "which colour has the hub lamp", "gold": "hub", "answerable": True},
    {"query": "does the vent fan turn at night", "gold": "vent", "answerable": True},
    {"query": "how long does the sense battery last", "gold": "sense", "answerable": True},
    {"query": "recipe for tomato soup", "answerable": False},
]


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    text = "\n".join(json.dumps(row) for row in rows)
    if path.name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz"])
def test_every_key_is_there_and_right(tmp_path: Path, encoder: WordEncoder, ending: str) -> None:
    kb = write(tmp_path / f"kb{ending}", [{"id": k, "text": v} for k, v in FACTS.items()])
    rows = [{**row, "gold_sentences": [["The hub lamp is green."]]} for row in ASKED[:1]]
    questions = write(tmp_path / f"q{ending}", [*rows, *ASKED[1:]])
    lines: list[str] = []
    values = evaluate_answers(kb, questions, encoder, progress=lines.append)
    assert set(values) >= KEYS
    assert values["recall_at_1"] == values["mrr"] == values["ndcg_at_10"] == 1.0
    assert values["answerability_auroc"] == 1.0
    assert values["coverage_at_risk_1"] == 0.75
    assert (values["questions"], values["articles"]) == (4, 3)
    assert values["ms_per_query_p99"] >= values["ms_per_query_p50"] > 0
    assert lines


def test_shapes_of_gold_and_answerability(tmp_path: Path) -> None:
    rows = [
        {"question": "a", "gold_passages": ["x", "y"], "answerability": "PARTIAL"},
        {"question": "b", "gold_passage": "x", "answerability": "UNDERSPECIFIED"},
        {"query": "c", "gold": 7},
        {"query": "d", "answerable": "false"},
        {
            "query": "e",
            "history": [{"speaker": "user", "text": "t"}, {"speaker": "agent", "text": "u"}],
        },
    ]
    found = list(read_questions(write(tmp_path / "q.jsonl", rows)))
    assert [item.gold for item in found[:3]] == [{"x", "y"}, {"x"}, {"7"}]
    assert [item.answerable for item in found] == [True, False, True, False, None]
    assert [turn.speaker for turn in found[4].question.history] == ["customer", "agent"]


def test_questions_from_csv_and_another_column(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["said", "gold"], ["How?", "x"]])
    [item] = read_questions(path, text_column="said")
    assert (item.question.text, item.gold) == ("How?", {"x"})
    with pytest.raises(ValueError, match=r"q\.csv, row 1"):
        list(read_questions(path))


def test_articles_that_answer_may_stand_in_a_column_of_any_name(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text('query;Doc\nhub lamp;hub\nboth;"[""hub"", ""vent""]"\nsoup;\n')
    found = list(read_questions(path, gold_column="doc"))
    assert [item.gold for item in found] == [{"hub"}, {"hub", "vent"}, set()]
    assert [item.answerable for item in found] == [True, True, None]


def test_questions_in_the_files_that_people_have(tmp_path: Path) -> None:
    history = [{"speaker": "user", "text": "t"}]
    row = {"query": "How?", "gold": ["x", "y"], "history": history}
    (tmp_path / "mark.jsonl").write_text("\ufeff" + json.dumps(row) + "\r\n\r\n", encoding="utf-8")
    (tmp_path / "list.json").write_text(json.dumps([row], indent=1))
    with (tmp_path / "table.csv").open("w", newline="", encoding="utf-8-sig") as file:
        cells = [json.dumps(value) if isinstance(value, list) else value for value in row.values()]
        csv.writer(file).writerows([list(row), cells])
    found = [next(read_questions(path)) for path in sorted(tmp_path.iterdir())]
    assert found[0] == found[1] == found[2]
    assert found[0].gold == {"x", "y"}
    assert found[0].question.history[0].text == "t"
    judged = write(
        tmp_path / "j.jsonl",
        [{"query": "a", "answerability": ["UNANSWERABLE"]}, {"query": "b", "answerability": "?"}],
    )
    assert [item.answerable for item in read_questions(judged)] == [False, None]


def test_a_table_of_questions_with_semicolons(tmp_path: Path) -> None:
    rows = [
        ["Question", "gold", "answerable", "answerability", "gold_sentences"],
        ["Why, and how?", "0", "", "", "It is green."],
        ["Who; when?", "", "no", "", '["a", "b"]'],
        ["What?", "", "", "UNDERSPECIFIED", ""],
        ["Where?", '["x", "y"]', "1", "", ""],
    ]
    with (tmp_path / "q.csv").open("w", newline="", encoding="cp1252") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    found = list(read_questions(tmp_path / "q.csv", text_column="text"))
    assert [item.question.text for item in found] == [row[0] for row in rows[1:]]
    assert [item.gold for item in found] == [{"0"}, set(), set(), {"x", "y"}]
    assert [item.answerable for item in found] == [True, False, False, True]
    assert [item.sentences for item in found] == [("It is green.",), ("a", "b"), (), ()]


def test_a_row_of_questions_may_hold_other_things(tmp_path: Path) -> None:
    """A text beside the question is not the question, a number is a name, and speakers are written as people like."""
    rows = [
        {"text": "a passage", "query": "a", "gold": 0, "answerable": None, "gold_sentences": "So."},
        {"question": "b", "gold_passages": [{"id": "x", "text": "t"}, {"id": 7}]},
        {
            "text": "c",
            "history": [{"speaker": "User", "text": "d"}, {"speaker": "AGENT", "text": None}],
        },
    ]
    found = list(read_questions(write(tmp_path / "q.jsonl", rows), text_column="text"))
    assert [item.question.text for item in found] == ["a", "b", "c"]
    assert [item.gold for item in found] == [{"0"}, {"x", "7"}, set()]
    assert (found[0].answerable, found[0].sentences) == (True, ("So.",))
    assert [(turn.speaker, turn.text) for turn in found[2].question.history] == [
        ("customer", "d"),
        ("agent", ""),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"query": " ", "gold": "x"}', "row 2: it has no query"),
        ('{"query": "a', "row 2: "),
        ("[1]", "row 2: it is not an object"),
        ('{"query": "a", "history": ["b"]}', "row 2: its history"),
        ('{"query": "a", "history": "b"}', "row 2: its history"),
        ('{"query": ' + "[" * 99_999, "row 2: "),
        ('{"query": "caf\xe9"}', "cannot be read"),
    ],
)
def test_a_question_that_cannot_be_read_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(b'{"query": "How?"}\n' + line.encode("latin-1") + b"\n")
    with pytest.raises(ValueError, match=reason):
        list(read_questions(path))


def test_what_is_not_there_is_said(tmp_path: Path, encoder: WordEncoder) -> None:
    kb = write(tmp_path / "kb.jsonl", [{"id": k, "text": v} for k, v in FACTS.items()])
    lines: list[str] = []
    asked = write(tmp_path / "q.jsonl", [{"say": "hub lamp", "gold": "gone"}])
    values = evaluate_answers(kb, asked, encoder, text_column="say", progress=lines.append)
    assert values["recall_at_1"] == 0.0
    assert any("1 questions name only articles that are not there" in line for line in lines)
    empty = write(tmp_path / "empty.jsonl", [])
    with pytest.raises(ValueError, match="holds no question"):
        evaluate_answers(kb, empty, encoder)
    with pytest.raises(ValueError, match="holds no article that can be read"):
        evaluate_answers(empty, asked, encoder, text_column="say")
    (tmp_path / "kb.txt").write_text("hub lamp")
    with pytest.raises(ValueError, match="of the formats"):
        evaluate_answers(tmp_path / "kb.txt", asked, encoder, text_column="say")


def test_without_gold_nothing_is_claimed(tmp_path: Path, encoder: WordEncoder) -> None:
    kb = write(tmp_path / "kb.jsonl", [{"id": k, "text": v} for k, v in FACTS.items()])
    questions = write(tmp_path / "q.jsonl", [{"query": "hub lamp"}])
    values = evaluate_answers(kb, questions, encoder)
    assert (
        values["recall_at_1"]
        is values["answerability_auroc"]
        is values["citation_precision"]
        is None
    )


def test_auroc_counts_ties_half() -> None:
    truth = np.array([True, True, False, False])
    assert auroc(np.array([0.9, 0.5, 0.5, 0.1]), truth) == 0.875
    assert auroc(np.array([1.0, 1.0, 1.0, 1.0]), truth) == 0.5
    assert auroc(np.array([1.0]), np.array([True])) is None


def test_coverage_is_the_largest_share_within_the_risk() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, False, True, True, False])
    assert coverage_at(scores, right, 0.0) == 0.2
    assert coverage_at(scores, right, 0.25) == 0.8
    assert coverage_at(scores, ~right, 0.1) == 0.0


def test_sentences_are_compared_by_letters() -> None:
    assert carries("It is green.", ["it is  green"])
    assert not carries("It is red.", ["It is green."])


def test_weights_can_be_learned_anew(tmp_path: Path, encoder: WordEncoder) -> None:
    kb = write(tmp_path / "kb.jsonl", [{"id": k, "text": v} for k, v in FACTS.items()])
    rows = [{**row, "gold_sentences": [["The hub lamp is green."]]} for row in ASKED]
    questions = write(tmp_path / "q.jsonl", rows)
    sets = [TrainingSet("facts", kb, questions)]
    output = tmp_path / "weights.json"
    learn_weights(sets, encoder, tmp_path / "work", output=output, progress=lambda line: None)
    loaded = load_weights(output)
    described = json.loads(output.read_text())
    assert described["learned_from"][0]["files"].keys() == {"kb.jsonl", "q.jsonl"}
    assert "hub lamp" not in output.read_text()
    assert loaded.version != load_weights().version
    described["rank"]["terms"].pop("own_bm25")
    output.write_text(json.dumps(described))
    with pytest.raises(ValueError, match="other features"):
        load_weights(output)


def test_serving_imports_no_training_library() -> None:
    code = "import sys, kb_index.answer; print([m for m in ('sklearn', 'torch', 'nlu') if m in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert ran.stdout.strip() == "[]"
