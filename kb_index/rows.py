"""Files of many rows: tables, lines of JSON, one list in JSON; `.gz` too. What a row means is `parse`'s and `labelled`'s."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from core.mended import mended
from core.table import encoding_of, errors_of, read_table

ENDINGS = frozenset({".jsonl", ".ndjson", ".csv", ".tsv"})
BROKEN = (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error)
"""What reading may end in besides ValueError."""

_TABLES = frozenset({".csv", ".tsv"})


def suffix_of(file: Path) -> str:
    """Its ending in lower case, without `.gz`."""
    return Path(file.name.lower().removesuffix(".gz")).suffix


def rows_of(file: Path, known: Collection[str] = ()) -> Iterator[tuple[int, Any]]:
    """Each row with its number: of a table as a mapping, of a list in JSON as it is, else the line, JSON unread. Empty lines
    are counted and left out. `known`: titles looked for in a table.

    Raises what `BROKEN` names, ValueError for a list that is no JSON, and for a row of a table with more cells than titles
    nothing: it is a `LongRow`.
    """
    is_table = suffix_of(file) in _TABLES
    with _opened(file, is_table) as lines:
        if is_table:
            for number, row in enumerate(read_table(lines, known).rows, start=1):
                yield number, LongRow() if row.surplus else row.cells
            return
        for number, line in enumerate(lines, start=1):
            if number == 1 and line.lstrip().startswith("["):
                yield from enumerate(json.loads(line + lines.read()), start=1)
            elif line.strip():
                yield number, line


class LongRow(ValueError):
    """it has more cells than there are titles: a text that holds what parts the cells needs quotes"""

    def __str__(self) -> str:
        return str(self.__doc__)


def read_row(row: Any) -> Mapping[str, Any]:
    """A row of `rows_of` as named values. Raises ValueError."""
    if isinstance(row, LongRow):
        raise row
    found = json.loads(row) if isinstance(row, str) else row
    if not isinstance(found, Mapping):
        raise ValueError("it is not an object with named values")
    whole: Mapping[str, Any] = mended(found)
    return whole


def listed(value: Any) -> Any:
    """The list that a cell of a table holds in JSON; else the cell as it is, for a text may begin with a bracket too."""
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _opened(file: Path, is_table: bool) -> TextIO:
    """JSON is UTF-8; tables are written in other letters too."""
    is_packed = file.name.lower().endswith(".gz")
    encoding = "utf-8-sig"
    if is_table:
        with gzip.open(file) if is_packed else file.open("rb") as raw:
            encoding = encoding_of(raw)  # type: ignore[arg-type]
    errors = errors_of(encoding)
    if is_packed:
        return gzip.open(file, "rt", encoding=encoding, errors=errors, newline="")
    return file.open(encoding=encoding, errors=errors, newline="")
