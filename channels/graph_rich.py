"""Words with a form in WhatsApp's signs. It knows no escape: a sign is set only where nothing else can be taken for it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.rich import Look, Mark, Rich, laid_out

SHOWS = frozenset(Look) - {Look.LINK}
_SIGNS = {Look.BOLD: "*", Look.ITALIC: "_", Look.CODE: "`", Look.BLOCK: "```"}
_MARKED = frozenset(_SIGNS)


def with_signs(rich: Rich) -> str:
    """The text. Points and quotations are lines that WhatsApp itself sets as such. What cannot be marked safely, such
    as half a word, or words beside a sign that somebody typed, stays plain."""
    page = laid_out(rich, _MARKED)
    cuts: list[tuple[int, bool, str]] = []
    for mark in page.marks:
        for start, end in _places(page.text, mark):
            cuts += [(start, True, _SIGNS[mark.look]), (end, False, _SIGNS[mark.look])]
    return _cut_into(page.text, _nested(cuts))


def _places(text: str, mark: Mark) -> Iterable[tuple[int, int]]:
    """Where the sign goes, line by line; a block of code in one."""
    sign = _SIGNS[mark.look]
    if mark.look is Look.BLOCK:
        if "`" not in text and text[mark.start : mark.end].strip():
            yield mark.start, mark.end
        return
    for line in re.finditer(r"[^\n]+", text[mark.start : mark.end]):
        words = line[0].strip()
        if not words:
            continue
        start = mark.start + line.start() + line[0].index(words)
        end = start + len(words)
        around = _line_at(text, start)
        before, after = text[start - 1 : start], text[end : end + 1]
        if sign not in around and not (before.isalnum() or after.isalnum()):
            yield start, end


def _line_at(text: str, place: int) -> str:
    end = text.find("\n", place)
    return text[text.rfind("\n", 0, place) + 1 : end if end >= 0 else len(text)]


def _nested(cuts: list[tuple[int, bool, str]]) -> list[tuple[int, str]]:
    """Signs in their order in the text, so that what began last ends first."""
    ordered: list[tuple[int, str]] = []
    opened: list[str] = []
    for place in sorted({place for place, _, _ in cuts}):
        ends = {sign for at, begins, sign in cuts if at == place and not begins}
        while opened and opened[-1] in ends:
            ordered.append((place, opened.pop()))
        for sign in (sign for at, begins, sign in cuts if at == place and begins):
            opened.append(sign)
            ordered.append((place, sign))
    return ordered


def _cut_into(text: str, signs: list[tuple[int, str]]) -> str:
    parts, last = [], 0
    for place, sign in signs:
        parts += [text[last:place], sign]
        last = place
    return "".join([*parts, text[last:]])
