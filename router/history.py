"""Reads a company's past tickets, as other help desks export them, into the rows that `train_router` learns from. Storing does not belong here.

Three help desks are known by the field names of their vendors' ticket resources (Zendesk and Freshdesk ticket API,
ServiceNow incident table) and by the column titles of their CSV exports; a file is recognised by its titles. For
anything else, and for columns that a company chose itself, the caller says which column means what.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.decision import Priority
from core.errors import MalformedPayload
from router.skills import slugs_of
from router.tables import Line, read_lines

COLUMNS = ("text", "category", "priority", "team", "language", "channel")
"""What is learned from."""
AROUND = ("tier", "earlier", "tried", "urgency", "sentiment")
"""What is learned from where the source has it: the customer's tier and number of earlier tickets, answers that a bot
tried, and what somebody noted of how pressing it was and of the customer's mood."""
SKILLS = ("skills", "solver")
"""Further columns of rows: the skills that a ticket needed, where the source says so, and those of who solved it; each as
`router.skills` keeps them."""
MORE = ("key", "created", "handled", "skills", "agent")
"""What else a mapping may name: the ticket's number, when it came, how long somebody worked on it, which skills it needed, and
who solved it."""
ANSWERS = {
    "urgency": ("now", "soon", "whenever"),
    "sentiment": ("upset", "calm", "pleased"),
}
"""What may be answered, most pressing first."""
MOST_TOLD = 50
"""Rows left out that are told one by one; all are counted."""

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
    not in the source. `handled`: seconds, or hours:minutes:seconds. `name`: of the help desk.
    """

    text: tuple[str, ...]
    category: str
    team: str
    priority: str = ""
    language: str = ""
    channel: str = ""
    key: str = ""
    created: str = ""
    handled: str = ""
    tier: str = ""
    earlier: str = ""
    tried: str = ""
    urgency: str = ""
    sentiment: str = ""
    skills: str = ""
    agent: str = ""
    priorities: Mapping[str, Priority] = field(default_factory=dict)
    name: str = ""


def _numbered(*order: Priority) -> dict[str, Priority]:
    return {str(number): priority for number, priority in enumerate(order, 1)}


# Freshdesk counts upwards: 1 is low and 4 is urgent. ServiceNow counts downwards: 1 is critical, 4 low, 5 planning.
_UPWARDS = _numbered(Priority.LOW, Priority.MEDIUM, Priority.HIGH, Priority.CRITICAL)
_DOWNWARDS = _numbered(
    Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM, Priority.LOW, Priority.LOW
)

_PRESSING = {
    "1": "now", "high": "now", "urgent": "now",
    "2": "soon", "medium": "soon",
    "3": "whenever", "low": "whenever",
}  # fmt: skip
"""ServiceNow's urgencies."""

SHAPES: dict[str, Shape] = {
    "zendesk": Shape(
        ("subject", "description"), "type", "group_id", "priority", "", "via.channel",
        "id", "created_at",
    ),
    "zendesk_csv": Shape(
        ("Subject", "Description"), "Ticket type", "Group", "Priority", "", "Via", "ID", "Created at",
    ),
    "freshdesk": Shape(
        ("subject", "description_text"), "type", "group_id", "priority", "", "source",
        "id", "created_at", "", priorities=_UPWARDS,
    ),
    "freshdesk_csv": Shape(
        ("Subject", "Description"), "Type", "Group", "Priority", "", "Source",
        "Ticket ID", "Created time", "Time tracked", priorities=_UPWARDS,
    ),
    "servicenow": Shape(
        ("short_description", "description"), "category", "assignment_group", "priority", "",
        "contact_type", "number", "opened_at", urgency="urgency", priorities=_DOWNWARDS,
    ),
    "servicenow_csv": Shape(
        ("Short description", "Description"), "Category", "Assignment group", "Priority", "",
        "Channel", "Number", "Opened", urgency="Urgency", priorities=_DOWNWARDS,
    ),
    "own": Shape(
        ("text",), "category", "team", "priority", "language", "channel",
        "id", "created_at", "handle_seconds", "tier", "earlier", "tried", "urgency", "sentiment", "skills", "agent",
    ),
}  # fmt: skip

