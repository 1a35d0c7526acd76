"""The structure of a mail: headers, parts, bodies, attachments. What the texts mean does not belong here.

Why not `email.parser`: it recurses once per level and compares each line with each open boundary
(a mail of 1,000 nested parts ends in RecursionError), and its header objects raise on many broken
headers only when they are read. This reader splits from the outside in, reads each byte at most
once per level, stops at `Limits`, and has no input on which it raises. Figures: docs/measured.md.
"""

from __future__ import annotations

import binascii
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from channels.email_charset import (
    as_utf8,
    charset_in_page,
    decode_base64,
    decode_header,
    decode_text,
    is_prose,
    is_text_of,
    parameters,
)
from channels.email_enclosed import named, safe_name, uudecoded, without_uuencoded, without_yenc
from core.message import Attached


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one mail is read. What lies beyond is named in `Attached.problem`, never an error."""

    message_bytes: int = 25 * 1024 * 1024
    header_bytes: int = 256 * 1024
    parts: int = 100
    depth: int = 20


DEFAULT_LIMITS = Limits()
MAX_HEADER_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Headers:
    """Header lines in order: lower-case name and raw, unfolded value."""

    lines: tuple[tuple[str, bytes], ...]

    def all(self, name: str) -> list[bytes]:
        """Every value under this lower-case name, top-most first."""
        return [value for key, value in self.lines if key == name]

    def raw(self, name: str) -> bytes:
        """The first value, or b""."""
        return next((value for key, value in self.lines if key == name), b"")

    def text(self, name: str) -> str:
        """The first value decoded to one line of text, or ""."""
        return decode_header(self.raw(name))


@dataclass(slots=True)
class Part:
    """One MIME part. `children` is filled for multiparts, `body` (still encoded) always."""

    headers: Headers
    body: bytes
    media_type: str
    parameters: dict[str, str]
    children: list[Part] = field(default_factory=list)
    problem: str = ""

    @property
    def is_multipart(self) -> bool:
        """True for a multipart with readable parts."""
        return self.media_type.startswith("multipart/") and bool(self.children)

    @property
    def disposition(self) -> tuple[str, dict[str, str]]:
        """Content-Disposition as (kind, parameters)."""
        return parameters(self.headers.raw("content-disposition"))


@dataclass(frozen=True, slots=True)
class Body:
    """What a mail shows and carries. `texts` and `htmls` in order of appearance."""

    texts: tuple[str, ...]
    htmls: tuple[str, ...]
    attachments: tuple[Attached, ...]
    media_types: frozenset[str]


_HEADER = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)\Z", re.DOTALL)
_KNOWN_HEADER = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|mime-version|content-[a-z-]+|received|reply-to|"
    rb"in-reply-to|references|return-path|x-[a-z0-9-]+)[ \t]*:",
    re.IGNORECASE,
)
_SPACED_BREAK = re.compile(rb"=[ \t]{1,100}(\r?\n)")
_COMMENT = re.compile(r"\([^()]*\)")
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_USED_BOUNDARY = re.compile(
    rb"(?:\A|(?<=\n))--([!-~][ -~]{0,69}?)[ \t]*\r?\n(?=Content-[A-Za-z-]{1,40}:)", re.IGNORECASE
)
BROKEN_OFF = "the mail breaks off in this part"
_BEFORE_HEADERS = re.compile(
    rb"(?:\xef\xbb\xbf|[ \t]*\r?\n){1,50}(?=" + _KNOWN_HEADER.pattern + rb")", re.IGNORECASE
)
"""What must not stand before the first header line."""
_INLINE_MEDIA = ("image/", "audio/", "video/")


def read_part(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Part:
    """The tree of `raw`, at most `limits.message_bytes` of it."""
    if b"\n" not in raw[: limits.header_bytes]:
        raw = raw.replace(b"\r", b"\n")
    if (start := _BEFORE_HEADERS.match(raw)) is not None:
        raw = raw[start.end() :]
    root = _Reader(limits).read(raw[: limits.message_bytes], 0, "text/plain", to_end=True)
    _repair_headers(root, _charset_of(root))
    return root


def _charset_of(part: Part) -> str:
    """The first charset that the mail names: its headers' bytes are most likely of it, too."""
    charset = part.parameters.get("charset", "")
    return charset or next(filter(None, map(_charset_of, part.children)), "")


