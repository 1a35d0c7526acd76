"""Training examples from files: Rasa's YAML and CSV, gzip too. Writing files and training do not belong here."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from core.errors import MalformedPayload

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


def read_csv(path: Path, text_column: str = "text", label_column: str = "intent") -> list[Example]:
    """The rows of a .csv or .csv.gz; rows without text are left out. MalformedPayload: a column is missing."""
    rows = _columns(path, text_column, label_column)
    return [Example(text.strip(), label.strip()) for text, label in rows if text.strip()]


def read_texts(path: Path, text_column: str = "text") -> list[str]:
    """The texts of a .csv or .csv.gz, whatever their labels."""
    return [text.strip() for (text,) in _columns(path, text_column) if text.strip()]


def _columns(path: Path, *names: str) -> list[list[str]]:
    reader = csv.DictReader(io.StringIO(_read(path)))
    columns = reader.fieldnames or ()
    missing = [name for name in names if name not in columns]
    if missing:
        raise MalformedPayload(
            f"{path.name} has no column {', '.join(missing)}; it has {', '.join(columns)}."
        )
    return [[row[name] or "" for name in names] for row in reader]


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
    raw = path.read_bytes()
    if path.suffix == ".gz":
        raw = gzip.decompress(raw)
    return raw.decode("utf-8-sig")