_TELLING: dict[str, frozenset[str]] = {
    "zendesk": frozenset({"subject", "group_id", "via"}),
    "zendesk_csv": frozenset({"subject", "group", "ticket type"}),
    "freshdesk": frozenset({"subject", "description_text", "group_id"}),
    "freshdesk_csv": frozenset({"ticket id", "subject", "group", "created time"}),
    "servicenow": frozenset({"short_description", "assignment_group"}),
    "servicenow_csv": frozenset({"short description", "assignment group"}),
    "own": frozenset({"text", "category", "team"}),
}
"""Titles, in lower case, by which a file is recognised; the first shape whose titles are all there."""


def detected(titles: Sequence[str]) -> str:
    """The name of the shape whose fields these are, or empty."""
    plain = {title.strip().casefold() for title in titles}
    return next((name for name, telling in _TELLING.items() if telling <= plain), "")


def shape_from(mapping: str, base: str = "") -> Shape:
    """A shape from `text=Subject+Body,category=Type,team=Group,...`, over one of `SHAPES` where `base` names it.

    Raises `MalformedPayload` for what it does not know or lacks.
    """
    if base and base not in SHAPES:
        raise MalformedPayload(f"There is no shape {base!r}; there are {', '.join(SHAPES)}.")
    named: dict[str, Any] = {}
    for part in filter(None, mapping.split(",")):
        name, found, column = part.partition("=")
        if name not in COLUMNS + AROUND + MORE or not found or not column:
            raise MalformedPayload(
                f"{part!r} is not one of {', '.join(f'{c}=...' for c in COLUMNS + AROUND + MORE)}."
            )
        named[name] = tuple(column.split("+")) if name == "text" else column
    if base:
        return replace(SHAPES[base], **named, name=base)
    missing = {"text", "category", "team"} - named.keys()
    if missing:
        raise MalformedPayload(f"The mapping lacks {', '.join(sorted(missing))}.")
    return Shape(**named)


@dataclass(frozen=True, slots=True)
class Past:
    """A ticket of the past. `key`: its number there, or a digest of its text; `created`: aware, or None;
    `handled`: seconds somebody worked on it, 0 where nobody wrote it down. `row`: with `COLUMNS`, and those of `AROUND`
    that are known of it."""

    key: str
    row: Mapping[str, str]
    created: datetime | None = None
    handled: float = 0.0


@dataclass(frozen=True, slots=True)
class History:
    """What was read. `skipped`: reason to number of tickets left out; `unreadable`: the first of them by line."""

    tickets: tuple[Past, ...]
    skipped: Mapping[str, int]
    unreadable: tuple[dict[str, Any], ...] = ()
    shape: str = ""

    @property
    def rows(self) -> tuple[Mapping[str, str], ...]:
        """Each with `COLUMNS`, and those of `AROUND` that are known of it."""
        return tuple(ticket.row for ticket in self.tickets)


def read_history(path: Path, shape: Shape | None = None, mapping: str = "") -> History:
    """The tickets of a CSV or JSON-lines file (`.gz` too); without `shape` its titles say whose export it is, and
    `mapping` what differs. A ticket without text, category or team is skipped, and so is one whose priority means
    nothing known; a missing priority is medium. Raises `MalformedPayload` when the file cannot be read or
    nothing is left."""
    lines = list(read_lines(path))
    titles = {title for line in lines if line.row is not None for title in line.row}
    shape = shape or _recognised(path, sorted(titles), mapping)
    plain = {title.strip().casefold(): title for title in titles}
    tickets: dict[str, Past] = {}
    skipped, unreadable = Counter[str](), []
    for line in lines:
        ticket, problem = _ticket(line, shape, plain)
        if ticket is None:
            skipped[problem] += 1
            unreadable.append({"line": line.number, "reason": problem})
        else:
            tickets[ticket.key] = ticket
    if not tickets:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in skipped.items())
        raise MalformedPayload(f"{path} holds no usable ticket ({reasons or 'it is empty'}).")
    told = tuple(unreadable[:MOST_TOLD])
    return History(tuple(tickets.values()), dict(skipped), told, shape.name)


