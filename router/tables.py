"""Reads rows of tickets from CSV or JSON lines, gzipped or not. What their columns mean does not belong here."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import MalformedPayload

LONGEST_FIELD = 4_000_000


def read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a file that `read_objects` can read, with only `columns`, as text; a missing value is empty.

    Raises `MalformedPayload` also for a column that is not there.
    """
    rows = read_objects(path)
    present = {name for row in rows for name in row}
    missing = [name for name in columns if name not in present]
    if missing:
        raise MalformedPayload(f"{path} has no column {missing[0]!r}; it has {sorted(present)}.")
    return [{name: _text(row.get(name)) for name in columns} for row in rows]


def read_objects(path: Path) -> list[dict[str, Any]]:
    """The rows of a `.csv`, or of a `.jsonl`, `.ndjson` or `.json` file with one object a line; `.gz` too.

    Raises `MalformedPayload`, with the line, for what cannot be read.
    """
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
        text = raw.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as problem:
        raise MalformedPayload(f"{path} cannot be read: {problem}.") from problem
    kind = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    is_json = kind in (".jsonl", ".json", ".ndjson")
    return _json_rows(text, path) if is_json else _csv_rows(text, path)


def joined_text(row: dict[str, str], columns: Sequence[str]) -> str:
    """The texts of several columns, one under the other, empty ones left out."""
    return "\n".join(row[name] for name in columns if row[name].strip())


def digest_of(path: Path) -> str:
    """sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _csv_rows(text: str, path: Path) -> list[dict[str, Any]]:
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        return [{name: value for name, value in row.items() if name is not None} for row in reader]
    except csv.Error as problem:
        raise MalformedPayload(f"{path}, line {reader.line_num}: {problem}.") from problem


def _json_rows(text: str, path: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as problem:
            raise MalformedPayload(f"{path}, line {number}: {problem}.") from problem
        if not isinstance(row, dict):
            raise MalformedPayload(f"{path}, line {number}: not an object.")
        rows.append(row)
    return rows


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
