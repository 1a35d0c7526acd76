"""Reads rows of tickets from CSV or JSON lines, gzipped or not, as programs of many kinds write them. What their columns mean does not belong here."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import MalformedPayload
from core.mended import mended
from core.table import decoded, read_table

_LISTS = ("tickets", "records", "result", "results")
"""Where Zendesk and Freshdesk, ServiceNow's export, and its interface put their rows."""


def read_rows(
    path: Path, columns: Sequence[str], optional: Sequence[str] = ()
) -> list[dict[str, str]]:
    """The rows of a file that `read_objects` can read, with only `columns` and `optional`, as text; a missing value is empty.

    A title may differ in case and in spaces around it. Raises `MalformedPayload` also for one of `columns` that is not
    there, and where there is no row.
    """
    rows = read_objects(path, (*columns, *optional))
    if not rows:
        raise MalformedPayload(f"{path} has no rows.")
    present = {name for row in rows for name in row}
    meant = {name: _meant(name, present) for name in (*columns, *optional)}
    missing = [name for name in columns if meant[name] not in present]
    if missing:
        raise MalformedPayload(f"{path} has no column {missing[0]!r}; it has {sorted(present)}.")
    return [{name: _text(row.get(title)) for name, title in meant.items()} for row in rows]


def _meant(name: str, present: set[str]) -> str:
    """The title that is meant: as it is written, or the only one that is the same but for case and spaces."""
    plain = name.strip().casefold()
    alike = [title for title in present if title.strip().casefold() == plain]
    return alike[0] if name not in present and len(alike) == 1 else name


def read_objects(path: Path, known: Collection[str] = ()) -> list[dict[str, Any]]:
    """The rows of a `.csv`, or of a `.jsonl`, `.ndjson` or `.json` file with one object a line, or of a
    `.json` file that is one list; `.gz` too. Raises `MalformedPayload`, with the line, for what cannot be read.

    What a row is short of at its end is missing in it, but cells too many are refused: a comma without quotes would
    put each word after it under another title.
    """
    rows = []
    for line in read_lines(path, known):
        if line.row is None or line.is_long:
            raise MalformedPayload(f"{path}, line {line.number}: {line.problem}.")
        rows.append(line.row)
    return rows


@dataclass(frozen=True, slots=True)
class Line:
    """A row and the line of the file that it ends in. `problem`: what is wrong with it; `row` is None where nothing of
    it can be read; `is_long`: more cells than titles are filled."""

    number: int
    row: dict[str, Any] | None
    problem: str = ""
    is_long: bool = False


def read_lines(path: Path, known: Collection[str] = ()) -> Iterator[Line]:
    """As `read_objects`, but a row that cannot be read does not hide the others. `known`: titles that the caller looks for.

    Raises `MalformedPayload` when the file as a whole cannot be read.
    """
    try:
        raw = path.read_bytes()
        is_packed = path.suffix.lower() == ".gz" or raw.startswith(_PACKED)
        text = decoded(gzip.decompress(raw) if is_packed else raw)
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as problem:
        raise MalformedPayload(f"{path} cannot be read: {problem}.") from problem
    name = path.name.lower().removesuffix(".gz")
    kind = Path(name).suffix
    if kind == ".json" and (whole := _whole(text)) is not None:
        return (Line(at, row) for at, row in enumerate(whole, 1))
    is_json = kind in (".jsonl", ".json", ".ndjson")
    return _json_rows(text) if is_json else _csv_rows(text, path, known)


_PACKED = b"\x1f\x8b"


def joined_text(row: dict[str, str], columns: Sequence[str]) -> str:
    """The texts of several columns, one under the other, empty ones left out."""
    return "\n".join(row[name] for name in columns if row[name].strip())


def digest_of(path: Path) -> str:
    """sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _csv_rows(text: str, path: Path, known: Collection[str]) -> Iterator[Line]:
    line = 1
    try:
        for row in read_table(io.StringIO(text, newline=""), known).rows:
            line = row.line
            is_odd = row.is_short or bool(row.surplus)
            problem = "it has not as many cells as there are titles" if is_odd else ""
            yield Line(line, dict(row.cells), problem, bool(row.surplus))
    except csv.Error as problem:
        raise MalformedPayload(f"{path}, after line {line}: {problem}.") from problem


def _whole(text: str) -> list[dict[str, Any]] | None:
    """The rows of one JSON document: a list, or the list in an answer of a help desk's interface; else None."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if isinstance(found, dict):
        found = next((found[name] for name in _LISTS if name in found), None)
    is_rows = isinstance(found, list) and all(isinstance(row, dict) for row in found)
    return mended(found) if is_rows else None


def _json_rows(text: str) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as problem:
            yield Line(number, None, str(problem))
            continue
        yield (
            Line(number, mended(row))
            if isinstance(row, dict)
            else Line(number, None, "not an object")
        )


def _text(value: Any) -> str:
    """As it would be written in a table; of a list its parts, one under the other."""
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    if value is None or value != value:  # a number that is none
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
