"""The parts of an article as its page shows them: lists within lists, and links to the articles that are there for its reader."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from bot.gaps import SOURCE
from bot.help_search import live_articles
from store.models import Article

_ITEM = re.compile(r"(?P<indent> *)(?:(?P<number>\d+\.)|-) ")
_INDENT = 3
"""Blanks of a list within a list, for each depth."""
_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text. `url`: what it leads to, `language`: of the article there, both empty where it is no link."""

    text: str
    url: str = ""
    language: str = ""


@dataclass(slots=True)
class Item:
    """An entry of a list, with the list within it, if any."""

    pieces: list[Piece]
    inner: list[Item] = field(default_factory=list)
    is_numbered: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A block, with the heading that begins at it, if one does. `texts`: of paragraphs; `rows`: of a table, by cells."""

    kind: str
    heading: str = ""
    anchor: str = ""
    texts: tuple[Sequence[Piece], ...] = ()
    items: tuple[Item, ...] = ()
    rows: tuple[Sequence[Sequence[Piece]], ...] = ()
    code: str = ""


def parts_of(article: Article, blocks: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The blocks in order. Links to articles that are gone, or that not everybody may read, are plain text."""
    there = _addresses(article, blocks)
    found: list[Part] = []
    last: list[str] = []
    for block in blocks:
        headings = list(block["headings"])
        new = headings if headings != last else []
        last = headings
        heading, anchor = (new[-1], block["anchor"]) if new else ("", "")
        found.append(_part(block, heading, anchor, there))
    return found


def _part(
    block: Mapping[str, Any], heading: str, anchor: str, there: Mapping[str, tuple[str, str]]
) -> Part:
    kind, texts = block["kind"], block["parts"]
    pieces = [_pieces(text, _links(block, number), there) for number, text in enumerate(texts)]
    match kind:
        case "step" | "item":
            items = [item for one in pieces for item in _items(one)]
            return Part(kind, heading, anchor, items=tuple(items))
        case "row":
            return Part(kind, heading, anchor, rows=tuple(_cells(one) for one in pieces))
        case "code":
            return Part(kind, heading, anchor, code=texts[0])
    return Part(kind, heading, anchor, texts=tuple(pieces))


def _links(block: Mapping[str, Any], number: int) -> list[Mapping[str, Any]]:
    return [link for link in block.get("links", ()) if link["part"] == number]


def _addresses(article: Article, blocks: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """By the names that links of the blocks have: the addresses of the articles that are there, and their languages."""
    wanted = {link["to"].partition("#")[0] for block in blocks for link in block.get("links", ())}
    rows = live_articles().filter(brand=article.brand_id, slug__in=wanted - {""})
    if article.source != SOURCE:  # who writes here may mean any article; a source knows its own
        rows = rows.filter(source=article.source)
    return {
        slug: (reverse("portal:article", args=[slug]), language)
        for slug, language in rows.values_list("slug", "language")
    } | {"": ("", article.language)}


def _pieces(
    text: str, links: Sequence[Mapping[str, Any]], there: Mapping[str, tuple[str, str]]
) -> list[Piece]:
    found, at = [], 0
    for link in links:
        slug, sign, anchor = link["to"].partition("#")
        if slug not in there or link["start"] < at:
            continue
        url, language = there[slug]
        words = Piece(text[link["start"] : link["end"]], f"{url}{sign}{anchor}", language)
        found += [Piece(text[at : link["start"]]), words]
        at = link["after"]
    found.append(Piece(text[at:]))
    return [piece for piece in found if piece.text]


def _items(pieces: Sequence[Piece]) -> list[Item]:
    """The entries of a list from its lines; those that are indented lie within the last one before them."""
    top: list[Item] = []
    open_: list[Item] = []
    for line in _split(pieces, "\n"):
        marked = _ITEM.match(line[0].text) if line and not line[0].url else None
        if marked is None and open_:  # a line of code, or of what somebody wrote so
            open_[-1].pieces += [Piece("\n"), *line]
            continue
        depth = min(len(marked["indent"]) // _INDENT if marked else 0, len(open_))
        first = Piece(line[0].text[len(marked["indent"]) :]) if marked else line[0]
        item = Item([first, *line[1:]])
        del open_[depth:]
        if open_:
            open_[-1].inner.append(item)
            open_[-1].is_numbered = bool(marked and marked["number"])
        else:
            top.append(item)
        open_.append(item)
    return top


def _cells(pieces: Sequence[Piece]) -> list[Sequence[Piece]]:
    return list(_split(pieces, _BETWEEN))


def _split(pieces: Sequence[Piece], sign: str) -> Iterator[Sequence[Piece]]:
    """The pieces between the signs; what is a link holds none."""
    run: list[Piece] = []
    for piece in pieces:
        first, *rest = [piece.text] if piece.url else piece.text.split(sign)
        run += [Piece(first, piece.url, piece.language)] if first else []
        for text in rest:
            yield run or [Piece("")]
            run = [Piece(text)] if text else []
    yield run or [Piece("")]
