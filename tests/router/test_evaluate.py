"""The routing measure on small tables whose figures can be counted by hand, in every form it must read."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import MalformedPayload
from router.classify import Array, calibration_error
from router.evaluate import evaluate_routing, ordered, threshold
from router.learn import HeldOut, learn_classifier, learn_reader
from router.model import Model, load_model, save_model
from router.train import silent
from tests.router.conftest import ToyEncoder

KEYS = [
    "accuracy", "macro_f1", "weighted_f1", "top3_accuracy", "ece", "coverage_at_90", "coverage_at_95",
    "train_seconds", "ms_per_ticket_p50", "rows",
]  # fmt: skip
ORDERED_KEYS = [
    "priority_accuracy", "priority_macro_f1", "priority_within_one", "priority_kappa",
]  # fmt: skip
TOPICS = {
    "printing": "printer paper toner jam Drucker impresora ink page",
    "access": "password login account locked Passwort contraseña sign badge",
    "network": "wifi vpn cable internet Netzwerk red router slow",
}
LEVELS = ["low", "normal", "urgent"]


def tickets(count: int, seed: int) -> list[dict[str, str]]:
    """Rows of three topics; the priority is said in so many words."""
    random = np.random.default_rng(seed)
    rows = []
    for at in range(count):
        topic = list(TOPICS)[at % 3]
        level = LEVELS[int(random.integers(3))]
        words = random.choice(TOPICS[topic].split(), 4).tolist()
        rows.append(
            {
                "subject": f"{level} problem",
                "body": " ".join([*words, "please", "help"]),
                "queue": topic,
                "importance": level,
            }
        )
    return rows


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8", newline="") as file:
        if ".csv" in path.name:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        else:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def test_every_form_of_table_gives_the_same_figures(tmp_path: Path) -> None:
    known, asked = tickets(60, 1), tickets(30, 2)
    results = []
    for ending in ("csv", "jsonl", "csv.gz", "jsonl.gz"):
        train = write(tmp_path / f"a.{ending}", known)
        test = write(tmp_path / f"b.{ending}", asked)
        found = evaluate_routing(train, test, "queue", text="subject, body")
        assert list(found) == KEYS
        assert (found["accuracy"], found["macro_f1"], found["rows"]) == (1.0, 1.0, 30)
        assert found["top3_accuracy"] == 1.0
        results.append({k: v for k, v in found.items() if not k.startswith(("train_", "ms_"))})
    assert all(result == results[0] for result in results)


def test_priority_is_measured_in_steps(tmp_path: Path) -> None:
    train = write(tmp_path / "a.csv", tickets(60, 3))
    test = write(tmp_path / "b.csv", tickets(30, 4))
    found = evaluate_routing(
        train, test, "queue", text="subject,body", priority="importance", encoder=ToyEncoder()
    )
    assert sorted(found) == sorted([*KEYS, *ORDERED_KEYS])
    assert found["priority_accuracy"] == 1.0
    assert found["priority_kappa"] == 1.0
    blind = evaluate_routing(train, test, "queue", text="body", priority="importance")
    assert blind["priority_accuracy"] < 0.8
    assert blind["priority_kappa"] < 0.6
    assert blind["priority_within_one"] > blind["priority_accuracy"]


def test_more_than_can_be_encoded_in_minutes_is_learned_from_words_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Never(ToyEncoder):
        def encode(self, texts: Sequence[str]) -> Array:
            raise AssertionError("the texts are too long together")

    train = write(tmp_path / "a.csv", tickets(60, 3))
    test = write(tmp_path / "b.csv", tickets(30, 4))
    with pytest.raises(AssertionError):
        evaluate_routing(train, test, "queue", text="subject,body", encoder=Never())
    monkeypatch.setattr("router.evaluate.EMBEDDED", 60)
    found = evaluate_routing(train, test, "queue", text="subject,body", encoder=Never())
    assert found["accuracy"] == 1.0


def test_rare_missing_and_unknown_labels_are_counted_not_fatal(tmp_path: Path) -> None:
    known = tickets(60, 5)
    known.append({**known[0], "queue": "only once"})
    known.append({**known[0], "queue": ""})
    asked = tickets(27, 6)
    asked += [{**asked[0], "queue": "never seen"}, {**asked[0], "body": "", "subject": ""}]
    train, test = write(tmp_path / "a.csv", known), write(tmp_path / "b.jsonl", asked)
    found = evaluate_routing(train, test, "queue", text="subject,body")
    assert found["rows"] == 29
    assert 27 / 29 - 1e-4 <= found["accuracy"] <= 28 / 29 + 1e-4


def test_two_labels_are_enough_and_one_is_not(tmp_path: Path) -> None:
    two = [row for row in tickets(60, 7) if row["queue"] != "access"]
    train, test = write(tmp_path / "a.csv", two), write(tmp_path / "b.csv", two[:20])
    assert evaluate_routing(train, test, "queue", text="body")["accuracy"] == 1.0
    one = write(tmp_path / "one.csv", two[::2])
    with pytest.raises(MalformedPayload, match="two different values of 'queue'"):
        evaluate_routing(one, test, "queue", text="body")
    flat = write(tmp_path / "flat.csv", [{**row, "importance": "low"} for row in two])
    with pytest.raises(MalformedPayload, match="two different values of 'importance'"):
        evaluate_routing(flat, test, "queue", text="body", priority="importance")


def test_tables_that_cannot_be_read_are_refused_with_the_reason(tmp_path: Path) -> None:
    good = write(tmp_path / "a.csv", tickets(30, 8))
    (tmp_path / "bad.jsonl").write_text('{"body": "a"}\n{"body"\n')
    (tmp_path / "bad.csv.gz").write_bytes(b"not gzip")
    for bad, reason in (
        (tmp_path / "absent.csv", "absent"),
        (tmp_path / "bad.jsonl", "line 2"),
        (tmp_path / "bad.csv.gz", "cannot be read"),
    ):
        with pytest.raises(MalformedPayload, match=reason):
            evaluate_routing(good, bad, "queue", text="body")
    with pytest.raises(MalformedPayload, match="no column 'mood'"):
        evaluate_routing(good, good, "mood", text="body")


@pytest.mark.parametrize(
    ("names", "order"),
    [
        ({"Low", "High", "Critical", "Medium"}, ["Critical", "High", "Medium", "Low"]),
        ({"niedrig", "hoch", "mittel"}, ["hoch", "mittel", "niedrig"]),
        ({"P10", "P2", "P1"}, ["P1", "P2", "P10"]),
        ({"1", "2", "3"}, ["1", "2", "3"]),
        ({"beta", "alpha"}, ["alpha", "beta"]),
        ({"low", "medium", "urgent"}, ["urgent", "medium", "low"]),
    ],
)
def test_priorities_are_put_in_order(names: set[str], order: list[str]) -> None:
    assert sorted(names, key=ordered(names).__getitem__) == order
    assert sorted(ordered(names).values()) == list(range(len(names)))


def sure(*pairs: tuple[float, bool]) -> HeldOut:
    chances = np.array([[one, 1 - one] for one, _ in pairs])
    return HeldOut(chances, np.array([0 if is_right else 1 for _, is_right in pairs]))


def test_the_threshold_is_the_lowest_that_holds_the_accuracy() -> None:
    first = [(0.99 - at / 1000, True) for at in range(20)]
    held_out = sure(
        *first, (0.8, False), *[(0.7 - at / 1000, True) for at in range(6)], (0.6, False)
    )
    assert threshold(held_out, 0.95) == 0.971, "20 of 21"
    assert threshold(held_out, 0.85) == 0.6, "26 of 29"
    assert threshold(sure((0.9, False)), 0.9) > 1


def test_a_few_rows_hold_no_accuracy_and_equally_sure_ones_stand_together() -> None:
    assert threshold(sure(*[(0.99, True)] * 18), 0.95) > 1
    assert threshold(sure(*[(0.99, True)] * 19), 0.95) == 0.99
    assert threshold(sure(*[(0.9, True)] * 30, *[(0.9, False)] * 30), 0.9) > 1


def test_calibration_error_is_the_gap_between_sure_and_right() -> None:
    chances = np.array([[0.8, 0.2]] * 10)
    assert calibration_error(chances, np.array([0] * 8 + [1] * 2)) == pytest.approx(0.0)
    assert calibration_error(chances, np.array([0] * 5 + [1] * 5)) == pytest.approx(0.3)
    assert calibration_error(chances, np.full(10, -1)) == pytest.approx(0.8)


def test_a_large_set_has_a_member_more_and_explains_itself_by_what_it_adds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As from 5,000 rows on: the member of weighted columns, also where a fold lacks a label, saved and read again."""
    monkeypatch.setattr("router.learn.MANY", 60)
    monkeypatch.setattr("router.stack.MANY", 60)
    monkeypatch.setattr("router.learn._UPDATES", 60)
    rows = tickets(90, 5)
    rows[0]["queue"] = "rare"
    texts = [f"{row['subject']} {row['body']}" for row in rows]
    reader, seen = learn_reader(texts, None, silent)
    classifier, held_out = learn_classifier(seen, [row["queue"] for row in rows], silent)
    assert len(classifier.texts) == 4
    assert len(classifier.concepts.networks) == 8
    right = held_out.probabilities.argmax(axis=1) == held_out.truth
    assert right[1:].mean() > 0.9
    asked = reader.read("my printer is out of toner")
    chances = classifier.probabilities(asked)
    assert classifier.labels[int(chances.argmax())] == "printing"
    said = classifier.weighed(reader.features, asked, classifier.labels.index("printing"))
    assert {"printer", "toner"} & {term.name for term in said}
    save_model(tmp_path, Model(reader, {"team": classifier}), {})
    again = load_model(tmp_path).classifiers["team"].probabilities(asked)
    assert again.tolist() == chances.tolist()
