"""Slack's own marks in texts: read as plain words, and written so that nothing a person typed becomes one."""

from __future__ import annotations

import re

_MARK = re.compile(r"<([^<>|]{1,3000})(?:\|([^<>]{0,3000}))?>")
_LINK = re.compile(r"https?://[^\s<>|\"']+")
_AFTER_LINK = ".,;:!?)]}'"
SECTION = 3000
"""Characters of one section block, marks and escapes counted."""


def mentions(text: str, user: str) -> bool:
    """Does the text address this user?"""
    return bool(user) and re.search(rf"<@{re.escape(user)}(\|[^<>]*)?>", text) is not None


def mentions_somebody(text: str) -> bool:
    """Does the text address any user at all?"""
    return re.search(r"<@[UW][A-Z0-9]+(\|[^<>]*)?>", text) is not None


def plain(text: str, own: str = "") -> str:
    """What a person sees, as plain text; mentions of our own user are left out."""
    if own:
        text = re.sub(rf"[ \t]?<@{re.escape(own)}(?:\|[^<>]*)?>[ \t]?[,:]?[ \t]?", " ", text)
    text = _MARK.sub(_read_mark, text)
    for mark, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(mark, sign)
    return text.strip()


def _read_mark(found: re.Match[str]) -> str:
    target, label = found[1], found[2] or ""
    match target[0]:
        case "@":
            return "@" + (label or target[1:]).lstrip("@")
        case "#":
            return "#" + (label or target[1:]).lstrip("#")
        case "!":
            return label or "@" + target[1:].partition("^")[0]
    scheme, _, address = target.partition(":")
    if scheme in ("mailto", "tel"):
        return label or address
    is_same = label.rstrip("/") in ("", target.rstrip("/"), address.strip("/"))
    return target if is_same else f"{label} ({target})"


def escaped(text: str) -> str:
    """The text with Slack's three signs escaped: no mention, link or command can stand in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def marked(text: str) -> str:
    """Escaped, with web addresses as links; nothing else becomes a mark."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        address = found[0].rstrip(_AFTER_LINK)
        parts += [escaped(text[end : found.start()]), f"<{escaped(address)}>"]
        end = found.start() + len(address)
    return "".join([*parts, escaped(text[end:])])


def link(url: str, label: str) -> str:
    """A link with words; the words alone where the address is not one of the web."""
    words = escaped(" ".join(label.split())).replace("|", "¦")
    address = _LINK.fullmatch(url.strip())
    return f"<{escaped(address[0])}|{words or escaped(address[0])}>" if address else words


def sections(text: str) -> list[str]:
    """The marked text in pieces of at most `SECTION` characters, cut at lines or spaces where there are any."""
    pieces, rest = [], text.strip()
    while rest:
        take = min(len(rest), SECTION)
        while len(marked(rest[:take])) > SECTION:
            take = take * 2 // 3
        if take < len(rest):
            line, space = rest.rfind("\n", 1, take), rest.rfind(" ", 1, take)
            take = line if line > 0 else space if space > 0 else take
        pieces.append(marked(rest[:take].rstrip()))
        rest = rest[take:].lstrip()
    return pieces
