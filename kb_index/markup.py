"""Markdown, HTML and plain text to blocks; front matter and files do not belong here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from inscriptis import get_text
from markdown_it import MarkdownIt
from markdown_it.token import Token
from selectolax.lexbor import LexborHTMLParser, LexborNode

from core.anchor import anchor_of
from kb_index import tables
from kb_index.passage import Block, Kind, Link

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_TAG = re.compile(r"<[^>]*>")
_BLANKS = re.compile(r"[ \t\r\n\u00a0]+")
_OPEN, _TO, _CLOSE, _AFTER = "\ue000", "\ue001", "\ue002", "\ue003"
"""Around a link while a text is put together: what it leads to, its words, its address behind them."""
_MARKS = str.maketrans("", "", _OPEN + _TO + _CLOSE + _AFTER)
_MARKED = re.compile(
    f"{_OPEN}([^{_TO}]*){_TO}([^{_CLOSE}]*){_CLOSE}([^{_AFTER}]*){_AFTER}", re.DOTALL
)
_LEADS_NOWHERE = re.compile(r"(?:mailto|tel|javascript|data|vbscript):", re.IGNORECASE)
_LONGEST = 500
_LIST_LINE = re.compile(r"^\s{0,6}(?:(?P<number>\d{1,2})[.)]|[-*•])\s+\S")


@dataclass(slots=True)
class _Outline:
    """The headings above the point where reading is."""

    levels: list[tuple[int, str]] = field(default_factory=list)
    title: str = ""

    def enter(self, level: int, heading: str) -> None:
        heading, _ = _unmarked(heading)
        if level == 1 and not self.title:
            self.title = heading
            return
        self.levels = [item for item in self.levels if item[0] < level]
        self.levels.append((level, heading))

    def block(self, kind: Kind, parts: tuple[str, ...]) -> Block:
        headings = tuple(heading for _, heading in self.levels)
        texts, links = [], []
        for number, part in enumerate(parts):
            text, own = _unmarked(part, number)
            texts.append(text)
            links += own
        anchor = anchor_of(headings[-1]) if headings else ""
        return Block(kind, tuple(texts), headings, anchor, tuple(links))


def _unmarked(text: str, part: int = 0) -> tuple[str, list[Link]]:
    """The text without marks, and the links that they were around."""
    out, links, at = "", [], 0
    for mark in _MARKED.finditer(text):
        out += text[at : mark.start()]
        to, words, address = mark.groups()
        if words.strip():
            start, end = len(out), len(out) + len(words)
            links.append(Link(part, start, end, end + len(address), to))
        out += words + address
        at = mark.end()
    return (out + text[at:]).translate(_MARKS), links


def _opening(href: str) -> str:
    return f"{_OPEN}{href.strip()}{_TO}"


def _leads(href: str) -> bool:
    """Whether it may lead to an article."""
    href = href.strip()
    return bool(href) and len(href) <= _LONGEST and not _LEADS_NOWHERE.match(href)


def from_markdown(source: str) -> tuple[str, tuple[Block, ...]]:
    """The title (first heading of level 1, or empty) and the blocks of CommonMark with tables."""
    outline = _Outline()
    blocks: list[Block] = []
    stream = _MARKDOWN.parse(source.translate(_MARKS))
    position = 0
    while position < len(stream):
        token = stream[position]
        end = _closing(stream, position)
        inner = stream[position : end + 1]
        match token.type:
            case "heading_open":
                outline.enter(int(token.tag[1:]), _inline(inner))
            case "paragraph_open":
                _append(blocks, outline, Kind.SENTENCE, (_inline(inner),))
            case "ordered_list_open" | "bullet_list_open":
                kind = Kind.STEP if token.type.startswith("ordered") else Kind.ITEM
                _append(blocks, outline, kind, tuple(_items(inner, depth=0)))
            case "table_open":
                _append(blocks, outline, Kind.ROW, tuple(_rows(inner)))
            case "fence" | "code_block":
                _append(blocks, outline, Kind.CODE, (token.content.rstrip(),))
            case "html_block":
                _append(blocks, outline, Kind.SENTENCE, (_flat(_TAG.sub(" ", token.content)),))
            case _:
                end = position  # containers such as quotes are read through
        position = end + 1
    return outline.title, tuple(blocks)


def _closing(stream: list[Token], position: int) -> int:
    opening = stream[position]
    if opening.nesting != 1:
        return position
    for end in range(position + 1, len(stream)):
        if stream[end].nesting == -1 and stream[end].level == opening.level:
            return end
    return len(stream) - 1


def _append(blocks: list[Block], outline: _Outline, kind: Kind, parts: tuple[str, ...]) -> None:
    kept = tuple(part for part in parts if _unmarked(part)[0].strip())
    if kept:
        blocks.append(outline.block(kind, kept))


def _inline(tokens: list[Token]) -> str:
    return _flat(
        " ".join(_plain(token.children or []) for token in tokens if token.type == "inline")
    )


def _plain(children: list[Token]) -> str:
    """Text of inline tokens; an absolute link keeps its address in brackets after its text."""
    out: list[str] = []
    targets: list[tuple[str, int]] = []
    for child in children:
        match child.type:
            case "text" | "code_inline":
                out.append(child.content)
            case "softbreak" | "hardbreak":
                out.append(" ")
            case "link_open":
                href = str(child.attrGet("href") or "")
                out.append(_opening(href) if _leads(href) else "")
                targets.append((href, len(out)))
            case "link_close" if targets:
                href, begun = targets.pop()
                address = _address(href, "".join(out[begun:]))
                out.append(_closing_of(href, address))
    return "".join(out)


def _closing_of(href: str, address: str) -> str:
    return f"{_CLOSE}{address}{_AFTER}" if _leads(href) else address


def _address(href: str, label: str) -> str:
    if not href.startswith(("http://", "https://", "mailto:")):
        return ""
    bare = href.removeprefix("mailto:")
    return "" if bare in label or bare.split("://")[-1].rstrip("/") in label else f" ({bare})"


def _items(tokens: list[Token], depth: int) -> Iterator[str]:
    """One text per item, with its number or dash; inner lists follow their item, indented."""
    ordered = tokens[0].type == "ordered_list_open"
    number = int(tokens[0].attrGet("start") or 1)
    position = 1
    while position < len(tokens) - 1:
        end = _closing(tokens, position)
        inner = tokens[position + 1 : end]
        mark = f"{number}." if ordered else "-"
        texts, nested = [], []
        at = 0
        while at < len(inner):
            close = _closing(inner, at)
            if inner[at].type.endswith("list_open"):
                nested += list(_items(inner[at : close + 1], depth + 1))
            elif inner[at].type == "fence":
                texts.append(inner[at].content.strip())
            else:
                texts.append(_inline(inner[at : close + 1]))
            at = close + 1
        yield "\n".join(["   " * depth + f"{mark} {' '.join(filter(None, texts))}", *nested])
        number += 1
        position = end + 1


def _rows(tokens: list[Token]) -> Iterator[str]:
    position = 0
    while position < len(tokens):
        if tokens[position].type == "tr_open":
            end = _closing(tokens, position)
            row = tokens[position : end + 1]
            yield tables.BETWEEN.join(
                _flat(_plain(t.children or [])) for t in row if t.type == "inline"
            )
            position = end
        position += 1


def _flat(text: str) -> str:
    if (
        _OPEN in text
    ):  # blanks at the ends of a link stand outside it, so that those around it are one
        text = re.sub(rf"({_OPEN}[^{_TO}]*{_TO})(\s+)", r"\2\1", text)
        text = re.sub(rf"(\s+)({_CLOSE}[^{_AFTER}]*{_AFTER})", r"\2\1", text)
    return _BLANKS.sub(" ", text).strip()


def from_html(source: str) -> tuple[str, tuple[Block, ...]]:
    """The title (first h1, else <title>) and the blocks of a page; navigation, scripts and forms are left out."""
    page = LexborHTMLParser(source.translate(_MARKS))
    for node in page.css("script,style,nav,header,footer,form,noscript,template,iframe,svg"):
        node.decompose()
    outline = _Outline()
    blocks: list[Block] = []
    root = page.css_first("article") or page.css_first("main") or page.body
    if root is not None:
        _walk(root, outline, blocks)
        if not blocks:
            blocks = list(from_text(get_text(root.html or "")))
    heading = page.css_first("title")
    return outline.title or (_flat(heading.text()) if heading else ""), tuple(blocks)


def _walk(node: LexborNode, outline: _Outline, blocks: list[Block]) -> None:
    loose: list[str] = []
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag in _HTML_BLOCKS:
            _append(blocks, outline, Kind.SENTENCE, (_flat("".join(loose)),))
            loose = []
            _block(child, tag, outline, blocks)
        else:
            loose.append(_loose(child) if tag != "br" else "\n")
    _append(blocks, outline, Kind.SENTENCE, (_flat("".join(loose)),))


def _loose(node: LexborNode) -> str:
    """The text of what stands between blocks."""
    href = node.attributes.get("href") or "" if node.tag == "a" else ""
    if href:
        words = node.text()
        begun = _opening(href) if _leads(href) else ""
        return begun + words + _closing_of(href, _address(href, words))
    return _marked(node) if node.tag != "-text" else node.text()


_HTML_BLOCKS = {
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "ul",
    "ol",
    "table",
    "pre",
    "div",
    "section",
} | {*("article", "main", "blockquote", "dl", "dt", "dd", "figure", "details", "summary")}


def _block(node: LexborNode, tag: str, outline: _Outline, blocks: list[Block]) -> None:
    match tag:
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            outline.enter(int(tag[1]), _flat(node.text()))
        case "p" | "dt" | "dd" | "summary":
            _append(blocks, outline, Kind.SENTENCE, (_html_inline(node),))
        case "ul" | "ol":
            kind = Kind.STEP if tag == "ol" else Kind.ITEM
            _append(blocks, outline, kind, tuple(_html_items(node, tag)))
        case "table":
            _append(blocks, outline, *_html_table(node))
        case "pre":
            _append(blocks, outline, Kind.CODE, (node.text().strip("\n"),))
        case _:
            _walk(node, outline, blocks)


def _html_table(node: LexborNode) -> tuple[Kind, tuple[str, ...]]:
    """Its rows, the head first; where there is none, names and their values as a list."""
    found = [
        (row, [_flat(_marked(cell, addresses=False)) for cell in row.css("th,td")])
        for row in node.css("tr")
    ]
    rows = [cells for _, cells in found if any(cells)]
    plain = [[_unmarked(cell)[0] for cell in cells] for cells in rows]
    is_marked = bool(found) and all(cell.tag == "th" for cell in found[0][0].css("th,td"))
    if not rows or is_marked or tables.has_head(plain):
        return Kind.ROW, tuple(tables.BETWEEN.join(cells) for cells in rows)
    pairs = ((name.removesuffix(":"), value) for name, value in rows)
    return Kind.ITEM, tuple(f"- {': '.join(filter(None, pair))}" for pair in pairs)


def _html_items(node: LexborNode, tag: str, depth: int = 0) -> list[str]:
    """One text per item, with its number or dash; inner lists follow their item, indented, also those that editors write
    beside it instead of in it."""
    begin = node.attributes.get("start") or ""
    number = int(begin) if begin.isascii() and begin.isdigit() else 1
    items: list[str] = []
    for child in node.iter():
        if child.tag == "li":
            nested = [
                line
                for inner in _outermost_lists(child)
                for line in _html_items(inner, str(inner.tag), depth + 1)
            ]
            for inner in _outermost_lists(child):
                inner.decompose()
            mark = f"{number}." if tag == "ol" else "-"
            number += 1
            items.append("\n".join(["   " * depth + f"{mark} {_html_inline(child)}", *nested]))
        elif child.tag in {"ul", "ol"}:
            inner_items = _html_items(child, child.tag, depth + bool(items))
            if items:
                items[-1] = "\n".join([items[-1], *inner_items])
            else:
                items += inner_items
    return items


def _outermost_lists(node: LexborNode) -> list[LexborNode]:
    found: list[LexborNode] = []
    for child in node.iter():
        found += [child] if child.tag in {"ul", "ol"} else _outermost_lists(child)
    return found


def _html_inline(node: LexborNode) -> str:
    return _flat(_marked(node))


def _marked(node: LexborNode, *, addresses: bool = True) -> str:
    """Its text with marks around links. `addresses`: those of links stand behind their words."""
    for part in node.css("br,p,div"):
        part.insert_before(" ")
    for link in node.css("a[href]"):
        href = link.attributes.get("href") or ""
        address = _address(href, link.text()) if addresses else ""
        if _leads(href):
            link.insert_before(_opening(href))
        if closing := _closing_of(href, address):
            link.insert_after(closing)
    return node.text()


def from_text(source: str) -> tuple[Block, ...]:
    """Blocks of plain text: blank lines part paragraphs, and lines that begin with a number or a dash are lists."""
    outline = _Outline()
    blocks: list[Block] = []
    for paragraph in re.split(r"\n\s*\n", source.replace("\r\n", "\n")):
        lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
        at = 0
        while at < len(lines):
            marked = _LIST_LINE.match(lines[at])
            end = at + 1
            while end < len(lines) and bool(_LIST_LINE.match(lines[end])) == bool(marked):
                end += 1
            run = lines[at:end]
            if marked and len(run) > 1:
                kind = Kind.STEP if marked.group("number") else Kind.ITEM
                _append(blocks, outline, kind, tuple(run))
            else:
                _append(blocks, outline, Kind.SENTENCE, ("\n".join(run),))
            at = end
    return tuple(blocks)
