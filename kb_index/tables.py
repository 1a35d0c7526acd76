"""Rows of a table as lines that every channel can show; choosing the rows is `spans`', reading tables `markup`'s."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from kb_index.passage import Kind, PassageText, Span

BETWEEN = " | "
"""Between the cells of a row in the text of a passage."""

_STROKE = re.compile(r"(?:^|\s)\|(?=\s|$)")
_FIGURE = re.compile(r"\d")


def told(
    spans: Iterable[tuple[PassageText, Span]],
) -> Iterator[tuple[PassageText, Span, str]]:
    """Each span with its words; rows of one table, its head first, as `lines`."""
    for (passage, _, kind), run in groupby(spans, lambda one: (one[0], one[1].group, one[1].kind)):
        members = [span for _, span in run]
        words = [passage.text[span.start : span.end] for span in members]
        if kind is Kind.ROW:
            words = lines(words)
        yield from ((passage, span, text) for span, text in zip(members, words, strict=True))


def cells(row: str) -> list[str]:
    """The cells of a row, empty ones too."""
    return [cell.strip() for cell in _STROKE.split(row)]


def lines(rows: Sequence[str]) -> list[str]:
    """A table, its head first, as a list with a line for each further row: what the first cell names, then each column with
    its title. As many lines as rows, the one of the head empty; a row that has more or fewer cells than the head, or a head
    alone, keeps its cells, parted by dots.
    """
    head = cells(rows[0])
    if len(rows) == 1:
        return [_parted(head)]
    return ["", *(_line(head, cells(row)) for row in rows[1:])]


def _line(head: Sequence[str], row: Sequence[str]) -> str:
    if len(row) != len(head) or len(row) == 1:
        return f"- {_parted(row)}"
    titled = [
        f"{title}: {cell}" if title else cell
        for title, cell in zip(head[1:], row[1:], strict=True)
        if cell
    ]
    return "- " + " – ".join(part for part in (row[0], "; ".join(titled)) if part)


def _parted(row: Sequence[str]) -> str:
    return " · ".join(cell for cell in row if cell)


def has_head(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of these rows, of which nobody said it, names columns. With two columns a table is as often a list
    of names and values: then the first row is a head if it has no figure where most of the others have one."""
    if any(len(row) != 2 for row in rows):
        return True
    figures = [bool(_FIGURE.search(value)) for _, value in rows]
    return not figures[0] and 2 * sum(figures[1:]) > len(figures[1:])
