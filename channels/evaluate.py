"""`threadline eval email-parse` and `email-replies`: how much of foreign, labelled mail is read rightly. The reading itself is in `email_*`.

Texts are compared with white space folded. A U+FFFD in an expectation, with which a label admits
that its author could not decode a byte, is equal to any one character.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from channels.email_address import Mailbox, mailboxes
from channels.email_mime import count_parts
from channels.email_parse import Mail, read_mail
from channels.email_quotes import Split, split_html, split_text
from channels.email_signature import signature_start

_T = TypeVar("_T")

_ADDRESS_FIELDS = frozenset(("from", "to", "cc", "bcc", "sender", "reply_to"))

SECONDS = 30.0
"""No mail may take longer (issue 3)."""


def evaluate_email_parse(file: Path, verbose: bool = False) -> dict[str, Any]:
    """Reads each row's `raw_base64` and compares it with `expected`.

    Returns `rows`, `crashes`, `over_time` (counts), `field_rate` (right fields of all expected ones,
    0..1), `fields` (name to `right`, `expected`, `rate`), and with `verbose` every `differences` entry
    {row, field, expected, found}. Raises OSError and ValueError for a file that cannot be read.
    """
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    differences: list[dict[str, Any]] = []
    rows = crashes = over_time = 0
    for number, row in _rows(file):
        rows += 1
        name = str(row.get("path", number))
        expected = row.get("expected") or {}
        asked.update(expected.keys())
        mail, problem, seconds = _timed(_mail_of, row)
        over_time += seconds > SECONDS
        if mail is None:
            crashes += 1
            differences.append({"row": name, "field": "", "expected": "", "found": problem})
            continue
        for field, wanted in expected.items():
            found = _field(mail, field)
            if _is_same(_wanted(field, wanted), found):
                right[field] += 1
            else:
                differences.append(
                    {"row": name, "field": field, "expected": wanted, "found": found}
                )
    result: dict[str, Any] = {
        "rows": rows,
        "crashes": crashes,
        "over_time": over_time,
        "field_rate": _rate(right.total(), asked.total()),
        "fields": {field: _share(right[field], asked[field]) for field in sorted(asked)},
    }
    return {**result, "differences": differences} if verbose else result


def evaluate_email_replies(file: Path, verbose: bool = False) -> dict[str, Any]:
    """Splits each row's `input` (`format` txt or html) and compares the new text with `expected`.

    Returns `rows`, `exact` (share, 0..1), `new_text_dropped` (rows that lack words of the expected
    text), `quote_left` (rows with words more than expected), `crashes`, `over_time` (counts), and
    with `verbose` every `differences` entry {row, expected, found}.
    """
    differences: list[dict[str, Any]] = []
    rows = exact = dropped = left = crashes = over_time = 0
    for number, row in _rows(file):
        if "expected" not in row:
            raise ValueError(f"row {number} does not say what is expected")
        rows += 1
        split, problem, seconds = _timed(_split_of, row)
        over_time += seconds > SECONDS
        wanted, found = _folded(str(row["expected"])), _folded(split.new if split else problem)
        crashes += split is None
        if split is not None and wanted == found:
            exact += 1
            continue
        missing = Counter(wanted.split()) - Counter(found.split())
        more = Counter(found.split()) - Counter(wanted.split())
        dropped += bool(missing)
        left += bool(more)
        differences.append(
            {"row": str(row.get("name", number)), "expected": wanted, "found": found}
        )
    result: dict[str, Any] = {
        "rows": rows,
        "exact": _rate(exact, rows),
        "new_text_dropped": dropped,
        "quote_left": left,
        "crashes": crashes,
        "over_time": over_time,
    }
    return {**result, "differences": differences} if verbose else result


def evaluate_email_signatures(file: Path, verbose: bool = False) -> dict[str, Any]:
    """Finds the signature lines of rows with `sender` and `lines` = [[tag, text], ...].

    Returns `rows`, `precision`, `recall` and `f1` over lines that are not empty (tags: text,
    signature, reply; replies are left out), and with `verbose` the rows that differ.
    """
    both = ours = theirs = rows = 0
    differences: list[dict[str, Any]] = []
    for number, row in _rows(file):
        rows += 1
        lines = [(tag, text) for tag, text in row["lines"] if tag != "reply"]
        start = signature_start([text for _, text in lines], str(row.get("sender", "")))
        marked = [
            (index >= start, tag == "signature")
            for index, (tag, text) in enumerate(lines)
            if text.strip()
        ]
        both += sum(found and wanted for found, wanted in marked)
        ours += sum(found for found, _ in marked)
        theirs += sum(wanted for _, wanted in marked)
        if any(found != wanted for found, wanted in marked):
            differences.append({"row": str(row.get("id", number)), "start": start})
    precision, recall = _rate(both, ours), _rate(both, theirs)
    f1 = _rate(2 * both, ours + theirs)
    result: dict[str, Any] = {"rows": rows, "precision": precision, "recall": recall, "f1": f1}
    return {**result, "differences": differences} if verbose else result


def _rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with file.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError(f"line {number} is not a JSON object")
                yield number, row


def _timed(
    work: Callable[[dict[str, Any]], _T], row: dict[str, Any]
) -> tuple[_T | None, str, float]:
    """(result or None, problem, seconds). This is where a crash is counted and not passed on."""
    start = time.perf_counter()
    try:
        return work(row), "", time.perf_counter() - start
    except Exception as error:  # noqa: BLE001 - the measure is how many there are
        return None, f"{type(error).__name__}: {error}", time.perf_counter() - start


def _mail_of(row: dict[str, Any]) -> Mail:
    try:
        raw = base64.b64decode(row["raw_base64"])
    except (KeyError, binascii.Error) as error:
        raise ValueError("raw_base64 is missing or not base64") from error
    return read_mail(raw)


def _split_of(row: dict[str, Any]) -> Split:
    return (split_html if row.get("format") == "html" else split_text)(str(row["input"]))


def _field(mail: Mail, name: str) -> Any:
    """A field under the name the labels use."""
    match name:
        case "subject":
            return mail.subject
        case _ if name in _ADDRESS_FIELDS:
            header = name.replace("_", "-")
            return [_plain(box) for value in mail.headers.all(header) for box in mailboxes(value)]
        case "message_id":
            return mail.message_id
        case "in_reply_to":
            return list(mail.in_reply_to)
        case "references":
            return list(mail.references)
        case "text":
            return mail.body.texts[0] if mail.body.texts else ""
        case "html":
            return mail.body.htmls[0] if mail.body.htmls else ""
        case "date":
            return mail.date.isoformat() if mail.date else ""
        case "attachments" | "attachment_count":
            return len(mail.body.attachments)
        case "parts" | "part_count":
            return count_parts(mail.root)
    return f"there is no field {name}"


def _wanted(field: str, value: Any) -> Any:
    """The expectation in the shape of `_field`: labels also write one address, or a list of files."""
    if field in _ADDRESS_FIELDS:
        entries = value if isinstance(value, list) else [value] if value else []
        read = [
            mailboxes(entry.encode()) if isinstance(entry, str) else [entry] for entry in entries
        ]
        return [_plain(box) if isinstance(box, Mailbox) else box for boxes in read for box in boxes]
    if field.startswith(("attachment", "part")) and isinstance(value, list):
        return len(value)
    return value


def _plain(box: Mailbox) -> dict[str, str]:
    return {"name": box.name, "address": box.address}


def _is_same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, str) and isinstance(found, list):
        wanted = re.findall(r"[^\s<>]+", wanted)
    if isinstance(wanted, list) and isinstance(found, str):
        found = [found] if found else []
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_is_same, wanted, found))
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(_is_same(value or "", found.get(key) or "") for key, value in wanted.items())
    if isinstance(wanted, str) and isinstance(found, str):
        wanted, found = _folded(wanted), _folded(found)
        return wanted == found or ("\ufffd" in wanted and _fits_around_gaps(wanted, found))
    return bool(wanted == found)


def _fits_around_gaps(wanted: str, found: str) -> bool:
    return len(wanted) == len(found) and all(
        want in ("\ufffd", got) for want, got in zip(wanted, found, strict=True)
    )


def _folded(text: str) -> str:
    return " ".join(text.split())


def _share(right: int, asked: int) -> dict[str, float]:
    return {"right": right, "expected": asked, "rate": _rate(right, asked)}


def _rate(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
