"""The words of a body that Outlook keeps as rich text (RTF), in a winmail.dat often the only one. Bounded, and has no input on which it raises.

Its packing is [MS-OXRTFCP]; where the mail was written as HTML, that is put back together after [MS-OXRTFEX].
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

LIMIT, _TOKENS = 1_000_000, 300_000
"""Bytes of unpacked rich text that are read, and its words and signs."""
_DEPTH = 200
_PACKED, _PLAIN = b"LZFu", b"MELA"
_START = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_RING = 4096

_TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\(.)|([{}])|([^\\{}]+)", re.DOTALL
)
_UNSEEN = frozenset(
    b"fonttbl colortbl stylesheet info pict header footer headerl headerr footerl footerr object themedata".split()
)
_SIGNS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t",
    b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"endash": "–",
    b"emdash": "—",
}  # fmt: skip
_SYMBOLS = {b"~": "\xa0", b"_": "-", b"\n": "\n", b"\r": "\n"}
_CHARSETS = {
    128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256, 186: 1257,
    204: 1251, 222: 874, 238: 1250,
}  # fmt: skip


def unpacked(data: bytes) -> bytes:
    """The rich text of a compressed body; as much of it as can be read."""
    if len(data) < 16 or data[8:12] == _PLAIN:
        return data[16 : 16 + LIMIT]
    if data[8:12] != _PACKED:
        return b""
    ring, at, place = bytearray(_START.ljust(_RING, b"\0")), len(_START), 16
    out = bytearray()
    while place < len(data) and len(out) < LIMIT:
        control, place = data[place], place + 1
        for bit in range(8):
            is_reference = bool(control >> bit & 1)
            if place + is_reference >= len(data):
                return bytes(out)
            if not is_reference:
                said, place = [data[place]], place + 1
            else:
                token, place = int.from_bytes(data[place : place + 2], "big"), place + 2
                if token >> 4 == at:
                    return bytes(out)
                said = []
                for step in range((token & 15) + 2):
                    # What is copied may be what this very reference writes.
                    said.append(ring[((token >> 4) + step) % _RING])
                    ring[(at + step) % _RING] = said[-1]
            for sign in said:
                ring[at] = sign
                at = (at + 1) % _RING
            out.extend(said)
    return bytes(out[:LIMIT])


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds until the next "}". `unseen`: nothing is shown; `rtf_only`: what stands there for programs without
    HTML; `in_tag`: markup of the page; `skips`: signs left out after each one given by its number."""

    unseen: bool = False
    in_fonts: bool = False
    rtf_only: bool = False
    in_tag: bool = False
    skips: int = 1
    page: str = "cp1252"


@dataclass(slots=True)
class _Reader:
    out: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    default: str = "cp1252"
    to_skip: int = 0
    is_page: bool = False
    is_starred: bool = False

    @property
    def here(self) -> _Group:
        return self.groups[-1]

    def sets(self, **changes: object) -> None:
        self.flush()
        self.groups[-1] = replace(self.here, **changes)  # type: ignore[arg-type]

    def says(self, text: str) -> None:
        self.flush()
        if not (self.here.unseen or self.here.rtf_only):
            self.out.append(text)

    def flush(self) -> None:
        if self.raw:
            text = bytes(self.raw).decode(self.here.page, "replace")
            self.raw.clear()
            self.says(text)

    def bytes_of(self, data: bytes) -> None:
        skipped = min(self.to_skip, len(data))
        self.to_skip -= skipped
        self.raw.extend(data[skipped:])

    def brace(self, sign: bytes) -> None:
        self.flush()
        self.to_skip = 0
        if sign == b"{" and len(self.groups) < _DEPTH:
            self.groups.append(self.here)
        elif sign == b"}" and len(self.groups) > 1:
            self.groups.pop()

    def word(self, name: bytes, number: int | None) -> None:
        match name:
            case b"fromhtml":
                self.is_page = number != 0
            case b"htmlrtf":
                self.sets(rtf_only=number != 0)
            case b"htmltag":
                self.sets(unseen=False, in_tag=True)
            case b"mhtmltag":
                self.sets(unseen=True)
            case b"ansicpg" if number:
                self.default = _codec(number)
                self.sets(page=self.default)
            case b"uc" if number is not None:
                self.sets(skips=max(0, min(number, 10)))
            case b"u" if number is not None:
                self.sign(number)
            case b"f" if number is not None:
                self.font = number
                if not self.here.in_fonts:
                    self.sets(page=self.fonts.get(number, self.default))
            case b"fcharset" if self.here.in_fonts and number in _CHARSETS:
                self.fonts[self.font] = _codec(_CHARSETS[number])
            case _ if name in _UNSEEN:
                self.sets(unseen=True, in_fonts=name == b"fonttbl")
            case _ if name in _SIGNS and not (self.is_page and self.here.in_tag and name == b"tab"):
                self.says(_SIGNS[name])
            case _ if self.is_starred:
                self.sets(unseen=True)

    def sign(self, number: int) -> None:
        """A sign by its number, which may come in two halves, and what stands for it where numbers are not known."""
        self.says(chr(number & 0xFFFF))
        self.to_skip = self.here.skips


def _codec(page: int) -> str:
    name = f"cp{page}" if page != 65001 else "utf-8"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def words_of(rtf: bytes) -> tuple[str, str]:
    """(text, "") of a rich text, or ("", page) where it was made of a page."""
    reader = _Reader()
    for hexed, name, number, symbol, brace, plain in _tokens(rtf[:LIMIT]):
        if brace:
            reader.brace(brace)
        elif hexed:
            reader.bytes_of(bytes.fromhex(hexed.decode()))
        elif name:
            reader.word(name, int(number) if number else None)
        elif symbol in b"\\{}" and symbol:
            reader.bytes_of(symbol)
        elif symbol in _SYMBOLS:
            reader.says(_SYMBOLS[symbol])
        elif plain:
            reader.bytes_of(plain.replace(b"\r", b"").replace(b"\n", b""))
        reader.is_starred = symbol == b"*"
    reader.flush()
    text = "".join(reader.out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return ("", text.strip()) if reader.is_page else (text.strip(), "")


def _tokens(rtf: bytes) -> Iterator[tuple[bytes, bytes, bytes, bytes, bytes, bytes]]:
    place = 0
    for _ in range(_TOKENS):
        found = _TOKEN.match(rtf, place)
        if found is None:
            return
        place = found.end()
        if found[2] == b"bin":  # so many bytes of anything follow
            place += max(0, int(found[3] or 0))
            continue
        yield tuple(part or b"" for part in found.groups())  # type: ignore[misc]
