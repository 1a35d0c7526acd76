"""Tables as programs of many kinds write them, and tables that say little: read as they were meant, learned from without bluffing."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import MalformedPayload
from router.classify import softmax
from router.evaluate import evaluate_routing, ordered
from router.stack import weighings
from router.tables import read_rows
from router.words import words
from tests.router.test_evaluate import tickets, write

ROWS = [{"text": "Größe, zu klein\nund rot", "team": "a"}, {"text": 'er sagt "nein"', "team": "b"}]
TABLE = 'text,team\n"Größe, zu klein\nund rot",a\n"er sagt ""nein""",b\n'


def parted(by: str) -> str:
    return (
        TABLE.replace("text,team", f"text{by}team")
        .replace(',a\n"', f'{by}a\n"')
        .replace(",b", f"{by}b")
    )


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


FORMS: dict[str, tuple[str, bytes]] = {
    "plain": ("a.csv", TABLE.encode()),
    "a mark of byte order": ("a.csv", b"\xef\xbb\xbf" + TABLE.encode()),
    "UTF-16 of a spreadsheet": ("a.txt", parted("\t").encode("utf-16")),
    "Windows-1252": ("a.csv", TABLE.encode("cp1252")),
    "semicolons": ("a.csv", parted(";").encode()),
    "tabs": ("a.tsv", parted("\t").encode()),
    "upright strokes": ("a.csv", parted("|").encode()),
    "carriage returns": ("a.csv", TABLE.replace("\n", "\r\n").replace("klein\r\n", "klein\n").encode()),
    "an ending in capitals": ("A.CSV", TABLE.encode()),
    "packed in capitals": ("A.CSV.GZ", gzip.compress(TABLE.encode())),
    "packed and not called so": ("a.csv", gzip.compress(TABLE.encode())),
    "titles in capitals and spaces": ("a.csv", TABLE.replace("text,team", " Text ,TEAM").encode()),
    "empty cells too many": ("a.csv", TABLE.replace(",a\n", ",a,,\n").encode()),
    "empty lines": ("a.csv", ("\n" + TABLE + "\n\n").encode()),
    "more columns": ("a.csv", TABLE.replace("text,team", "text,team,mood").encode()),
    "lines of JSON": ("a.jsonl", lines(ROWS).encode()),
    "lines of JSON with marks": ("a.ndjson", b"\xef\xbb\xbf" + lines(ROWS).replace("\n", "\r\n").encode()),
    "lines of JSON in capitals": ("A.JSONL", lines(ROWS).encode()),
    "a list of JSON": ("a.json", json.dumps(ROWS).encode()),
    "a packed list of JSON": ("a.json.gz", gzip.compress(json.dumps(ROWS).encode())),
    "an answer of an interface": ("a.json", json.dumps({"tickets": ROWS}).encode()),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_table_is_read_as_it_was_meant(form: str, tmp_path: Path) -> None:
    name, raw = FORMS[form]
    (tmp_path / name).write_bytes(raw)
    assert read_rows(tmp_path / name, ["text", "team"]) == ROWS


def test_values_that_are_no_text_read_as_in_a_table(tmp_path: Path) -> None:
    odd = [{"text": ["Grüße", "zwei"], "team": 3}, {"text": None, "team": True}, {"team": float("nan")}]  # fmt: skip
    (tmp_path / "a.jsonl").write_text(lines(odd), encoding="utf-8")
    found = [tuple(row.values()) for row in read_rows(tmp_path / "a.jsonl", ["text", "team"])]
    assert found == [("Grüße\nzwei", "3"), ("", "true"), ("", "")]
    (tmp_path / "a.csv").write_text("text,team\nshort\nwhole,b\n", encoding="utf-8")
    assert read_rows(tmp_path / "a.csv", ["team"]) == [{"team": ""}, {"team": "b"}]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"text,team\nno, quotes,a\n", "line 2"),
        (b"text,team\n", "no rows"),
        (b"", "no rows"),
        (b"PK\x03\x04\x00\xff\x00", "cannot be read"),
        (b"text,Team,TEAM\na,b,c\n", "no column 'team'"),
    ],
)
def test_what_cannot_be_meant_is_refused(raw: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(raw)
    with pytest.raises(MalformedPayload, match=told):
        read_rows(tmp_path / "a.csv", ["text", "team"])


def measured(folder: Path, known: list[dict[str, Any]], asked: list[dict[str, Any]], **how: Any) -> dict[str, Any]:  # fmt: skip
    train, test = write(folder / "a.csv", known), write(folder / "b.csv", asked)
    return evaluate_routing(train, test, "queue", text="subject,body", **how)


def test_rows_that_do_not_say_their_label_or_priority_are_neither_right_nor_wrong(
    tmp_path: Path,
) -> None:
    known, asked = tickets(60, 1), tickets(30, 2)
    for rows in (known, asked):
        for row in rows[::3]:
            row["importance"] = ""
        rows[1] = {**rows[1], "queue": "  ", "subject": "nobody knows"}
        rows[2] = {**rows[2], "queue": f" {rows[2]['queue']} "}
    found = measured(tmp_path, known, asked, priority="importance")
    assert (found["rows"], found["accuracy"], found["priority_accuracy"]) == (29, 1.0, 1.0)


Rows = list[dict[str, str]]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda row: row | {"subject": "--", "body": "@"}, "no words"),
        (lambda row: row | {"queue": ""}, "no row with a value of 'queue'"),
        (lambda row: row | {"importance": " "}, "no row with a value of 'importance'"),
    ],
)
def test_tables_that_teach_nothing_are_refused(
    change: Callable[[dict[str, str]], dict[str, str]], told: str, tmp_path: Path
) -> None:
    with pytest.raises(MalformedPayload, match=told):
        measured(tmp_path, list(map(change, tickets(9, 1))), tickets(9, 2), priority="importance")