def _repair_headers(part: Part, charset: str) -> None:
    """Bytes in headers that no standard allows become UTF-8, and with them names of files."""
    lines = part.headers.lines
    if not all(value.isascii() and b"\x1b" not in value for _, value in lines):
        part.headers = Headers(tuple((name, as_utf8(value, charset)) for name, value in lines))
        if types := part.headers.all("content-type"):
            part.parameters = parameters(types[-1])[1]
    for child in part.children:
        _repair_headers(child, child.parameters.get("charset", "") or charset)


@dataclass(slots=True)
class _Reader:
    limits: Limits
    seen: int = 0

    def read(self, raw: bytes, depth: int, default_type: str, *, to_end: bool) -> Part:
        """`to_end`: nothing closes this part before the mail ends."""
        self.seen += 1
        headers, body = split_headers(raw, self.limits.header_bytes)
        # The last of several Content-Types: a broken multipart header followed by the real type of
        # the text would otherwise hide that text in the multipart's preamble.
        types = headers.all("content-type")
        media_type, values = parameters(types[-1]) if types else (default_type, {})
        if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", media_type, re.ASCII):
            media_type = "text/html" if media_type == "html" else default_type
        part = Part(headers, body, media_type, values)
        if media_type.startswith("multipart/"):
            self._read_children(part, depth, to_end=to_end)
        return part

    def _read_children(self, part: Part, depth: int, *, to_end: bool) -> None:
        if depth >= self.limits.depth:
            part.problem = f"nested more than {self.limits.depth} levels deep"
            return
        digest = part.media_type == "multipart/digest"
        for piece, is_closed in _found_pieces(part):
            if self.seen >= self.limits.parts:
                part.problem = f"more than {self.limits.parts} parts"
                return
            default = "message/rfc822" if digest else "text/plain"
            breaks_off = to_end and not is_closed
            child = self.read(piece, depth + 1, default, to_end=breaks_off)
            if breaks_off and not child.children and child.body.strip():
                child.problem = child.problem or BROKEN_OFF
            part.children.append(child)


def split_headers(raw: bytes, limit: int = DEFAULT_LIMITS.header_bytes) -> tuple[Headers, bytes]:
    """Headers and body. A header block that never ends is cut at `limit` bytes."""
    if raw[:1] == b"\n" or raw[:2] == b"\r\n":
        return Headers(()), raw[2:] if raw[:1] == b"\r" else raw[1:]
    blank = _BLANK.search(raw, 0, limit)
    block, body = (
        (raw[: blank.start()], raw[blank.end() :]) if blank else (raw[:limit], raw[limit:])
    )
    lines = re.split(rb"\r?\n", block)
    last_known = max((n for n, line in enumerate(lines) if _KNOWN_HEADER.match(line)), default=-1)
    found: list[tuple[str, list[bytes]]] = []
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if line[:1] in (b" ", b"\t") or (header is None and number < last_known):
            if found:  # folded, or folded by somebody who forgot the blank
                found[-1][1].append(line)
        elif header is not None:
            found.append((header[1].decode("ascii").lower(), [header[2]]))
        elif not (number == 0 and line.startswith((b"From ", b">From "))):
            # No header and none follows: the empty line is missing and the body starts here.
            rest = b"\n".join(lines[number:])
            return _headers(found), rest + raw[len(block) :]
    return _headers(found), body


