"""Past tickets in the shapes of three help desks, and in a company's own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
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


EXPORTS = {
    "zendesk_csv": (
        "ID,Subject,Priority,Via,Ticket type,Created at,Group",
        "7,Login fails,Urgent,Mail,Incident,2026-03-01 09:15:00,Tier 2",
        ("Login fails", "Incident", "critical", "Tier 2", "", "Mail"),
    ),
    "freshdesk_csv": (
        "Ticket ID,Subject,Status,Priority,Source,Type,Group,Created time,Time tracked",
        "7,Refund,Open,High,Email,Question,Billing,2026-03-01 09:15:00,01:30:00",
        ("Refund", "Question", "high", "Billing", "", "Email"),
    ),
    "servicenow_csv": (
        "Number,Opened,Short description,Caller,Priority,Category,Assignment group",
        "INC7,2026-03-01 09:15:00,VPN down,Somebody,1 - Critical,Network,Infra",
        ("VPN down", "Network", "critical", "Infra", "", ""),
    ),
    "own": (
        "TEXT,category,team,priority,created_at",
        "VPN down,Network,Infra,low,2026-03-01T09:15:00Z",
        ("VPN down", "Network", "low", "Infra", "", ""),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_recognised_by_its_titles(tmp_path: Path, name: str) -> None:
    titles, line, row = EXPORTS[name]
    path = tmp_path / "export.csv"
    path.write_text(f"{titles}\n{line}\n")
    history = read_history(path)
    assert history.shape == name
    (ticket,) = history.tickets
    assert ticket.row == dict(zip(COLUMNS, row, strict=True))
    assert ticket.created == datetime(2026, 3, 1, 9, 15, tzinfo=UTC)
    assert ticket.handled == (5400.0 if name == "freshdesk_csv" else 0.0)
    assert (ticket.key in ("7", "INC7")) is (name != "own")


@pytest.mark.parametrize("name", ["zendesk_csv", "freshdesk_csv"])
def test_a_description_in_an_export_is_read_beside_the_subject(tmp_path: Path, name: str) -> None:
    titles, line, row = EXPORTS[name]
    path = tmp_path / "export.csv"
    path.write_text(f"Description,{titles}\nSince Monday it asks twice.,{line}\n")
    (ticket,) = read_history(path).tickets
    assert ticket.row["text"] == f"{row[0]}\nSince Monday it asks twice."


def test_what_an_interface_answers_is_one_document(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for whole in ([ZENDESK], {"tickets": [ZENDESK], "next_page": None}):
        path.write_text(json.dumps(whole, indent=1))
        assert read_history(path).shape == "zendesk"
    path.write_text(json.dumps({"records": [SERVICENOW]}))
    assert read_history(path).shape == "servicenow"


def test_titles_that_say_nothing_need_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("Body,Queue,Kind\nHelp,IT,Printer\n")
    with pytest.raises(MalformedPayload, match=r"Its columns are Body, Kind, Queue; .*--map"):
        read_history(path)
    history = read_history(path, mapping="text=Body,team=Queue,category=Kind")
    assert (history.shape, history.rows[0]["team"]) == ("", "IT")


def test_each_line_left_out_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,category,team\n"two\nlines",c,t\na,c\nb,c,t,more\n,c,t\nd,c,t\n')
    history = read_history(path)
    assert [ticket.row["text"] for ticket in history.tickets] == ["two\nlines", "d"]
    assert [one["line"] for one in history.unreadable] == [4, 5, 6]
    assert sum(history.skipped.values()) == 3
