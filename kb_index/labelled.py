"""Questions with known answers, as files hold them: for measuring and for training. Serving does not read them."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.knowledge import Question, Said

_POSITIVE = {"ANSWERABLE", "PARTIAL"}
_NEGATIVE = {"UNANSWERABLE", "UNDERSPECIFIED"}
_SPEAKERS = {"user": "customer", "customer": "customer"}


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
    """Rows of JSONL or CSV (`.gz` too), or a list in YAML (`ask`, `article`, `language`, `history`). `text_column`: where the question stands, if not in `query` or `question`.

    Raises ValueError naming the row that cannot be read.
    """
    rows = _listed(path) if path.suffix == ".yml" else _rows(path)
    for number, row in enumerate(rows, start=1):
        try:
            yield _labelled(row, text_column)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path.name}, row {number}: {error}") from error


def _listed(path: Path) -> Iterator[Mapping[str, Any]]:
    """Our own questions; one without `article` or `either` has no answer in the knowledge base."""
    for item in yaml.safe_load(path.read_text(encoding="utf-8")):
        gold = item.get("article") or item.get("either") or []
        history = [{"speaker": who, "text": text} for who, text in item.get("history", ())]
        row = {"question": item["ask"], "language": item.get("language", "en"), "gold": gold}
        yield {**row, "history": history, "answerable": bool(gold)}


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    opened = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8", newline="") as lines:
        if path.name.removesuffix(".gz").endswith(".csv"):
            yield from csv.DictReader(lines)
        else:
            yield from (json.loads(line) for line in lines if line.strip())


def _labelled(row: Mapping[str, Any], text_column: str) -> Labelled:
    text = (row.get(text_column) if text_column else "") or row.get("query") or row.get("question")
    if not text:
        raise ValueError(f"it has no {text_column or 'query or question'}")
    history = tuple(
        Said(_SPEAKERS.get(turn["speaker"], turn["speaker"]), str(turn["text"]))
        for turn in row.get("history") or ()
    )
    gold = row.get("gold") or row.get("gold_passages") or row.get("gold_passage") or ()
    named = frozenset({str(gold)} if isinstance(gold, (str, int)) else map(str, gold))
    question = Question(str(text), history, language=str(row.get("language") or ""))
    return Labelled(question, named, _answerable(row, named), _sentences(row.get("gold_sentences")))


def _answerable(row: Mapping[str, Any], gold: frozenset[str]) -> bool | None:
    said = row.get("answerable")
    if isinstance(said, str):
        return said.strip().lower() in {"true", "1", "yes"}
    if said is not None:
        return bool(said)
    judged = str(row.get("answerability") or "").upper()
    if judged in _POSITIVE or judged in _NEGATIVE:
        return judged in _POSITIVE
    return True if gold else None


def _sentences(value: Iterable[Any] | None) -> tuple[str, ...]:
    """One list of sentences, or one for each of several annotators."""
    found: list[str] = []
    for item in value or ():
        found += [item] if isinstance(item, str) else [str(sentence) for sentence in item]
    return tuple(found)
