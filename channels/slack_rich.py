"""Words with a form as Slack's rich text: each word stands in an element of its own, so that nothing in it can be a sign, a mention or a command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from core.rich import Block, CodeBlock, Listing, Paragraph, Quotation, Rich, Run, plain

Json = dict[str, Any]

_DEEPEST = 8
"""How far Slack sets a list in."""


def rich_text(rich: Rich) -> Json:
    """One block of Block Kit that says all of it."""
    return {"type": "rich_text", "elements": _elements(rich)}


def _elements(blocks: Sequence[Block]) -> list[Json]:
    found: list[Json] = []
    for block in blocks:
        match block:
            case Paragraph(runs):
                if found and found[-1]["type"] == "rich_text_section":
                    found[-1]["elements"] += [_text("\n\n"), *_runs(runs)]
                else:
                    found.append(_part("section", _runs(runs)))
            case CodeBlock(text):
                found.append(_part("preformatted", [_text(text)] if text else []))
            case Quotation(inner):
                found.append(_part("quote", _lines(inner)))
            case Listing():
                found += _listing(block, 0)
    return found


def _listing(listing: Listing, indent: int) -> Iterable[Json]:
    """A list in a list is one of its own, set in, after which the outer one goes on."""
    points: list[Json] = []
    begun = 0
    for place, item in enumerate(listing.items):
        lines = tuple(block for block in item if not isinstance(block, Listing))
        points.append(_part("section", _lines(lines)))
        inner = [block for block in item if isinstance(block, Listing)]
        if inner:
            yield _list(listing, points, begun, indent)
            points, begun = [], place + 1
            for one in inner:
                yield from _listing(one, min(indent + 1, _DEEPEST))
    if points:
        yield _list(listing, points, begun, indent)


def _list(listing: Listing, points: list[Json], begun: int, indent: int) -> Json:
    told = _part("list", points) | {"indent": indent}
    if listing.start is None:
        return told | {"style": "bullet"}
    offset = max(0, listing.start - 1 + begun)
    return told | {"style": "ordered"} | ({"offset": offset} if offset else {})


def _lines(blocks: Rich) -> list[Json]:
    """Blocks where Slack takes running words alone: a line each."""
    found: list[Json] = []
    for place, block in enumerate(blocks):
        if place:
            found.append(_text("\n"))
        found += _runs(block.runs) if isinstance(block, Paragraph) else [_text(plain((block,)))]
    return [one for one in found if one.get("text") != ""]


def _runs(runs: Iterable[Run]) -> list[Json]:
    return [_run(run) for run in runs if run.text]


def _run(run: Run) -> Json:
    looks = {"bold": run.bold, "italic": run.italic, "code": run.code}
    style = {name: True for name, is_so in looks.items() if is_so}
    said: Json = (
        {"type": "link", "url": run.link, "text": run.text} if run.link else _text(run.text)
    )
    return said | ({"style": style} if style else {})


def _text(text: str) -> Json:
    return {"type": "text", "text": text}


def _part(kind: str, elements: list[Json]) -> Json:
    return {"type": f"rich_text_{kind}", "elements": elements or [_text(" ")]}
