"""Past tickets in the shapes of three help desks, and in a company's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import MalformedPayload
from router.history import COLUMNS, SHAPES, read_history, shape_from, write_history
from router.tables import read_rows

ZENDESK = {
    "id": 1, "subject": "Login fails", "description": "Since today.", "type": "incident", "priority": "urgent",
    "group_id": 360001, "via": {"channel": "email", "source": {}},
}  # fmt: skip
FRESHDESK = {
    "id": 2, "subject": "Refund", "description": "<p>Twice</p>", "description_text": "Twice", "type": "Question",
    "priority": 1, "group_id": 7, "source": 2, "tags": [],
}  # fmt: skip
SERVICENOW = {
    "number": "INC0010001", "short_description": "VPN down", "description": None, "category": "network",
    "priority": "1 - Critical", "assignment_group": {"display_value": "Network", "link": "-"},
    "contact_type": "phone",
}  # fmt: skip


def lines(path: Path, *tickets: Any) -> Path:
    path.write_text("".join(json.dumps(ticket) + "\n" for ticket in tickets), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("shape", "ticket", "row"),
    [
        ("zendesk", ZENDESK, ("Login fails\nSince today.", "incident", "critical", "360001", "", "email")),
        ("freshdesk", FRESHDESK, ("Refund\nTwice", "Question", "low", "7", "", "2")),
        ("servicenow", SERVICENOW, ("VPN down", "network", "critical", "Network", "", "phone")),
    ],
)  # fmt: skip
def test_each_shape_is_read(
    tmp_path: Path, shape: str, ticket: dict[str, Any], row: tuple[str, ...]
) -> None:
    history = read_history(lines(tmp_path / "a.jsonl", ticket), SHAPES[shape])
    assert history.rows == (dict(zip(COLUMNS, row, strict=True)),)
    assert history.skipped == {}


@pytest.mark.parametrize(
    ("shape", "said", "means"),
    [
        ("freshdesk", 4, "critical"),
        ("freshdesk", 1, "low"),
        ("servicenow", "4", "low"),
        ("servicenow", "3 - Moderate", "medium"),
        ("zendesk", "normal", "medium"),
        ("zendesk", None, "medium"),
    ],
)
def test_numbers_mean_what_their_source_means(
    tmp_path: Path, shape: str, said: Any, means: str
) -> None:
    tickets: dict[str, dict[str, Any]] = {
        "zendesk": ZENDESK, "freshdesk": FRESHDESK, "servicenow": SERVICENOW,
    }  # fmt: skip
    path = lines(tmp_path / "a.jsonl", {**tickets[shape], "priority": said})
    assert read_history(path, SHAPES[shape]).rows[0]["priority"] == means


def test_a_companys_own_columns_are_named_by_the_caller(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("Titel,Text,Art,Gruppe,Prio\nHallo,Drucker,Hardware,IT,hoch\n,,x,y,\n")
    shape = shape_from("text=Titel+Text,category=Art,team=Gruppe,priority=Prio")
    history = read_history(path, shape)
    assert history.rows[0]["text"] == "Hallo\nDrucker"
    assert history.rows[0]["priority"] == "high"
    assert history.skipped == {"no text": 1}
    write_history(history.rows, tmp_path / "rows.csv")
    assert read_rows(tmp_path / "rows.csv", COLUMNS) == list(history.rows)


def test_what_cannot_be_learned_from_is_counted_by_reason(tmp_path: Path) -> None:
    broken = [
        {**ZENDESK, "subject": "", "description": None},
        {**ZENDESK, "type": None},
        {**ZENDESK, "group_id": {"odd": []}},
        {**ZENDESK, "priority": "whenever"},
    ]
    history = read_history(lines(tmp_path / "a.jsonl", ZENDESK, *broken), SHAPES["zendesk"])
    assert len(history.rows) == 1
    assert history.skipped == {
        "no text": 1, "no category": 1, "no team": 1, "unknown priority": 1,
    }  # fmt: skip
    with pytest.raises(MalformedPayload, match="no usable ticket"):
        read_history(lines(tmp_path / "b.jsonl", *broken), SHAPES["zendesk"])


def test_a_mapping_may_change_a_known_shape_and_must_make_sense() -> None:
    assert shape_from("team=tags", base="zendesk").category == "type"
    for mapping, base in (("team", ""), ("mood=x", ""), ("text=a", ""), ("", "otrs")):
        with pytest.raises(MalformedPayload):
            shape_from(mapping, base)