def _recognised(path: Path, titles: Sequence[str], mapping: str) -> Shape:
    name = detected(titles)
    try:
        return shape_from(mapping, name)
    except MalformedPayload as problem:
        raise MalformedPayload(
            f"{path}: {problem} Its columns are {', '.join(titles)}; say what they mean with "
            "--map text=...,category=...,team=..."
        ) from problem


def write_history(rows: Sequence[Mapping[str, str]], path: Path) -> None:
    """As the CSV that `train_router` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        columns = (*COLUMNS, *AROUND, *SKILLS, "created", "example")
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def _ticket(line: Line, shape: Shape, titles: Mapping[str, str]) -> tuple[Past | None, str]:
    """The ticket, or why there is none. `titles`: in lower case to as they are."""
    if line.row is None or line.problem:
        return None, line.problem

    def said(path: str) -> str:
        return _text(line.row or {}, titles.get(path.casefold(), path)) if path else ""

    text = "\n".join(filter(None, map(said, shape.text)))
    category, team = said(shape.category), said(shape.team)
    for name, value in (("text", text), ("category", category), ("team", team)):
        if not value:
            return None, f"no {name}"
    priority, created = _priority(said(shape.priority), shape), said(shape.created)
    if priority is None:
        return None, "unknown priority"
    row = {
        "text": text, "category": category, "priority": priority.label, "team": team,
        "language": said(shape.language), "channel": said(shape.channel),
    }  # fmt: skip
    row |= _around(shape, said)
    row |= _people(line.row, shape, said, titles)
    key = said(shape.key) or hashlib.sha256(f"{created}\n{text}".encode()).hexdigest()[:32]
    return Past(key, row, moment(created), _seconds(said(shape.handled))), ""


def _around(shape: Shape, said: Callable[[str], str]) -> dict[str, str]:
    """Those of `AROUND` that are known; what means nothing known is not."""
    found = {name: said(getattr(shape, name)) for name in AROUND}
    found["urgency"] = _answer(found["urgency"], "urgency", _PRESSING)
    found["sentiment"] = _answer(found["sentiment"], "sentiment", {})
    return {name: value for name, value in found.items() if value}


def _people(
    row: Mapping[str, Any], shape: Shape, said: Callable[[str], str], titles: Mapping[str, str]
) -> dict[str, str]:
    """The skills that it needed, where the source has a column for them, and by whom it was solved."""
    found = {"agent": said(shape.agent)}
    title = titles.get(shape.skills.casefold(), "")
    if title:
        cell = row.get(title)
        found["skills"] = slugs_of(
            "\n".join(map(str, cell)) if isinstance(cell, list) else said(shape.skills)
        )
    return {name: value for name, value in found.items() if value}


def _answer(said: str, question: str, also: Mapping[str, str]) -> str:
    """The answer that is meant: `1 - High` means its number."""
    known = {answer: answer for answer in ANSWERS[question]} | dict(also)
    parts = (said.casefold(), *said.casefold().replace("-", " ").split())
    return next((known[part] for part in parts if part in known), "")


def moment(said: str) -> datetime | None:
    """ISO 8601, with or without an offset (then UTC), or `2026-11-23 09:15[:00]`; None for anything else."""
    try:
        found = datetime.fromisoformat(said.strip().replace(" UTC", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _seconds(said: str) -> float:
    """Of "540", "540.5" or "0:09:00"; 0 for anything else."""
    try:
        parts = [float(part) for part in said.split(":")] if said else [0.0]
    except ValueError:
        return 0.0
    seconds = 0.0
    for part in parts if len(parts) != 2 else [*parts, 0.0]:
        seconds = seconds * 60 + part
    return seconds if 0.0 <= seconds < 1e7 else 0.0


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
