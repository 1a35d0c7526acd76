"""Questions with known answers, as files hold them: for measuring and for training. Serving does not read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.knowledge import Question, Said
from kb_index.rows import BROKEN, listed, read_row, rows_of

_POSITIVE = {"ANSWERABLE", "PARTIAL"}
_NEGATIVE = {"UNANSWERABLE", "UNDERSPECIFIED"}
_SPEAKERS = {"user": "customer", "customer": "customer"}
_YES_OR_NO = {
    **dict.fromkeys(("true", "1", "1.0", "yes", "y", "t"), True),
    **dict.fromkeys(("false", "0", "0.0", "no", "n", "f"), False),
}
_COLUMNS = (
    "query", "question", "history", "gold", "gold_passage", "gold_passages", "gold_sentences", "answerable",
    "answerability", "language",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question, the articles that answer it, and whether any does (None: not known).

    `sentences`: texts that carry the answer, where the file names them.
    """

    question: Question
    gold: frozenset[str] = frozenset()
    answerable: bool | None = None
    sentences: tuple[str, ...] = ()


def read_questions(
    path: Path, *, text_column: str = "", gold_column: str = ""
) -> Iterator[Labelled]:
    """Rows of JSON lines or a table (`.gz` too), one JSON list of them, or a list in YAML (`ask`, `article`, `language`, `history`).
    `text_column`: where the question stands, if not in `query` or `question`; `gold_column`: where the articles that answer it do, if not in
    `gold`, `gold_passage` or `gold_passages`. In a CSV, a history and several gold
    articles are written as JSON.

    Raises ValueError naming the row that cannot be read.
    """
    is_ours = path.suffix == ".yml"
    named = {text_column, gold_column} - {""}
    rows = enumerate(_listed(path), start=1) if is_ours else _rows(path, named)
    for number, row in rows:
        try:
            yield _labelled(read_row(row), text_column, gold_column)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"{path.name}, row {number}: {error}") from error


def _listed(path: Path) -> Iterator[Mapping[str, Any]]:
    """Our own questions; one without `article` or `either` has no answer in the knowledge base."""
    for item in yaml.safe_load(path.read_text(encoding="utf-8")):
        gold = item.get("article") or item.get("either") or []
        history = [{"speaker": who, "text": text} for who, text in item.get("history", ())]
        row = {"question": item["ask"], "language": item.get("language", "en"), "gold": gold}
        yield {**row, "history": history, "answerable": bool(gold)}


def _rows(path: Path, named: set[str]) -> Iterator[tuple[int, Any]]:
    try:
        yield from rows_of(path, {*named, *_COLUMNS})
    except BROKEN as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error


def _labelled(row: Mapping[str, Any], text_column: str, gold_column: str) -> Labelled:
    # "text" is what the command calls a column that nobody named, and in a row of questions it may be anything.
    named = (text_column,) if text_column not in {"", "text"} else ()
    text = _first(row, (*named, "query", "question", "text"))
    if not str(text).strip():
        raise ValueError(f"it has no {named[0] if named else 'query or question'}")
    answering = (gold_column,) if gold_column else ()
    gold = _gold(listed(_first(row, (*answering, "gold", "gold_passages", "gold_passage"))))
    question = Question(str(text), _history(row), language=str(row.get("language") or ""))
    sentences = _sentences(listed(row.get("gold_sentences")))
    return Labelled(question, gold, _answerable(row, gold), sentences)


def _first(row: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The value of the first of these that says something; a number may be 0. "" where none does."""
    values = (row.get(name) for name in names)
    return next((value for value in values if value or value == 0), "")


def _gold(value: Any) -> frozenset[str]:
    """Names of articles, or objects with their `id`."""
    several = value if isinstance(value, list) else [value]
    named = (one.get("id", "") if isinstance(one, Mapping) else one for one in several)
    return frozenset(str(one) for one in named if one is not None and one != "")


def _history(row: Mapping[str, Any]) -> tuple[Said, ...]:
    turns = listed(row.get("history") or [])
    is_list = isinstance(turns, list) and all(isinstance(turn, Mapping) for turn in turns)
    if not is_list or not all({"speaker", "text"} <= turn.keys() for turn in turns):
        raise ValueError("its history is not a list of speaker and text")
    return tuple(Said(_speaker(turn["speaker"]), str(turn["text"] or "")) for turn in turns)


def _speaker(said: Any) -> str:
    plain = str(said).strip().lower()
    return _SPEAKERS.get(plain, plain)


def _answerable(row: Mapping[str, Any], gold: frozenset[str]) -> bool | None:
    said = row.get("answerable")
    if isinstance(said, str):
        said = _YES_OR_NO.get(said.strip().lower())
    if said is not None:
        return bool(said)
    judged = listed(row.get("answerability")) or ""
    judged = str(judged[0] if isinstance(judged, list) else judged).strip().upper()
    if judged in _POSITIVE or judged in _NEGATIVE:
        return judged in _POSITIVE
    return True if gold else None


def _sentences(value: Any) -> tuple[str, ...]:
    """One sentence, one list of them, or one for each of several annotators."""
    found: list[str] = []
    for item in [value] if isinstance(value, str) else value or ():
        found += [item] if isinstance(item, str) else [str(sentence) for sentence in item]
    return tuple(sentence for sentence in found if sentence.strip())
