"""The signature under a mail: its closing words, name and contact lines. Quotations do not belong here; they are cut before.

Read from the end upwards, line by line, by what a line looks like; measured on the signature lines
of the Enron mails that Mailgun annotated (docs/measured.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.email_quote_words import CLOSINGS, MOBILE

MAX_LINES = 14
"""Lines of a signature, empty ones not counted."""
_LONGEST = 90
_POINTS = ("- ", "* ", "• ", "– ", ">")
_SHORTENED = re.compile(r"(?:^|[\s.])[A-ZÀ-Þ]\w{0,3}\.$")
"""`Ltd.`, `S.L.`"""
_ASKS = ("?", "!", "？", "！", "。", "؟", ",", ";")

_RULE = re.compile(r"[-_=*]{3,60}$")
_CLOSING = re.compile(
    rf"\W{{0,3}}(?:{'|'.join(re.escape(word) for word in sorted(CLOSINGS, key=len, reverse=True))})"
    r"(?![^\W\d_])(.*)$",
    re.IGNORECASE,
)
_MOBILE = re.compile(rf"\W{{0,3}}(?:{'|'.join(MOBILE)})", re.IGNORECASE)
_PHONE = re.compile(
    r"\+?\(?\d[\d\s().\-/]{5,}\d|(?<!\w)(?:x|ext\.?|\*)\s?-?\d{3,6}\b|\b\d-\d{4}\b", re.I
)
_LINK = re.compile(r"https?://\S+|www\.\S+|[^\s@]+@[^\s@]+\.\w{2,}", re.IGNORECASE)
_LABEL = re.compile(
    r"\W{0,2}(?:tel(?:efon[eo]?|éfono)?|phone|mob(?:ile?|il)?|cell|fax|direct|office|m|t|f|p|e|w|e-?mail|web(?:site)?"
    r"|skype|handy|móvil|celular|correo|тел(?:ефон)?|моб|факс|почта|电话|手机|邮箱|電話|携帯|전화|휴대폰)\s?[.:：]",
    re.IGNORECASE,
)
_POSTAL = re.compile(
    r"\b[A-Z]{2}\s{1,3}\d{5}\b|\b\d{4,5}\s+[A-ZÄÖÜ][\w-]+$|^\d{1,5}\s+\w+.*\b(?:st|street|ave|avenue|road|rd|drive|suite)\b",
    re.I,
)
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")
_JOINING = frozenset("von van de da del der di la le and und y et e bin al".split())  # noqa: SIM905


def signature_start(lines: Sequence[str], sender: str = "") -> int:
    """The index of the first signature line, or len(lines) when there is none.

    `sender`: the name, or the From header's value, to know its own name by.
    """
    known = _names(sender)
    rows = [index for index, line in enumerate(lines) if line.strip()][-MAX_LINES - 1 :]
    for index in rows[1:]:
        if lines[index].strip() == "--":  # RFC 3676, 4.3
            return index
    start, names = len(lines), 0
    for position, index in enumerate(reversed(rows)):
        line = lines[index].strip()
        if position == MAX_LINES or len(line) > _LONGEST:
            break
        if line == "—":
            return _unless_all(rows, index, len(lines))
        if _is_closing(line, known):
            # "Thank you." with nobody below is the last sentence.
            is_bare = position == 0 and not line.endswith(",") and not _closing_rest(line)
            place = len(rows) - 1 - position
            at = index if _closing_rest(line) else _first_closing(lines, rows, place)
            return _unless_all(rows, len(lines) if is_bare else at, len(lines))
        if _is_own_name(line, known):
            start = index
        elif _is_name(line) and names == 0 and not _is_list(lines, index):
            names, start = 1, index
        elif not any(looks(line) for looks in (_RULE.match, _is_contact, _MOBILE.match, _is_title)):
            break
    return _unless_all(rows, min(start, _under_closing(lines, rows, known)), len(lines))


def _under_closing(lines: Sequence[str], rows: Sequence[int], known: frozenset[str]) -> int:
    """The index of closing words that stand alone with a name below and nothing but short lines after it, of whatever
    kind: functions and streets are written small in most languages. len(lines) where there are none."""
    for position in range(len(rows) - 2, -1, -1):
        if _closing_rest(lines[rows[position]].strip()) == "":
            below = [lines[row].strip() for row in rows[position + 1 :]]
            named = next((line for line in below if not _RULE.match(line)), "")
            if (_is_own_name(named, known) or _is_name(named)) and all(map(_is_short, below)):
                return _first_closing(lines, rows, position)
            break
    return len(lines)


def _first_closing(lines: Sequence[str], rows: Sequence[int], position: int) -> int:
    """Closing words may take two lines."""
    above = rows[position] - 1
    is_more = (
        position > 0 and rows[position - 1] == above and _closing_rest(lines[above].strip()) == ""
    )
    return above if is_more else rows[position]


def _is_short(line: str) -> bool:
    """No sentence, no point of a list."""
    words = len(line.replace("|", " ").split())
    if line.endswith(_ASKS) or line.startswith(_POINTS) or len(line) > _LONGEST:
        return False
    is_sentence = line.endswith(".") and not _SHORTENED.search(line)
    return _is_contact(line) or words <= (3 if is_sentence else 8)


def _unless_all(rows: list[int], start: int, none: int) -> int:
    """A mail that would be nothing but signature has none."""
    return none if not rows or start <= rows[0] else start


def _names(sender: str) -> frozenset[str]:
    """The words of the sender's name and address, and the initials."""
    parts = [part for part in re.split(r"[^\w]+", sender.split("@")[0]) if len(part) > 1]
    words = [part.casefold() for part in parts]
    initials = "".join(word[0] for word in words[:3])
    swapped = "".join(word[0] for word in reversed(words[:2]))
    return frozenset(words) | ({initials, swapped} if len(words) > 1 else set())