def _headers(found: list[tuple[str, list[bytes]]]) -> Headers:
    lines = ((name, b"".join(values).strip()) for name, values in found[:MAX_HEADER_LINES])
    return Headers(tuple(lines))


def _found_pieces(part: Part) -> Iterator[tuple[bytes, bool]]:
    """By the boundary that is named; where that never comes, in what was encoded though it may not be, and by what the
    body itself uses as one."""
    boundary = part.parameters.get("boundary", "")
    if _has(part.body, boundary):
        yield from _pieces(part.body, boundary)
        return
    body = content(part)[0]
    if not _has(body, boundary):
        used = _USED_BOUNDARY.search(body)
        boundary = used[1].decode("latin-1") if used else ""
    yield from _pieces(body, boundary)


def _has(body: bytes, boundary: str) -> bool:
    return bool(boundary) and b"--" + boundary.encode("utf-8") in body


def _pieces(body: bytes, boundary: str) -> Iterator[tuple[bytes, bool]]:
    """The bodies between the delimiter lines, without preamble and epilogue, and whether each ends in one."""
    if not boundary:
        return
    delimiter = re.compile(
        rb"(?<![^\n])--" + re.escape(boundary.encode("utf-8")) + rb"(--)?[ \t]*(?:\r?\n|\Z)"
    )
    start = -1
    for line in delimiter.finditer(body):
        if start >= 0:
            yield _without_last_newline(body[start : line.start()]), True
        start = line.end()
        if line[1]:
            return
    if start >= 0:
        yield body[start:], False


def _without_last_newline(piece: bytes) -> bytes:
    return piece[:-2] if piece.endswith(b"\r\n") else piece.removesuffix(b"\n")


def content(part: Part) -> tuple[bytes, bool]:
    """The decoded body, and True when its transfer encoding was damaged."""
    encoding = _COMMENT.sub("", part.headers.text("content-transfer-encoding")).lower()
    encoding = re.sub(r"[^a-z0-9]", "", encoding)
    match encoding.removeprefix("x"):
        case "base64" if not (part.media_type.startswith("text/") and is_prose(part.body)):
            return decode_base64(part.body)
        case "quotedprintable":
            return binascii.a2b_qp(_SPACED_BREAK.sub(rb"=\1", part.body)), False
        case "uuencode" | "uue":
            return uudecoded(part.body)
    return part.body, False


def read_body(root: Part) -> Body:
    """Which parts are the text and which are attached, as RFC 8621 section 4.1.4 decides it."""
    sorter = _Sorter()
    sorter.sort([root], "mixed", _Views())
    attached = [_attachment(part, number) for number, part in enumerate(sorter.attached, 1)]
    texts = []
    for part in (part for part in sorter.texts if part.media_type == "text/plain"):
        data, yenc = without_yenc(content(part)[0])
        text, uu = without_uuencoded(decode_text(data, part.parameters.get("charset", "")))
        texts.append(text)
        attached.extend(named(file, safe_name(file.name)) for file in (*yenc, *uu))
    htmls = [_text(part) for part in sorter.htmls if part.media_type == "text/html"]
    if not texts and not htmls:
        # A multipart whose boundary never comes: its words are shown rather than lost.
        texts = [_text(part) for part in sorter.attached if part.media_type[:10] == "multipart/"]
    return Body(tuple(texts), tuple(htmls), tuple(attached), frozenset(sorter.media_types))


def count_parts(root: Part) -> int:
    """All parts of the tree, multiparts and the mail itself included."""
    return 1 + sum(map(count_parts, root.children))


@dataclass(slots=True)
class _Views:
    """Which of the two bodies the parts of one multipart still go into."""

    in_alternative: bool = False
    html: bool = True
    text: bool = True


