"""Words with a simple form as HTML: every character that somebody typed is escaped, and a link leads to the web or to a mail address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from itertools import groupby
from unicodedata import bidirectional

from core.rich import Block, CodeBlock, Listing, Paragraph, Quotation, Rich, Run, plain

_LEADS = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x20]+", re.IGNORECASE)


def leads(link: str) -> bool:
    """May a link lead there? The one rule of every page and channel."""
    return _LEADS.fullmatch(link) is not None


def html_of(rich: Iterable[Block], more: str = "") -> str:
    """The blocks as a piece of a page. `more`: attributes of each link, of our own words."""
    return "".join(_block(block, more) for block in rich)


def _block(block: Block, more: str) -> str:
    match block:
        case Paragraph(runs):
            return f'<p dir="auto">{_runs(runs, more)}</p>'
        case CodeBlock(text):
            return f'<pre dir="ltr"><code>{escape(text)}</code></pre>'
        case Listing(items, start):
            points = "".join(f'<li dir="auto">{_item(item, more)}</li>' for item in items)
            if start is None:
                return f"<ul>{points}</ul>"
            return f"<ol>{points}</ol>" if start == 1 else f'<ol start="{start}">{points}</ol>'
        case Quotation(blocks):
            return f'<blockquote dir="{_side(blocks)}">{html_of(blocks, more)}</blockquote>'


def _side(blocks: Rich) -> str:
    """The direction of the first letter. A browser's own `auto` does not look into elements that have one of their own,
    and takes a quotation of paragraphs for a left-to-right one."""
    signs = (bidirectional(sign) for sign in plain(blocks))
    strong = next((kind for kind in signs if kind in {"L", "R", "AL"}), "")
    return {"": "auto", "L": "ltr"}.get(strong, "rtl")


def _item(item: tuple[Block, ...], more: str) -> str:
    """A point of one paragraph stands without one, so that the list stays tight."""
    first = item[0] if item else None
    if isinstance(first, Paragraph):
        return _runs(first.runs, more) + html_of(item[1:], more)
    return html_of(item, more)


def _runs(runs: Iterable[Run], more: str) -> str:
    """Neighbours with one look stand in one element."""
    parts = []
    for (link, bold, italic, code), group in groupby(
        runs, key=lambda run: (run.link, run.bold, run.italic, run.code)
    ):
        words = escape("".join(run.text for run in group)).replace("\n", "<br>")
        for tag, is_so in (("code", code), ("em", italic), ("strong", bold)):
            words = f"<{tag}>{words}</{tag}>" if is_so else words
        if leads(link):
            words = f'<a href="{escape(link)}"{more}>{words}</a>'
        parts.append(words)
    return "".join(parts)
