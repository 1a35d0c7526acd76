"""The rows of a file of labelled mail, made fit to measure; what is wrong with the others. Measuring is `evaluate`."""

from __future__ import annotations

import base64
import codecs
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_FORMATS = {
    "txt": "txt",
    "text": "txt",
    "plain": "txt",
    "text/plain": "txt",
    "html": "html",
    "text/html": "html",
}
_NAMES = ("path", "name", "id")
_NOT_JSON = (json.JSONDecodeError, UnicodeDecodeError, RecursionError)


def usable(
    file: Path,
    made_fit: Callable[[dict[str, Any]], dict[str, Any]],
    unusable: list[tuple[str, str]],
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows by name, made fit to measure; the others come into `unusable`, with what is wrong."""
    count = 0
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not (told := line.removeprefix(codecs.BOM_UTF8).strip()):
                continue
            name = str(number)
            try:
                row = json.loads(told)
                if not isinstance(row, dict):
                    raise ValueError("it is not a JSON object")
                name = next((str(row[key]) for key in _NAMES if row.get(key)), name)
                fit = made_fit(row)
            except (ValueError, RecursionError) as problem:
                about = "it is not JSON" if isinstance(problem, _NOT_JSON) else str(problem)
                unusable.append((name, f"row {number}: {about}"))
                continue
            count += 1
            yield name, fit
    if unusable and not count:
        raise ValueError(f"no row can be used; {unusable[0][1]}")


def mail_row(row: dict[str, Any]) -> dict[str, Any]:
    expected = row.get("expected")
    if expected is not None and not isinstance(expected, dict):
        raise ValueError("expected is not an object of fields")
    raw = row.get("raw_base64")
    if not isinstance(raw, str):
        raise ValueError("raw_base64 is missing or not text")
    packed = "".join(raw.split())
    try:
        mail = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except ValueError as error:
        raise ValueError("raw_base64 is not base64") from error
    return {"raw": mail, "expected": expected or {}}


def reply_row(row: dict[str, Any]) -> dict[str, Any]:
    for key in ("input", "expected"):
        if not isinstance(row.get(key), str):
            raise ValueError(f"{key} is missing or not text")
    kind = str(row.get("format") or "txt").lower()
    if kind not in _FORMATS:
        raise ValueError("format is neither txt nor html")
    # Half a letter, which JSON can write, is none in any mail.
    texts = {key: row[key].encode(errors="replace").decode() for key in ("input", "expected")}
    return {**row, **texts, "format": _FORMATS[kind]}


def signed_row(row: dict[str, Any]) -> dict[str, Any]:
    lines = row.get("lines")
    if not isinstance(lines, list) or not all(map(_is_tagged, lines)):
        raise ValueError("lines is missing or not a list of [tag, text]")
    return row


def _is_tagged(line: object) -> bool:
    return isinstance(line, list) and [type(part) for part in line] == [str, str]