@pytest.mark.parametrize("count", [2, 3, 12])
def test_a_handful_of_rows_is_learned_from_without_bluffing(count: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(count)
    known = [row | {"queue": f"q{at % 4}"} for at, row in enumerate(tickets(count, 3))]
    asked = [row | {"queue": f"q{chance.integers(4)}"} for row in tickets(60, 4)]
    found = measured(tmp_path, known, asked)
    assert found["coverage_at_95"] == 0.0, "nothing here is 95 % sure"


def test_one_text_for_all_and_one_row_a_label_are_learned_from(tmp_path: Path) -> None:
    same = [row | {"subject": "", "body": "help"} for row in tickets(30, 5)]
    found = measured(tmp_path, same, same)
    assert found["ece"] < 0.2
    alone = [row | {"queue": f"q{at}"} for at, row in enumerate(tickets(15, 6))]
    found = measured(tmp_path, alone, alone)
    assert found["coverage_at_90"] == 0.0, "no row had a second by which it could be known"


def test_that_a_fold_lacks_a_label_is_no_sign_of_it() -> None:
    """Each of 250 rows is either common or the only one of its label, and members know nothing of either."""
    truth = np.where(np.arange(250) % 10 == 0, 2 + np.arange(250) // 10, np.arange(250) % 2)
    folds = np.arange(250) % 5
    scores = np.random.default_rng(1).normal(size=(250, 27)).astype(np.float32)
    for at, label in enumerate(truth):
        if label > 1:
            scores[at, label] = -10.0
    held_out = weighings(scores, None, truth, folds, 27).held_out
    rare = truth > 1
    assert (held_out[rare].argmax(axis=1) == truth[rare]).sum() == 0
    assert held_out[rare].argmax(axis=1).max() < 2


def test_few_rows_never_turn_a_member_round() -> None:
    """Held-back rows make their own label rarer: a member that only knows how often labels come is wrong about each."""
    truth = np.array([0, 1] * 10)
    folds = np.arange(20) // 4
    against = np.where(np.eye(2)[truth] > 0, -1.0, 1.0).astype(np.float32)
    found = weighings(against, None, truth, folds, 2)
    assert softmax(found.plain.dense(np.array([3.0, -3.0]))).tolist() == pytest.approx([0.5, 0.5])


def test_text_without_spaces_is_read_by_its_characters() -> None:
    assert words("打印机坏了!") == ["打", "印", "机", "坏", "了", "!"]
    assert words("VPN接続 fails") == ["vpn", "接", "続", "fails"]
    assert words("l'été, 42 Größen") == ["l'été", "00", "grössen"]


@pytest.mark.parametrize(
    ("names", "order"),
    [
        ({"1 - Critical", "2 - High", "4 - Low"}, ["1 - Critical", "2 - High", "4 - Low"]),
        ({"sehr hoch", "P3 hoch", "niedrig"}, ["sehr hoch", "P3 hoch", "niedrig"]),
        ({"P1 (24 h)", "P2 (8 h)", "P10 (3 d)"}, ["P1 (24 h)", "P2 (8 h)", "P10 (3 d)"]),
        ({"1.0", "2.0", "10.0", "1.5"}, ["1.0", "1.5", "2.0", "10.0"]),
    ],
)
def test_priorities_of_other_desks_are_put_in_order(names: set[str], order: list[str]) -> None:
    assert sorted(names, key=ordered(names).__getitem__) == order
