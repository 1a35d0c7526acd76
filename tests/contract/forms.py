"""How providers' apps read the forms that they are sent: pages, and WhatsApp's signs. Written from what they publish, not from our adapters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import html as pages

Looks = frozenset[tuple[str, str]]

_TAGS = {
    "strong": "bold", "b": "bold", "em": "italic", "i": "italic", "code": "code",
    "pre": "block", "li": "list", "blockquote": "quote", "a": "link",
}  # fmt: skip
_HARMLESS = {"html", "head", "meta", "body", "div", "p", "br", "ul", "ol", *_TAGS}
_OUTSIDE = r"(?<![\w{sign}]){sign}(?=\S)([^{sign}\n]*[^\s{sign}]){sign}(?![\w{sign}])"
_WHATSAPP = {
    "bold": re.compile(_OUTSIDE.format(sign=r"\*")),
    "italic": re.compile(_OUTSIDE.format(sign="_")),
    "code": re.compile(_OUTSIDE.format(sign="`")),
    "list": re.compile(r"(?m)^(?:-|\d+\.) (.+)$"),
    "quote": re.compile(r"(?m)^> (.+)$"),
}
_BLOCK = re.compile(r"```(.+?)```", re.DOTALL)


def page_looks(page: str) -> Looks:
    """The looks of a page, in which nothing but words, looks and links may stand."""
    return frozenset(_found(pages.fromstring(page))) if page else frozenset()


def _found(page: pages.HtmlElement) -> Iterator[tuple[str, str]]:
    for part in page.iter():
        assert part.tag in _HARMLESS, f"a page of ours has no <{part.tag}>"
        assert set(part.attrib) <= {"dir", "href", "start", "charset"}, part.attrib
        if part.tag not in _TAGS or (part.tag == "code" and part.getparent().tag == "pre"):
            continue
        words = part.text_content().strip()
        if part.tag == "a":
            words += f" {part.attrib['href']}"
        yield _TAGS[part.tag], words


def page_text(page: str) -> str:
    """What a page says."""
    return str(pages.fromstring(page).text_content())


def whatsapp_looks(text: str) -> Looks:
    """What WhatsApp makes of the signs in a text."""
    found = {("block", words) for words in _BLOCK.findall(text)}
    rest = _BLOCK.sub("", text)
    for look, pattern in _WHATSAPP.items():
        found |= {(look, words) for words in pattern.findall(rest)}
    return frozenset(found)


def slack_looks(blocks: list[dict[str, object]]) -> Looks:
    """The looks of Slack's rich text."""
    found: set[tuple[str, str]] = set()
    for block in blocks:
        if block["type"] == "rich_text":
            for part in block["elements"]:  # type: ignore[attr-defined]
                found |= _slack_part(part)
    return frozenset(found)


def _slack_part(part: dict[str, object]) -> set[tuple[str, str]]:
    kind, elements = str(part["type"]), part["elements"]
    found: set[tuple[str, str]] = set()
    if kind == "rich_text_list":
        for one in elements:  # type: ignore[attr-defined]
            found |= {("list", slack_words(one["elements"])), *_slack_part(one)}
        return found
    kinds = {"rich_text_preformatted": "block", "rich_text_quote": "quote"}
    if kind in kinds:
        found.add((kinds[kind], slack_words(elements)))
    for one in elements:  # type: ignore[attr-defined]
        found |= {(look, one["text"].strip()) for look in one.get("style", {})}
        if one["type"] == "link":
            found.add(("link", f"{one['text']} {one['url']}"))
    return found


def slack_words(elements: object) -> str:
    """The words of elements of rich text."""
    return "".join(one["text"] for one in elements)  # type: ignore[attr-defined]


def slack_text(block: dict[str, object]) -> str:
    """A block of rich text as a person reads it."""
    lines = []
    for part in block["elements"]:  # type: ignore[attr-defined]
        inner = part["elements"] if part["type"] == "rich_text_list" else [part]
        lines += [slack_words(one["elements"]) for one in inner]
    return "\n".join(lines)


def telegram_looks(text: str, entities: list[dict[str, object]]) -> Looks:
    """The looks of Telegram's entities, which count in UTF-16."""
    names = {"pre": "block", "blockquote": "quote", "text_link": "link"}
    units = text.encode("utf-16-le")
    found = set()
    for one in entities:
        start, length, kind = int(str(one["offset"])), int(str(one["length"])), str(one["type"])
        words = units[start * 2 : (start + length) * 2].decode("utf-16-le").strip()
        found.add((names.get(kind, kind), f"{words} {one['url']}" if "url" in one else words))
    return frozenset(found)
