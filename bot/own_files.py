"""A company's own files to train from: examples of intents and tickets, each problem by file and line. Learning from them is `bot.training`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import MalformedPayload, NotFound

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")
"""What a file of a company's folder ends in, `.gz` behind it or not."""
MOST_TOLD = 20
Row = dict[str, str]


def read_own(data: Path, columns: tuple[str, str]) -> tuple[list[Row], list[Row], list[str]]:
    """Examples (text, label), tickets (columns of `router.history`), and names of files without either. `columns`: what tables call
    text and label. Raises `NotFound`, and `MalformedPayload` with every problem by file and line."""
    from nlu.folder import Read, read_rasa_file

    if not data.is_dir():
        raise NotFound(f"There is no folder {data}.")
    read, examples, tickets = Read(), [], []
    for path in sorted(data.rglob("*")):
        name = path.name.lower()
        if not path.is_file() or any(part.startswith(".") for part in path.relative_to(data).parts):
            continue
        if name.endswith((".yml", ".yaml")):
            read_rasa_file(path, read)
        elif name.removesuffix(".gz").endswith(TABLES):
            found, past, problems = _table(path, columns)
            examples += found
            tickets += past
            read.problems += problems
    examples += [{"text": one.text, "label": one.label} for one in read.examples]
    problems = read.problems or _shortages(data, examples, tickets)
    if problems:
        more = len(problems) - MOST_TOLD
        shown = [*problems[:MOST_TOLD], *([f"... and {more} more."] if more > 0 else [])]
        raise MalformedPayload("\n".join(["Nothing was trained:", *shown]))
    return examples, tickets, read.passed


def _table(path: Path, columns: tuple[str, str]) -> tuple[list[Row], list[Row], list[str]]:
    from router.history import detected, read_history
    from router.tables import read_lines

    try:
        lines = list(read_lines(path, columns))
        titles = {title for line in lines for title in (line.row or {})}
        if not set(columns) <= titles:
            if not detected(sorted(titles)):
                wanted = f"neither {' and '.join(columns)}, nor text, category and team"
                return [], [], [f"{path.name}, line 1: {wanted}."]
            history = read_history(path)
            problems = [
                f"{path.name}, line {one['line']}: {one['reason']}." for one in history.unreadable
            ]
            return [], [dict(row) for row in history.rows], problems
    except MalformedPayload as problem:
        return [], [], [f"{path.name}: {problem}"]
    found, problems = [], []
    for line in lines:
        row = {name: _cell((line.row or {}).get(name)) for name in columns}
        missing = [name for name, value in row.items() if not value]
        if line.problem or missing:
            problems.append(
                f"{path.name}, line {line.number}: {line.problem or f'no {missing[0]}'}."
            )
        else:
            found.append(dict(zip(("text", "label"), row.values(), strict=True)))
    return found, [], problems


def _cell(value: Any) -> str:
    """A label may be a number, and that number 0."""
    return "" if value is None else str(value).strip()


def _shortages(data: Path, examples: Sequence[Row], tickets: Sequence[Row]) -> list[str]:
    from nlu.corpus import OUT_OF_SCOPE_LABELS

    if not examples and not tickets:
        return [f"{data} holds no examples of intents and no tickets."]
    problems = []
    counts = Counter(row["label"] for row in examples if row["label"] not in OUT_OF_SCOPE_LABELS)
    if examples and sum(count > 1 for count in counts.values()) < 2:
        problems.append(f"{data}: intents need at least two of them, of two examples each.")
    return problems + [
        f"{data}: the tickets have not two different values of {name}."
        for name in ("category", "priority", "team")
        if tickets and len({row[name] for row in tickets}) < 2
    ]
