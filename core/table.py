"""Tables as spreadsheets of many countries write them: their letters, what parts their cells, and each row of them. Opening files and knowing what a column means do not belong here."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO

if TYPE_CHECKING:
    from _csv import Reader

LONGEST_CELL: Final = 4_000_000
"""Characters."""
SEPARATORS: Final = (",", ";", "\t", "|")
"""In the order in which they win where nothing tells them apart."""
NONE: Final = "\x1f"
"""The separator of a table of one column, in which whatever stands in a line belongs to its text."""
WESTERN: Final = "cp1252"
"""What Windows writes where people speak western languages: a table that is not UTF-8 is hardly anything else."""

_SAMPLE: Final = 65_536
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED = re.compile(r"\A\s*(?:\"sep=(?P<quoted>[,;|\t])\"|sep=(?P<plain>[,;|\t]))[ ]*(?:\r?\n|\r)", re.I)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """`line`: where it ends, from 1; `cells`: by title, empty where the row `is_short`; `surplus`: filled cells behind the last title."""

    line: int
    cells: dict[str, str]
    is_short: bool
    surplus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`titles`: of the columns, without spaces around them, none where nothing is there; `rows` can be read once."""

    titles: tuple[str, ...]
    rows: Iterator[Row]


def encoding_of(raw: BinaryIO) -> str:
    """UTF-16 where a mark of order says so, else UTF-8, else `WESTERN`. From the beginning of `raw`, and left there.

    Damaged UTF-8 is called UTF-8, so that decoding it fails: read as anything else, each of its accents would be two signs.
    """
    start = raw.read(2)
    is_utf_16 = start in _UTF_16
    is_western = not is_utf_16 and not _is_utf_8(raw) and _is_western(raw)
    raw.seek(0)
    return "utf-16" if is_utf_16 else WESTERN if is_western else "utf-8-sig"


def decoded(raw: bytes) -> str:
    """The text of a table. Raises UnicodeDecodeError for what is none."""
    encoding = encoding_of(io.BytesIO(raw))
    return raw.decode(encoding, errors_of(encoding))


def errors_of(encoding: str) -> str:
    """What becomes of bytes that the encoding does not know: five in `WESTERN`, which stand for nothing."""
    return "replace" if encoding == WESTERN else "strict"


def _is_utf_8(raw: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(raw):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_western(raw: BinaryIO) -> bool:
    """Text, in which hardly a letter is right as UTF-8: there two bytes beyond ASCII in a row mean nothing."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    right = wrong = 0
    for chunk in _chunks(raw):
        if b"\0" in chunk:
            return False
        text = decoder.decode(chunk)
        lost = text.count("\ufffd")
        wrong += lost
        right += len(text) - len(text.encode("ascii", "ignore")) - lost
    return right * 10 <= wrong


def _chunks(raw: BinaryIO) -> Iterator[bytes]:
    raw.seek(0)
    return iter(partial(raw.read, _SAMPLE), b"")


def read_table(lines: TextIO, known: Collection[str] = ()) -> Table:
    """Reads from the beginning of `lines`, opened with `newline=""`. `known`: titles that the caller looks for; one that differs
    in case alone is called so. Raises csv.Error, also while rows are read."""
    csv.field_size_limit(LONGEST_CELL)
    sample = lines.read(_SAMPLE)
    lines.seek(0)
    declared = _DECLARED.match(sample)
    separator = declared["quoted"] or declared["plain"] if declared else separator_of(sample, known)
    reader = csv.reader(lines, delimiter=separator)
    filled = (cells for cells in reader if any(cell.strip() for cell in cells))
    if declared:
        next(filled, None)
    titles = tuple(_named(next(filled, []), known))
    return Table(titles, _rows(reader, titles))


def separator_of(sample: str, known: Collection[str] = ()) -> str:
    """What parts the cells, by the beginning of a table: that by which most of the `known` titles are there, then that by which
    most rows have as many cells as there are titles. A comma in a text is none, nor is a semicolon."""
    plain = {_plain(title) for title in known}
    scores = {one: _fits(sample, one, plain) for one in SEPARATORS}
    best = max(SEPARATORS, key=lambda one: scores[one])
    return best if any(parts for _, parts, _ in scores.values()) else NONE


def _fits(sample: str, separator: str, known: Collection[str]) -> tuple[int, bool, float]:
    """Known titles that it parts, whether it parts any, and the share of rows that it parts into as many cells."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    rows = [cells for cells in reader if any(cell.strip() for cell in cells)]
    titles, others = (rows[0], rows[1:]) if rows else ([], [])
    if len(sample) >= _SAMPLE:
        others = others[:-1]
    named = len({_plain(title) for title in titles} & set(known))
    whole = sum(len(cells) == len(titles) for cells in others)
    return named, len(titles) > 1, whole / len(others) if others else 1.0


def _named(titles: list[str], known: Collection[str]) -> Iterator[str]:
    stripped = [title.strip() for title in titles]
    plain = [_plain(title) for title in stripped]
    for title, name in zip(stripped, plain, strict=True):
        meant = [one for one in known if _plain(one) == name]
        is_clear = len(meant) == 1 and meant[0] not in stripped and plain.count(name) == 1
        yield meant[0] if is_clear else title


def _plain(title: str) -> str:
    return title.strip().casefold()


def _rows(reader: Reader, titles: tuple[str, ...]) -> Iterator[Row]:
    width = len(titles)
    for cells in reader:
        if not any(cells):
            continue
        short = width - len(cells)
        named = dict(zip(titles, [*cells, *[""] * short], strict=False))
        surplus = tuple(cell for cell in cells[width:] if cell.strip())
        yield Row(reader.line_num, named, short > 0, surplus)
