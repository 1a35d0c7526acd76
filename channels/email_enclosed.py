"""Files that people or old programs wrote into the text of a mail: uuencode, yEnc; and how files may be named. Parts of a mail are `email_mime`."""

from __future__ import annotations

import binascii
import mimetypes
import re
from dataclasses import replace

from channels.email_charset import clean
from core.message import Attached, unturned

_YENC = re.compile(
    rb"^=ybegin [^\r\n]{0,200}name=([^\r\n]{1,200})\r?\n(?:=ypart [^\r\n]{0,200}\r?\n)?(.*?)^=yend[^\r\n]{0,200}(?:\r?\n|\Z)",
    re.MULTILINE | re.DOTALL,
)
_SHIFTED = bytes((byte - 42) % 256 for byte in range(256))
_ESCAPED = bytes((byte - 64 - 42) % 256 for byte in range(256))


def uudecoded(data: bytes) -> tuple[bytes, bool]:
    """The bytes of uuencoded lines, and True where they were damaged."""
    decoded: list[bytes] = []
    for line in data.splitlines():
        if line.startswith(b"begin ") or not line.strip():
            continue
        if line.strip() == b"end":
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Encoders that count the last group wrongly: take as many characters as the length says.
            count = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                decoded.append(binascii.a2b_uu(line[:count]))
            except binascii.Error:
                return b"".join(decoded), True
    return b"".join(decoded), False


_UUENCODED = re.compile(
    r"^begin [0-7]{3,4} ([^\n]{1,200})\n((?:[ -`]{1,62}\n)+?)(?:[ `]\n)?end[ \t]*$",
    re.MULTILINE,
)


def without_uuencoded(text: str) -> tuple[str, list[Attached]]:
    """The text without files written into it by uuencode, and those files."""
    files: list[Attached] = []
    if "\nend" not in text or "begin " not in text:
        return text, files
    for block in _UUENCODED.finditer(text):
        data, is_damaged = uudecoded(block[2].encode("ascii"))
        name = block[1]
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        problem = "damaged on the way" if is_damaged else ""
        files.append(Attached(name=name, media_type=media_type, content=data, problem=problem))
    return _UUENCODED.sub("", text), files


def without_yenc(data: bytes) -> tuple[bytes, list[Attached]]:
    """The bytes of a text without files written into it by yEnc, and those files."""
    files: list[Attached] = []
    if b"=ybegin " not in data or b"=yend" not in data:
        return data, files
    for block in _YENC.finditer(data):
        name = block[1].decode("utf-8", "replace").strip().strip('"')
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        files.append(Attached(name=name, media_type=media_type, content=_ydecoded(block[2])))
    return _YENC.sub(b"", data), files


def _ydecoded(data: bytes) -> bytes:
    """Each byte was moved by 42; a sign that mail may not carry stands behind "=", moved by 64 more."""
    first, *escaped = data.replace(b"\r", b"").replace(b"\n", b"").split(b"=")
    moved = (part[:1].translate(_ESCAPED) + part[1:].translate(_SHIFTED) for part in escaped)
    return first.translate(_SHIFTED) + b"".join(moved)


def named(file: Attached, name: str) -> Attached:
    """The same file under a name that is only a name."""
    return replace(file, name=name or "attachment")


def safe_name(name: str) -> str:
    """A file name without path, control characters and bidirectional overrides, at most 150 characters."""
    name = re.split(r"[/\\]", unturned(clean(name)))[-1]
    return re.sub(r'[\x00-\x1f<>:"|?*\n]+', "_", name).strip(". ")[-150:]
