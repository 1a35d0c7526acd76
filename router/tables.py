"""Reads rows of tickets from CSV or JSON lines, gzipped or not. What their columns mean does not belong here."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import MalformedPayload

LONGEST_FIELD = 4_000_000
_LISTS = ("tickets", "records", "result", "results")
"""Where Zendesk and Freshdesk, ServiceNow's export, and its interface put their rows."""


def read_rows(
    path: Path, columns: Sequence[str], optional: Sequence[str] = ()
) -> list[dict[str, str]]:
    """The rows of a file that `read_objects` can read, with only `columns` and `optional`, as text; a missing value is empty.

    Raises `MalformedPayload` also for one of `columns` that is not there.
    """
    rows = read_objects(path)
    present = {name for row in rows for name in row}
    missing = [name for name in columns if name not in present]
    if missing:
        raise MalformedPayload(f"{path} has no column {missing[0]!r}; it has {sorted(present)}.")
    return [{name: _text(row.get(name)) for name in (*columns, *optional)} for row in rows]


def read_objects(path: Path) -> list[dict[str, Any]]:
    """The rows of a `.csv`, or of a `.jsonl`, `.ndjson` or `.json` file with one object a line, or of a
    `.json` file that is one list; `.gz` too. Raises `MalformedPayload`, with the line, for what cannot be read.
    """
    rows = []
    for line in read_lines(path):
        if line.row is None:
            raise MalformedPayload(f"{path}, line {line.number}: {line.problem}.")
        rows.append(line.row)
    return rows


@dataclass(frozen=True, slots=True)
class Line:
    """A row and the line of the file that it ends in. `problem`: what is wrong with it; `row` is None where nothing of
    it can be read."""

    number: int
    row: dict[str, Any] | None
    problem: str = ""


def read_lines(path: Path) -> Iterator[Line]:
    """As `read_objects`, but a row that cannot be read does not hide the others.

    Raises `MalformedPayload` when the file as a whole cannot be read.
    """
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
        text = raw.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as problem:
        raise MalformedPayload(f"{path} cannot be read: {problem}.") from problem
    kind = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    if kind == ".json" and (whole := _whole(text)) is not None:
        return (Line(at, row) for at, row in enumerate(whole, 1))
    is_json = kind in (".jsonl", ".json", ".ndjson")
    return _json_rows(text) if is_json else _csv_rows(text, path)


def joined_text(row: dict[str, str], columns: Sequence[str]) -> str:
    """The texts of several columns, one under the other, empty ones left out."""
    return "\n".join(row[name] for name in columns if row[name].strip())


def digest_of(path: Path) -> str:
    """sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _csv_rows(text: str, path: Path) -> Iterator[Line]:
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            # Cells without a title, and titles without a cell, are there when a comma is missing or too many.
            if None in row or None in row.values():
                plain = {name: value for name, value in row.items() if name is not None}
                yield Line(reader.line_num, plain, "it has not as many cells as there are titles")
            else:
                yield Line(reader.line_num, row)
    except csv.Error as problem:
        raise MalformedPayload(f"{path}, line {reader.line_num}: {problem}.") from problem


def _whole(text: str) -> list[dict[str, Any]] | None:
    """The rows of one JSON document: a list, or the list in an answer of a help desk's interface; else None."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if isinstance(found, dict):
        found = next((found[name] for name in _LISTS if name in found), None)
    is_rows = isinstance(found, list) and all(isinstance(row, dict) for row in found)
    return found if is_rows else None


def _json_rows(text: str) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as problem:
            yield Line(number, None, str(problem))
            continue
        yield Line(number, row) if isinstance(row, dict) else Line(number, None, "not an object")


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
