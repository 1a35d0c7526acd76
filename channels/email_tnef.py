"""Outlook's winmail.dat (TNEF): the files and the text inside, as far as they can be read. Bounded, and has no input on which it raises.

Layout after [MS-OXTNEF]: a signature, then attributes of level, tag, length, data and checksum; files are named by a title
or in a list of MAPI properties.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from channels.email_rtf import unpacked, words_of
from core.message import Attached

MEDIA_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SIGNATURE = b"\x78\x9f\x3e\x22"

_TEXT, _HTML, _RICH = 0x1000, 0x1013, 0x1009
_LONG_NAME, _SHORT_NAME, _KIND, _CONTENT_ID = 0x3707, 0x3704, 0x370E, 0x3712
_FIXED = {
    0x02: 4,
    0x03: 4,
    0x04: 4,
    0x05: 8,
    0x06: 8,
    0x07: 8,
    0x0A: 4,
    0x0B: 4,
    0x14: 8,
    0x40: 8,
    0x48: 16,
}
_VARIABLE = frozenset({0x0D, 0x1E, 0x1F, 0x102})
_MANY = 0x1000
FILES, PROPERTIES, VALUES = 100, 2_000, 2_000


class _Tag(IntEnum):
    BODY = 0x800C
    PROPERTIES = 0x9003
    RENDERING = 0x9002
    TITLE = 0x8010
    DATA = 0x800F
    FILE_PROPERTIES = 0x9005


@dataclass(slots=True)
class _File:
    title: str = ""
    data: bytes = b""
    properties: dict[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What was inside: `text` and `html` of the message, empty where there were none, and its files."""

    text: str = ""
    html: str = ""
    files: tuple[Attached, ...] = ()


def is_winmail(file: Attached) -> bool:
    """True for the attachment that Outlook packs a whole mail into."""
    is_named = file.media_type in MEDIA_TYPES or file.name.lower() == "winmail.dat"
    return is_named and file.content.startswith(_SIGNATURE)


def unpack(data: bytes) -> Unpacked:
    """As much as can be read; what breaks off ends it."""
    text, html, rich = "", "", b""
    files: list[_File] = []
    for tag, value in _attributes(data):
        match tag:
            case _Tag.BODY:
                text = text or _said(value)
            case _Tag.PROPERTIES:
                known = dict(_properties(value))
                text = text or _said(known.get(_TEXT, b""))
                html = html or _said(known.get(_HTML, b""))
                rich = rich or known.get(_RICH, b"")
            case _Tag.RENDERING if len(files) < FILES:
                files.append(_File())
            case _Tag.TITLE if files:
                files[-1].title = _said(value)
            case _Tag.DATA if files:
                files[-1].data = value
            case _Tag.FILE_PROPERTIES if files:
                files[-1].properties = dict(_properties(value))
    if rich and not (text.strip() or html.strip()):
        text, html = words_of(unpacked(rich))
    return Unpacked(text.strip(), html.strip(), tuple(_attached(file) for file in files))


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 6 if data.startswith(_SIGNATURE) else len(data)
    while place + 9 <= len(data):
        level, tag, length = struct.unpack_from("<BII", data, place)
        place += 9
        value = data[place : place + length]
        if level not in (1, 2) or len(value) < length:
            return
        yield tag & 0xFFFF, value
        place += length + 2


def _properties(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The first value of each MAPI property by its number."""
    if len(data) < 4:
        return
    place = 4
    for _ in range(min(int.from_bytes(data[:4], "little"), PROPERTIES)):
        if place + 4 > len(data):
            return
        kind, name = struct.unpack_from("<HH", data, place)
        place = _past_name(data, place + 4) if name >= 0x8000 else place + 4
        is_list = bool(kind & _MANY) or (kind & ~_MANY) in _VARIABLE
        values, place = _values(data, place, kind & ~_MANY, is_list)
        if place < 0:
            return
        if values:
            yield name, values[0]


def _past_name(data: bytes, place: int) -> int:
    """A named property says whose name it is, and the name or its number."""
    (kind,) = struct.unpack_from("<I", data.ljust(place + 24, b"\0"), place + 16)
    if kind == 0:
        return place + 24
    (length,) = struct.unpack_from("<I", data.ljust(place + 24, b"\0"), place + 20)
    return place + 24 + _padded(length)


def _values(data: bytes, place: int, kind: int, is_list: bool) -> tuple[list[bytes], int]:
    count = 1
    if is_list:
        count, place = int.from_bytes(data[place : place + 4], "little"), place + 4
    found: list[bytes] = []
    for _ in range(min(count, VALUES)):
        if kind in _VARIABLE:
            length, place = int.from_bytes(data[place : place + 4], "little"), place + 4
            size = _padded(length)
        elif kind in _FIXED:
            length = size = _FIXED[kind]
        else:
            return [], -1
        if place + length > len(data):
            return [], -1
        value = data[place : place + length]
        found.append(value.decode("utf-16-le", "replace").encode() if kind == 0x1F else value)
        place += size
    return found, place if count <= VALUES else -1


def _padded(length: int) -> int:
    return length + (-length) % 4


def _said(value: bytes) -> str:
    """Text up to its end mark: UTF-8 where it is, else the code page of western Windows."""
    value = value.split(b"\0", 1)[0]
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def _attached(file: _File) -> Attached:
    known = file.properties
    names = (_said(known.get(_LONG_NAME, b"")), file.title, _said(known.get(_SHORT_NAME, b"")))
    name = next((name for name in names if name.strip()), "attachment")
    name = name.replace("\\", "/").rpartition("/")[2].strip()[:150]
    kind = _said(known.get(_KIND, b"")).lower()
    is_kind = kind.count("/") == 1 and kind.isascii() and kind.isprintable() and len(kind) <= 120
    content_id = _said(known.get(_CONTENT_ID, b""))[:200]
    return Attached(
        name=name or "attachment",
        media_type=kind if is_kind else "application/octet-stream",
        content=file.data,
        inline=bool(content_id),
        content_id=content_id,
    )
