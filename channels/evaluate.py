"""`threadline eval email-parse` and `email-replies`: how much of foreign, labelled mail is read rightly. The reading itself is in `email_*`.

Texts are compared with white space folded. A U+FFFD in an expectation, with which a label admits
that its author could not decode a byte, is equal to any one character.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from channels.email_address import Mailbox, mailboxes
from channels.email_mime import count_parts
from channels.email_parse import Mail, read_mail
from channels.email_quotes import Split, split_html, split_text
from channels.email_signature import signature_start
from channels.evaluate_rows import mail_row, reply_row, signed_row, usable

_T = TypeVar("_T")

_ADDRESS_FIELDS = frozenset(("from", "to", "cc", "bcc", "sender", "reply_to"))

_FIELDS = _ADDRESS_FIELDS | frozenset(
    (
        "subject",
        "message_id",
        "in_reply_to",
        "references",
        "text",
        "html",
        "date",
        "attachments",
        "attachment_count",
        "parts",
        "part_count",
    )
)
SECONDS = 30.0
"""No mail may take longer (issue 3)."""


def evaluate_email_parse(file: Path, verbose: bool = False) -> dict[str, Any]:
    """Reads each row's `raw_base64` and compares it with `expected`.

    Returns `rows`, `unusable`, `crashes`, `over_time` (counts), `field_rate` (right fields of all expected ones,
    0..1), `fields` (name to `right`, `expected`, `rate`), and with `verbose` every `differences` entry
    {row, field, expected, found}. A row that is no mail with expectations is unusable and measures nothing, and so is a
    field that mails do not have; both are among the differences with the reason. Raises OSError for a file that cannot
    be read, and ValueError where no row of it can be used.
    """
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    differences: list[dict[str, Any]] = []
    rows = crashes = over_time = 0
    unusable: list[tuple[str, str]] = []
    for name, row in usable(file, mail_row, unusable):
        rows += 1
        expected = {field: value for field, value in row["expected"].items() if field in _FIELDS}
        for field in row["expected"].keys() - expected.keys():
            about = f"mails have no field {field}"
            differences.append({"row": name, "field": field, "expected": "", "found": about})
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
        "rows": rows + len(unusable),
        "unusable": len(unusable),
        "crashes": crashes,
        "over_time": over_time,
        "field_rate": _rate(right.total(), asked.total()),
        "fields": {field: _share(right[field], asked[field]) for field in sorted(asked)},
    }
    listed = [{"row": name, "field": "", "expected": "", "found": why} for name, why in unusable]
    return {**result, "differences": listed + differences} if verbose else result


def evaluate_email_replies(file: Path, verbose: bool = False) -> dict[str, Any]:
    """Splits each row's `input` (`format` txt or html) and compares the new text with `expected`.

    Returns `rows`, `unusable`, `exact` (share of the usable, 0..1), `new_text_dropped` (rows that lack words of the
    expected text), `quote_left` (rows with words more than expected), `crashes`, `over_time` (counts), and
    with `verbose` every `differences` entry {row, expected, found}. A row that is no reply with an expectation is
    unusable and measures nothing; the differences say why. Raises as `evaluate_email_parse`.
    """
    differences: list[dict[str, Any]] = []
    rows = exact = dropped = left = crashes = over_time = 0
    unusable: list[tuple[str, str]] = []
    for name, row in usable(file, reply_row, unusable):
        rows += 1
        split, problem, seconds = _timed(_split_of, row)
        over_time += seconds > SECONDS
        wanted, found = _folded(row["expected"]), _folded(split.new if split else problem)
        crashes += split is None
        if split is not None and wanted == found:
            exact += 1
            continue
        missing = Counter(wanted.split()) - Counter(found.split())
        more = Counter(found.split()) - Counter(wanted.split())
        dropped += bool(missing)
        left += bool(more)
        differences.append({"row": name, "expected": wanted, "found": found})
    result: dict[str, Any] = {
        "rows": rows + len(unusable),
        "unusable": len(unusable),
        "exact": _rate(exact, rows),
        "new_text_dropped": dropped,
        "quote_left": left,
        "crashes": crashes,
        "over_time": over_time,
    }
    listed = [{"row": name, "expected": "", "found": why} for name, why in unusable]
    return {**result, "differences": listed + differences} if verbose else result


def evaluate_email_signatures(file: Path, verbose: bool = False) -> dict[str, Any]:
    """Finds the signature lines of rows with `sender` and `lines` = [[tag, text], ...].

    Returns `rows`, `precision`, `recall` and `f1` over lines that are not empty (tags: text,
    signature, reply; replies are left out), and with `verbose` the rows that differ.
    """
    both = ours = theirs = rows = 0
    differences: list[dict[str, Any]] = []
    for name, row in usable(file, signed_row, []):
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
            differences.append({"row": name, "start": start})
    precision, recall = _rate(both, ours), _rate(both, theirs)
    f1 = _rate(2 * both, ours + theirs)
    result: dict[str, Any] = {"rows": rows, "precision": precision, "recall": recall, "f1": f1}
    return {**result, "differences": differences} if verbose else result


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
    return read_mail(row["raw"])


def _split_of(row: dict[str, Any]) -> Split:
    return (split_html if row["format"] == "html" else split_text)(row["input"])


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
    raise AssertionError(name)


def _wanted(field: str, value: Any) -> Any:
    """The expectation in the shape of `_field`: labels also write one address, or a list of files."""
    if field in _ADDRESS_FIELDS:
        entries = value if isinstance(value, list) else [value] if value else []
        read = [
            mailboxes(entry.encode()) if isinstance(entry, str) else [entry] for entry in entries
        ]
        return [_plain(box) if isinstance(box, Mailbox) else box for boxes in read for box in boxes]
    if field.startswith(("attachment", "part")):
        is_count = isinstance(value, str) and value.isdecimal()
        return len(value) if isinstance(value, list) else int(value) if is_count else value
    return value


def _plain(box: Mailbox) -> dict[str, str]:
    return {"name": box.name, "address": box.address}


def _is_same(wanted: Any, found: Any) -> bool:
    if wanted is None:
        return not found
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