@dataclass(slots=True)
class _Sorter:
    texts: list[Part] = field(default_factory=list)
    htmls: list[Part] = field(default_factory=list)
    attached: list[Part] = field(default_factory=list)
    media_types: set[str] = field(default_factory=set)

    def sort(self, parts: list[Part], kind: str, views: _Views) -> None:
        texts_before, htmls_before = len(self.texts), len(self.htmls)
        first = _first_shown(parts) if kind == "related" else 0
        for index, part in enumerate(parts):
            self.media_types.add(part.media_type)
            if part.is_multipart:
                inner = part.media_type.partition("/")[2]
                is_choice = views.in_alternative or inner == "alternative"
                self.sort(part.children, inner, replace(views, in_alternative=is_choice))
            is_shown = _is_inline(part, kind, index == first) and self._show(part, kind, views)
            # What breaks off is listed even where it is shown: somebody should know.
            if part.problem or not (is_shown or part.is_multipart or _is_nothing(part)):
                self.attached.append(part)
        if kind == "alternative" and views.in_alternative:
            # An alternative with only one of the two kinds shows that one in both views.
            if len(self.texts) == texts_before and len(self.htmls) > htmls_before:
                self.texts.extend(self.htmls[htmls_before:])
            elif len(self.htmls) == htmls_before and len(self.texts) > texts_before:
                self.htmls.extend(self.texts[texts_before:])

    def _show(self, part: Part, kind: str, views: _Views) -> bool:
        """Puts an inline part into the bodies; False when it must be attached as well."""
        if kind == "alternative":
            target = {"text/plain": self.texts, "text/html": self.htmls}.get(part.media_type)
            if target is not None:
                target.append(part)
            return target is not None
        if views.in_alternative:
            views.html = views.html and part.media_type != "text/plain"
            views.text = views.text and part.media_type != "text/html"
        if views.text:
            self.texts.append(part)
        if views.html:
            self.htmls.append(part)
        return not part.media_type.startswith(_INLINE_MEDIA)


def _is_nothing(part: Part) -> bool:
    return part.media_type.startswith("multipart/") and not part.body.strip()


def _first_shown(parts: list[Part]) -> int:
    """Where the page of a multipart/related stands: first, or behind the pictures that somebody put before it."""
    shown = (n for n, part in enumerate(parts) if part.media_type[:5] in ("text/", "multi"))
    return next(shown, 0)


def _is_inline(part: Part, kind: str, is_first: bool) -> bool:
    is_media = part.media_type.startswith(_INLINE_MEDIA)
    is_text = part.media_type in ("text/plain", "text/html")
    if not (is_text or is_media) or part.disposition[0] == "attachment":
        return False
    if is_text and _is_undecodable(part):
        return False
    return is_first or (kind != "related" and (is_media or not _file_name(part)))


def _is_undecodable(part: Part) -> bool:
    data, is_damaged = content(part)
    return is_damaged and not is_text_of(data, part.parameters.get("charset", ""))


def _text(part: Part) -> str:
    data, charset = content(part)[0], part.parameters.get("charset", "")
    if not charset and part.media_type == "text/html":
        charset = charset_in_page(data)
    return decode_text(data, charset)


def _file_name(part: Part) -> str:
    return part.disposition[1].get("filename") or part.parameters.get("name", "")


def _attachment(part: Part, number: int) -> Attached:
    data, is_damaged = content(part)
    problem = part.problem or ("damaged on the way" if is_damaged else "")
    media_type = part.media_type
    if media_type.startswith("multipart/"):
        problem = problem or "its parts cannot be told apart"
    name = (
        safe_name(_file_name(part)) or f"part-{number}{mimetypes.guess_extension(media_type) or ''}"
    )
    if media_type == "message/rfc822" and not _file_name(part):
        subject = split_headers(data)[0].text("subject")
        name = (safe_name(subject) or f"message-{number}") + ".eml"
    identifier = part.headers.text("content-id").strip("<> ")
    return Attached(
        name=name,
        media_type=media_type,
        content=data,
        inline=part.disposition[0] != "attachment" and bool(identifier),
        content_id=identifier,
        problem=problem,
    )
