"""Forms with files, as clients send them to the fakes, and small pictures to send."""

from __future__ import annotations

import json
import struct
import zlib
from email import policy
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]


def arguments_in(
    kind: str, raw: bytes, query: Json
) -> tuple[Json, dict[str, tuple[str, str, bytes]]]:
    """What a call says in its address and its body, which may be JSON or a form, and its files."""
    if kind.startswith("multipart/form-data"):
        fields, files = form_in(kind, raw)
        return {**query, **fields}, files
    if kind.startswith("application/x-www-form-urlencoded"):
        return {**query, **{name: _read(text) for name, text in parse_qsl(raw.decode())}}, {}
    return {**query, **(json.loads(raw) if raw else {})}, {}


def form_in(kind: str, raw: bytes) -> tuple[Json, dict[str, tuple[str, str, bytes]]]:
    """Fields, of which JSON is read, and files as (name, type, content)."""
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + raw)
    fields: Json = {}
    files: dict[str, tuple[str, str, bytes]] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if part.get_filename() is not None:
            files[name] = (str(part.get_filename()), part.get_content_type(), content)
            continue
        fields[name] = _read(content.decode())
    return fields, files


def _read(text: str) -> Any:
    """JSON where it is some."""
    try:
        return json.loads(text) if text[:1] in "{[" else text
    except ValueError:
        return text


def png(width: int = 2, height: int = 2) -> bytes:
    """A white picture of this size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\x00" + b"\xff" * width) * height, 9)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def size_of(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, None of anything else."""
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height
