"""How Lotus Notes puts the heads of an earlier message: a memo with its labels alone on their lines, or a table drawn with signs. Other programs are `email_attribution`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels import email_quote_words as words

_FAR = 18
"""Lines over which a memo's labels stand."""
_TABLE = 48
_MOMENT = re.compile(
    r"\s*(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\.? [^\W\d_]{3,9}\.? \d{4}) +\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[AP]M)?\s*",
    re.IGNORECASE,
)
_DRAWN = re.compile(r"\s*\|-{6,}>\s*")
_CELL = re.compile(r"\s*\|\s*([^|:]{1,24}?)\s*[:：]\s*\|\s*")
_TO = frozenset(word.lower() for word in words.TO)
_SUBJECT = frozenset(word.lower() for word in words.SUBJECT)
_FROM = frozenset(word.lower() for word in words.FROM)
_WHEN = frozenset(word.lower() for word in (*words.DATE, *words.SENT))


def is_head_of_notes(lines: Sequence[str], index: int) -> bool:
    """True when such a head begins at this line."""
    return _is_memo(lines, index) or _is_table(lines, index)


def _is_memo(lines: Sequence[str], index: int) -> bool:
    """Who, beneath it the moment and nothing else, then To and Subject, each alone on a line."""
    below = lines[index + 1] if index + 1 < len(lines) else ""
    if not lines[index].strip() or len(lines[index]) > 200 or not _MOMENT.fullmatch(below[:80]):
        return False
    alone = {line.strip().rstrip(":").lower() for line in lines[index + 2 : index + _FAR] if line}
    return bool(alone & _TO and alone & _SUBJECT)


def _is_table(lines: Sequence[str], index: int) -> bool:
    if not _DRAWN.fullmatch(lines[index][:120]):
        return False
    cells = (_CELL.fullmatch(line[:120]) for line in lines[index : index + _TABLE])
    labels = {cell[1].lower() for cell in cells if cell}
    return bool(labels & _FROM and labels & (_WHEN | _TO))
