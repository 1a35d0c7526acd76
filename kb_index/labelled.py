"""Questions with known answers, as files hold them: for measuring and for training. Serving does not read them."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.knowledge import Question, Said

_POSITIVE = {"ANSWERABLE", "PARTIAL"}
_NEGATIVE = {"UNANSWERABLE", "UNDERSPECIFIED"}
_SPEAKERS = {"user": "customer", "customer": "customer"}
_LONGEST_FIELD = 4_000_000


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question, the articles that answer it, and whether any does (None: not known).

    `sentences`: texts that carry the answer, where the file names them.
    """

    question: Question
    gold: frozenset[str] = frozenset()
    answerable: bool | None = None
    sentences: tuple[str, ...] = ()


def read_questions(path: Path, *, text_column: str = "") -> Iterator[Labelled]:
    """Rows of JSONL or CSV (`.gz` too), one JSON list of them, or a list in YAML (`ask`, `article`, `language`, `history`).
    `text_column`: where the question stands, if not in `query` or `question`. In a CSV, a history and several gold
    articles are written as JSON.

    Raises ValueError naming the row that cannot be read.
    """
    rows = _listed(path) if path.suffix == ".yml" else _rows(path)
    for number, row in enumerate(rows, start=1):
        try:
            yield _labelled(_object(row), text_column)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path.name}, row {number}: {error}") from error


def _listed(path: Path) -> Iterator[Mapping[str, Any]]:
    """Our own questions; one without `article` or `either` has no answer in the knowledge base."""
    for item in yaml.safe_load(path.read_text(encoding="utf-8")):
        gold = item.get("article") or item.get("either") or []
        history = [{"speaker": who, "text": text} for who, text in item.get("history", ())]
        row = {"question": item["ask"], "language": item.get("language", "en"), "gold": gold}
        yield {**row, "history": history, "answerable": bool(gold)}


def _rows(path: Path) -> Iterator[Mapping[str, Any] | str]:
    """As they stand, JSON unread."""
    csv.field_size_limit(_LONGEST_FIELD)
    opened = gzip.open if path.name.endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as lines:
            if path.name.removesuffix(".gz").endswith(".csv"):
                yield from csv.DictReader(lines)
                return
            first = next((line for line in lines if line.strip()), "")
            if first.lstrip().startswith("["):
                yield from json.loads(first + lines.read())
                return
            if first:
                yield first
            yield from (line for line in lines if line.strip())
    except (UnicodeDecodeError, EOFError, csv.Error, zlib.error) as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error


def _object(row: Mapping[str, Any] | str) -> Mapping[str, Any]:
    found = json.loads(row) if isinstance(row, str) else row
    if not isinstance(found, Mapping):
        raise ValueError("it is not an object with named values")
    return found


def _labelled(row: Mapping[str, Any], text_column: str) -> Labelled:
    text = (row.get(text_column) if text_column else "") or row.get("query") or row.get("question")
    if not str(text or "").strip():
        raise ValueError(f"it has no {text_column or 'query or question'}")
    gold = _several(row.get("gold") or row.get("gold_passages") or row.get("gold_passage") or ())
    named = frozenset({str(gold)} if isinstance(gold, (str, int)) else map(str, gold))
    question = Question(str(text), _history(row), language=str(row.get("language") or ""))
    return Labelled(question, named, _answerable(row, named), _sentences(row.get("gold_sentences")))


def _history(row: Mapping[str, Any]) -> tuple[Said, ...]:
    turns = _several(row.get("history") or ())
    if not all(isinstance(turn, Mapping) and {"speaker", "text"} <= turn.keys() for turn in turns):
        raise ValueError("its history is not a list of speaker and text")
    return tuple(
        Said(_SPEAKERS.get(turn["speaker"], str(turn["speaker"])), str(turn["text"]))
        for turn in turns
    )


def _several(value: Any) -> Any:
    """What a cell of a CSV says in JSON."""
    is_list = isinstance(value, str) and value.lstrip().startswith("[")
    return json.loads(value) if is_list else value


def _answerable(row: Mapping[str, Any], gold: frozenset[str]) -> bool | None:
    said = row.get("answerable")
    if isinstance(said, str):
        return said.strip().lower() in {"true", "1", "yes"}
    if said is not None:
        return bool(said)
    judged = row.get("answerability") or ""
    judged = str(judged[0] if isinstance(judged, list) else judged).upper()
    if judged in _POSITIVE or judged in _NEGATIVE:
        return judged in _POSITIVE
    return True if gold else None


def _sentences(value: Iterable[Any] | None) -> tuple[str, ...]:
    """One list of sentences, or one for each of several annotators."""
    found: list[str] = []
    for item in value or ():
        found += [item] if isinstance(item, str) else [str(sentence) for sentence in item]
    return tuple(found)
