"""Reads a company's past tickets, as other help desks export them, into the rows that `train_router` learns from. Storing does not belong here.

Three shapes are known by the field names of their vendors' ticket resources (Zendesk and Freshdesk ticket API,
ServiceNow incident table), one JSON object a line. CSV exports carry titles that each company chose: for them, and
for anything else, the caller says which column means what.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.decision import Priority
from core.errors import MalformedPayload
from router.tables import read_objects

COLUMNS = ("text", "category", "priority", "team", "language", "channel")

_WORDS = {
    Priority.CRITICAL: (
        "critical",
        "urgent",
        "blocker",
        "emergency",
        "highest",
        "kritisch",
        "urgente",
    ),
    Priority.HIGH: ("high", "major", "hoch", "alta"),
    Priority.MEDIUM: ("medium", "normal", "moderate", "mittel", "media"),
    Priority.LOW: ("low", "minor", "lowest", "planning", "niedrig", "baja"),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Which field means what. A field may be a path with dots; `text` is several, read one after the other.

    `priorities`: what the source's own words or numbers mean, beside the usual words. Fields left empty are
    not in the source.
    """

    text: tuple[str, ...]
    category: str
    team: str
    priority: str = ""
    language: str = ""
    channel: str = ""
    priorities: Mapping[str, Priority] = field(default_factory=dict)


def _numbered(*order: Priority) -> dict[str, Priority]:
    return {str(number): priority for number, priority in enumerate(order, 1)}


SHAPES: dict[str, Shape] = {
    "zendesk": Shape(("subject", "description"), "type", "group_id", "priority", "", "via.channel"),
    "freshdesk": Shape(
        ("subject", "description_text"), "type", "group_id", "priority", "", "source",
        # Freshdesk counts upwards: 1 is low and 4 is urgent.
        _numbered(Priority.LOW, Priority.MEDIUM, Priority.HIGH, Priority.CRITICAL),
    ),
    "servicenow": Shape(
        ("short_description", "description"), "category", "assignment_group", "priority", "", "contact_type",
        # ServiceNow counts downwards: 1 is critical, 4 low, 5 planning.
        _numbered(Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM, Priority.LOW, Priority.LOW),
    ),
}  # fmt: skip


def shape_from(mapping: str, base: str = "") -> Shape:
    """A shape from `text=Subject+Body,category=Type,team=Group,...`, over one of `SHAPES` where `base` names it.

    Raises `MalformedPayload` for what it does not know or lacks.
    """
    if base and base not in SHAPES:
        raise MalformedPayload(f"There is no shape {base!r}; there are {', '.join(SHAPES)}.")
    named: dict[str, Any] = {}
    for part in filter(None, mapping.split(",")):
        name, found, column = part.partition("=")
        if name not in COLUMNS or not found or not column:
            raise MalformedPayload(
                f"{part!r} is not one of {', '.join(f'{c}=...' for c in COLUMNS)}."
            )
        named[name] = tuple(column.split("+")) if name == "text" else column
    if base:
        return replace(SHAPES[base], **named)
    missing = {"text", "category", "team"} - named.keys()
    if missing:
        raise MalformedPayload(f"The mapping lacks {', '.join(sorted(missing))}.")
    return Shape(**named)


@dataclass(frozen=True, slots=True)
class History:
    """What was read. `rows`: with exactly `COLUMNS`. `skipped`: reason to number of tickets left out."""

    rows: tuple[dict[str, str], ...]
    skipped: Mapping[str, int]


def read_history(path: Path, shape: Shape) -> History:
    """The tickets of a CSV or JSON-lines file (`.gz` too). A ticket without text, category or team is skipped, and
    so is one whose priority means nothing known; a missing priority is medium. Raises `MalformedPayload` when the
    file cannot be read or nothing is left."""
    rows, skipped = [], Counter[str]()
    for ticket in read_objects(path):
        row, problem = _row(ticket, shape)
        if problem:
            skipped[problem] += 1
        else:
            rows.append(row)
    if not rows:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in skipped.items())
        raise MalformedPayload(f"{path} holds no usable ticket ({reasons or 'it is empty'}).")
    return History(tuple(rows), dict(skipped))


def write_history(history: History, path: Path) -> None:
    """As the CSV that `train_router` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(history.rows)


def _row(ticket: Mapping[str, Any], shape: Shape) -> tuple[dict[str, str], str]:
    text = "\n".join(filter(None, (_text(ticket, name) for name in shape.text)))
    category, team = _text(ticket, shape.category), _text(ticket, shape.team)
    priority = _priority(_text(ticket, shape.priority), shape)
    for name, value in (("text", text), ("category", category), ("team", team)):
        if not value:
            return {}, f"no {name}"
    if priority is None:
        return {}, "unknown priority"
    found = {
        "text": text, "category": category, "priority": priority.label, "team": team,
        "language": _text(ticket, shape.language), "channel": _text(ticket, shape.channel),
    }  # fmt: skip
    return found, ""


def _text(ticket: Mapping[str, Any], path: str) -> str:
    value: Any = ticket.get(path) if path in ticket else ticket
    if path not in ticket:
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, Mapping):
        # ServiceNow writes a reference as {"display_value": ..., "link": ...}.
        value = value.get("display_value", value.get("name", value.get("value")))
    if value is None or isinstance(value, (Mapping, list)):
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value)


def _priority(said: str, shape: Shape) -> Priority | None:
    """None when it means nothing known. "1 - Critical" and "P1 critical" mean their word."""
    plain = said.casefold()
    if not plain:
        return Priority.MEDIUM
    by_word = {word: priority for priority, words in _WORDS.items() for word in words}
    known = {**by_word, **{key.casefold(): value for key, value in shape.priorities.items()}}
    parts = [plain, *reversed(plain.replace("-", " ").split())]
    return next((known[part] for part in parts if part in known), None)
