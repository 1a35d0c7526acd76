"""Training examples from files: Rasa's YAML, CSV and JSON lines, gzip too. Writing files and training do not belong here."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.errors import MalformedPayload
from core.mended import mended
from core.table import decoded, read_table

OUT_OF_SCOPE_LABELS = frozenset({"oos", "NO_NODES_DETECTED"})
"""Labels of rows that belong to no intent, in the public sets."""

_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what it means."""

    text: str
    label: str


def read_rasa(path: Path) -> list[Example]:
    """The `nlu:` examples of one file in Rasa's 3.1 format; entity annotations are reduced to their text."""
    content = yaml.safe_load(_read(path)) or {}
    examples: list[Example] = []
    for block in content.get("nlu", ()):
        if "intent" not in block:
            continue
        for line in str(block.get("examples", "")).splitlines():
            text = _ANNOTATION.sub(r"\1", line.strip().removeprefix("-").strip())
            if text:
                examples.append(Example(text, str(block["intent"])))
    if not examples:
        raise MalformedPayload(f"{path.name} holds no `nlu:` examples in Rasa's format.")
    return examples


def read_csv(
    path: Path,
    text_column: str = "text",
    label_column: str = "intent",
    left_out: list[str] | None = None,
) -> list[Example]:
    """The rows of a CSV (whatever `core.table` reads) or of JSON lines, `.gz` too.

    `left_out` gets a sentence for each row that teaches nothing: without text or label, or whose text was cut by a comma without
    quotes, so that its end stands where the label should. MalformedPayload: a column is missing, or the file cannot be read.
    """
    rows = _columns(path, (text_column, label_column), left_out)
    return [Example(text, label) for text, label in rows]


def read_texts(
    path: Path, text_column: str = "text", left_out: list[str] | None = None
) -> list[str]:
    """The texts of such a file, whatever their labels."""
    return [text for (text,) in _columns(path, (text_column,), left_out)]


def _columns(path: Path, names: Sequence[str], left_out: list[str] | None) -> list[list[str]]:
    """The values of these columns, of the rows that have them all."""
    text = _read(path)
    is_json = Path(path.name.lower().removesuffix(".gz")).suffix in {".jsonl", ".ndjson", ".json"}
    try:
        rows = list(_json_rows(text) if is_json else _csv_rows(text, names))
    except (csv.Error, ValueError) as problem:
        raise MalformedPayload(f"{path.name} cannot be read: {problem}.") from problem
    columns = list(dict.fromkeys(name for _, row, _ in rows for name in row))
    whole = {_text(row.get(names[-1])) for _, row, surplus in rows if not surplus}
    missing = [name for name in names if name not in columns]
    if missing:
        raise MalformedPayload(
            f"{path.name} has no column {', '.join(missing)}; it has {', '.join(columns) or 'none'}."
        )
    found = []
    for number, row, surplus in rows:
        values = [_text(row.get(name)) for name in names]
        empty = [name for name, value in zip(names, values, strict=True) if not value]
        wrong = f"no {empty[0]}" if empty else ""
        if len(names) > 1 and surplus and _is_shifted(row[names[-1]], surplus, whole):
            wrong = "its text needs quotes, for a comma has cut it"
        if not wrong:
            found.append(values)
        elif number and left_out is not None:
            left_out.append(f"{path.name}, line {number}: {wrong}.")
    return found


def _is_shifted(label: str, surplus: Sequence[str], whole: Set[str]) -> bool:
    """Whether a row with more cells than titles has a part of its text for a label, and not just a cell without a title. `whole`:
    the labels of the other rows."""
    return label.startswith(" ") or (
        label.strip() not in whole and surplus[-1].strip() in whole - {""}
    )


def _csv_rows(
    text: str, names: Sequence[str]
) -> Iterator[tuple[int, Mapping[str, Any], Sequence[str]]]:
    """Each row with the line that it ends in and its cells without titles. The first, of line 0, is empty: the columns are known
    without rows."""
    table = read_table(io.StringIO(text), names)
    yield 0, dict.fromkeys(table.titles, ""), ()
    for row in table.rows:
        yield row.line, row.cells, row.surplus


def _json_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any], Sequence[str]]]:
    """One object a line, or one list of them."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    whole = json.loads(text) if text.lstrip().startswith("[") else None
    for number, line in lines if whole is None else enumerate(whole, 1):
        try:
            row = json.loads(line) if whole is None else line
        except ValueError as problem:
            raise ValueError(f"line {number} is no JSON") from problem
        if not isinstance(row, dict):
            raise ValueError(f"row {number} is not an object with named values")
        yield number, mended(row), ()


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def read_folder(folder: Path) -> list[Example]:
    """All examples of a company's folder: every .yml and .csv file, in order of name."""
    examples: list[Example] = []
    for path in sorted(folder.iterdir()):
        if path.suffix in (".yml", ".yaml"):
            examples += read_rasa(path)
        elif path.name.endswith((".csv", ".csv.gz")):
            examples += read_csv(path)
    if not examples:
        raise MalformedPayload(f"{folder.name} holds no .yml or .csv file with examples.")
    return examples


def data_hash(examples: Iterable[Example]) -> str:
    """sha256 over texts and labels in their order."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(f"{example.label}\t{example.text}\n".encode())
    return digest.hexdigest()


def texts_of(examples: Sequence[Example]) -> list[str]:
    return [example.text for example in examples]


def labels_of(examples: Sequence[Example]) -> list[str]:
    return [example.label for example in examples]


def _read(path: Path) -> str:
    """In the letters that `core.table` finds; lines end in a line feed."""
    try:
        raw = path.read_bytes()
        text = decoded(gzip.decompress(raw) if path.suffix.lower() == ".gz" else raw)
    except UnicodeDecodeError as problem:
        raise MalformedPayload(f"{path.name} is not UTF-8 at byte {problem.start}.") from problem
    except FileNotFoundError as problem:
        raise MalformedPayload(f"There is no file {path}.") from problem
    except (OSError, EOFError, zlib.error) as problem:
        raise MalformedPayload(f"{path.name} cannot be read: {problem}.") from problem
    return text.replace("\r\n", "\n").replace("\r", "\n")
