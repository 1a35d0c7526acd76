"""`eval intents` and `eval answers` as a stranger runs them: in another folder, without settings, database or product."""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelUnavailable
from nlu.encoder import load_encoder

ROOT = Path(__file__).resolve().parents[2]
NO_SHARES = {
    "train_seconds", "ms_per_message_p50", "rows", "left_out", "mcc",
    "ms_per_query_p50", "ms_per_query_p99", "index_seconds", "mb", "questions", "articles", "unreadable",
}  # fmt: skip
OF_INTENTS = {
    "accuracy", "macro_f1", "in_scope_accuracy", "oos_recall", "accuracy_with_oos", "mcc", "oos_auroc", "fpr95",
    "ece", "train_seconds", "ms_per_message_p50", "rows",
}  # fmt: skip
OF_ANSWERS = {
    *(f"recall_at_{k}" for k in (1, 3, 5, 10)),
    *(f"coverage_at_risk_{r}" for r in (1, 2, 5, 10)),
    *("mrr", "ndcg_at_10", "answerability_auroc", "citation_precision", "sentence_support"),
    *("ms_per_query_p50", "ms_per_query_p99", "index_seconds", "mb"),
}
WAYS = ("where is", "I look for", "please find", "show me", "has anybody seen", "I lost")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stranger's, who has nothing of ours there."""
    path = tmp_path / "theirs"
    path.mkdir()
    return path


@pytest.fixture(autouse=True)
def encoders(database: str) -> None:
    if database != "sqlite":
        pytest.skip("skipped: the commands ask no database")
    try:
        load_encoder()
        load_encoder("multilingual")
    except ModelUnavailable as problem:
        pytest.skip(f"skipped: {problem}")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In that folder, with nothing of our environment but where programs are."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "bot", "eval", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def figures(done: subprocess.CompletedProcess[str], keys: set[str]) -> dict[str, Any]:
    """The one object on the last line, every figure within its bounds."""
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert keys <= found.keys()
    explained = (ROOT / "docs" / "own-data.md").read_text()
    assert [name for name in found if f"`{name}`" not in explained] == []
    for name, value in found.items():
        assert value is None or math.isfinite(value), name
        assert value is None or name in NO_SHARES or 0 <= value <= 1, name
    return found


def table(path: Path, titles: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["other", *titles])
        writer.writerows(["x", *row] for row in rows)
    return path.name


def lines(path: Path, rows: list[dict[str, Any]]) -> str:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
    return path.name


def test_intents_of_a_strangers_files(folder: Path) -> None:
    things = {"parcel": "find_parcel", "password": "find_password", "refund": "find_refund"}
    said = [(f"{way} the {thing}", label) for way in WAYS for thing, label in things.items()]
    outside = [(f"what is {n} times {n + 1}", "oos") for n in range(8)]
    titles = ("utterance", "meaning")
    train = table(folder / "a.csv.gz", titles, said[:-3] + outside[:4])
    test = table(folder / "b.csv.gz", titles, [*said[-3:], (" ", "find_refund")])
    told = table(folder / "c.csv.gz", titles, outside[4:6])
    asked = table(folder / "d.csv.gz", ("utterance", "whatever"), outside[6:])
    before = sorted(folder.iterdir())
    done = run(
        folder, "intents", "--train", train, "--test", test, "--oos-train", told, "--oos-test", asked,
        "--text-column", "utterance", "--label-column", "meaning", "--no-tune", "--json",
    )  # fmt: skip
    found = figures(done, OF_INTENTS)
    assert (found["rows"], found["left_out"]) == (5, 1)
    assert found["oos_auroc"] is not None
    assert "1 rows left out, first b.csv.gz, line 5: no utterance." in done.stderr
    assert sorted(folder.iterdir()) == before


def test_answers_of_a_strangers_files(folder: Path) -> None:
    kb = lines(
        folder / "kb.jsonl.gz",
        [
            {"id": 1, "question": "How do I reset the hub?", "answers": ["Hold the button for ten seconds."]},
            {"id": 2, "text": "Returns are free within 30 days. Use the label in the box.", "title": "Returns"},
            {"id": "c", "text": "The battery of the sensor lasts two years."},
        ],
    )  # fmt: skip
    history = [
        {"speaker": "user", "text": "I have a hub"},
        {"speaker": "agent", "text": "How can I help?"},
    ]
    questions = lines(
        folder / "q.jsonl.gz",
        [
            {"query": "how to reset it", "history": history, "gold": "1", "answerability": "PARTIAL"},
            {"question": "are returns free", "gold_passage": 2, "gold_sentences": ["Returns are free within 30 days."]},
            {"query": "battery life of the sensor", "gold_passages": [{"id": "c"}], "answerable": True},
            {"query": "what is it", "answerability": "UNDERSPECIFIED"},
            {"query": "who won the cup", "answerable": False},
        ],
    )  # fmt: skip
    before = sorted(folder.iterdir())
    plot = folder / "plot.svg"
    done = run(
        folder, "answers", "--kb", kb, "--questions", questions, "--plot", str(plot), "--json"
    )
    found = figures(done, OF_ANSWERS)
    assert (found["questions"], found["articles"], found["unreadable"]) == (5, 3, 0)
    assert found["recall_at_1"] == 1.0
    assert found["answerability_auroc"] is not None
    assert "Risk and coverage" in plot.read_text()
    assert sorted(folder.iterdir()) == sorted([*before, plot])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("intents", "--train", "no.csv", "--test", "no.csv"), 1, "There is no file no.csv."),
        (("intents", "--train", "one.csv", "--test", "one.csv"), 1, "at least two of them"),
        (("intents", "--train", "one.csv"), 2, "--test"),
        (
            ("intents", "--train", "one.csv", "--test", "one.csv", "--encoder", "huge"),
            1,
            "There is no encoder 'huge'",
        ),
        (("answers", "--kb", "no.jsonl", "--questions", "no.jsonl"), 1, "no.jsonl"),
        (("answers", "--kb", "one.csv", "--questions", "none.jsonl"), 1, "holds no question"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "one.csv").write_text("text,intent\nhello,greet\nhi,greet\n")
    (tmp_path / "none.jsonl").write_text("\n")
    done = run(tmp_path, *arguments, "--json")
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""
