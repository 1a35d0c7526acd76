"""Words with a form as Telegram takes them without any sign: the plain text, and which look its characters have (entities)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.rich import Block, CodeBlock, Listing, Look, Mark, Paragraph, Quotation, Rich, laid_out

Json = dict[str, Any]

SHOWS = frozenset(Look) - {Look.LIST}
_MOST = 100
"""Entities of one message; Telegram leaves out the rest."""
_TYPES = {
    Look.BOLD: "bold",
    Look.ITALIC: "italic",
    Look.CODE: "code",
    Look.BLOCK: "pre",
    Look.QUOTE: "blockquote",
    Look.LINK: "text_link",
}


def said_with_form(rich: Rich) -> Json:
    """`text` and `entities`; the text alone where there are more of them than Telegram shows."""
    page = laid_out(rich, SHOWS - {Look.QUOTE} if _holds_more(rich) else SHOWS)
    marks = [one for one in page.marks if not _is_covered(one, page.marks)]
    if len(marks) > _MOST:
        return {"text": laid_out(rich, frozenset()).text}
    at = _Units(page.text)
    return {"text": page.text, "entities": [_entity(one, at) for one in marks]}


def _holds_more(blocks: Iterable[Block]) -> bool:
    """Is there a quotation with something in it that Telegram does not show in one? Its sign is written then."""
    for block in blocks:
        if isinstance(block, Quotation) and any(_is_more(one) for one in block.blocks):
            return True
        if isinstance(block, Listing) and any(_holds_more(item) for item in block.items):
            return True
    return False


def _is_more(block: Block) -> bool:
    if isinstance(block, Paragraph):
        return any(run.code or run.link for run in block.runs)
    return isinstance(block, CodeBlock | Quotation | Listing)


def _is_covered(mark: Mark, marks: tuple[Mark, ...]) -> bool:
    """Nothing else goes with code, and no code with a link, whose address would be lost."""
    same = {one.look for one in marks if (one.start, one.end) == (mark.start, mark.end)}
    if mark.look is Look.CODE:
        return Look.LINK in same
    return mark.look in (Look.BOLD, Look.ITALIC) and Look.CODE in same and Look.LINK not in same


class _Units:
    """Telegram counts in UTF-16: a sign beyond the basic plane is two."""

    def __init__(self, text: str) -> None:
        self._before = [0]
        for sign in text:
            self._before.append(self._before[-1] + (2 if sign > "\uffff" else 1))

    def __getitem__(self, place: int) -> int:
        return self._before[place]


def _entity(mark: Mark, at: _Units) -> Json:
    about: Json = {"type": _TYPES[mark.look], "offset": at[mark.start]}
    about["length"] = at[mark.end] - at[mark.start]
    return about | ({"url": mark.link} if mark.link else {})