def _is_closing(line: str, known: frozenset[str]) -> bool:
    """`Regards,` alone, or with a name: `Thanks, BT`, `Your pal, Craig.`"""
    rest = _closing_rest(line)
    if rest is None or len(line) > 60:
        return False
    return not rest or (len(rest.split()) <= 4 and (_is_own_name(rest, known) or _is_name(rest)))


def _closing_rest(line: str) -> str | None:
    """What follows the closing words, or None when the line has none."""
    match = _CLOSING.match(line)
    return match[1].strip(" ,.!-–—~:;)。、！،") if match else None


def _is_own_name(line: str, known: frozenset[str]) -> bool:
    """The sender's name, perhaps with an initial or a number beside it."""
    bare = _PHONE.sub("", line).strip(" -–,.:|~*_\t")
    words = [word for word in re.split(r"[^\w]+", bare) if word]
    mine = sum(word.casefold() in known for word in words)
    return 0 < len(words) <= 4 and mine > 0 and mine * 2 >= len(words)


def _is_name(line: str) -> bool:
    """One to four capitalised words."""
    words = line.strip(" -–,.|~*_\t").split()
    if not 0 < len(words) <= 4 or line.rstrip().endswith((":", "?", "!")):
        return False
    named = [word.strip(",") for word in words if word.casefold() not in _JOINING]
    # Scripts without capitals have names all the same.
    return bool(named) and all(
        _NAME_WORD.fullmatch(word) and not word[0].islower() for word in named
    )


def _is_list(lines: Sequence[str], index: int) -> bool:
    """Names one below the other, or right under a sentence, are no signature."""
    above = lines[index - 1].strip() if index else ""
    return (
        bool(above) and not _CLOSING.match(above) and not above.endswith((".", "!", "?", ",", ")"))
    )


def _is_contact(line: str) -> bool:
    if line.endswith(("?", "!")):
        return False
    rest = _LINK.sub("", _PHONE.sub("", line))
    has_contact = rest != line or bool(_LABEL.match(line)) or bool(_POSTAL.search(line))
    return has_contact and len(rest.split()) <= 6


def _is_title(line: str) -> bool:
    """A function, firm or street: few words, most of them capitalised, no sentence."""
    words = line.split()
    if (
        line.startswith(_POINTS)
        or len(words) > 7
        or (line.endswith((".", "?", "!", ":", ",", ";")) and not line.endswith("Inc."))
    ):
        return False
    capital = sum(word[:1].isupper() or not word[:1].isalpha() for word in words)
    return capital * 2 > len(words)


def without_signature(text: str, sender: str = "") -> tuple[str, str]:
    """(text, signature), the signature empty unless it is sure: after `-- `, or under the sender's own name."""
    lines = text.split("\n")
    start = signature_start(lines, sender)
    if start == len(lines):
        return text, ""
    known = _names(sender)
    is_sure = lines[start].strip() == "--" or any(
        _is_own_name(line.strip(), known) for line in lines[start:]
    )
    if not is_sure:
        return text, ""
    below = lines[start + 1 :] if lines[start].strip() in ("--", "—") else lines[start:]
    return "\n".join(lines[:start]).rstrip(), "\n".join(below).strip()
