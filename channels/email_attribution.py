"""The lines that mail programs write above a quoted message, in every language. What is cut because of them does not belong here.

All functions take the lines of a body and the index of one line, look a few lines ahead, and cost
the same for any text: long lines are never attributions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels import email_quote_words as words
from channels.email_text import RULE
from channels.email_titles import LONGEST, any_of, is_dated_title, is_drawn_title

_FOLDED = 6
"""Lines over which programs fold one attribution."""


_KINDS = {
    "subject": words.SUBJECT,
    "cc": words.CC,
    "to": words.TO,
    "date": words.DATE,
    "sent": words.SENT,
    "from": words.FROM,
}
_LABELS = {word: kind for kind, group in _KINDS.items() for word in group}
_AROUND_LABEL = " \t\xa0*_|•"
_COLONS = str.maketrans("：՝", "::")
_INNER_LABEL = re.compile(
    rf"(?:^|\s)[*_]{{0,2}}({any_of(list(_LABELS))})\s?[:：][*_]{{0,2}}\s", re.IGNORECASE
)

_ADDRESS = re.compile(r"[^\s@<>\"'(),;:]{1,64}@[^\s@<>\"'(),;:]+")
_YEAR = re.compile(
    r"(?<!\d)(?:19|20|25)\d\d(?!\d)|(?<!\d)\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2,4}(?!\d)"
)
_TIME = re.compile(
    r"(?<![\d.,])\d{1,2}[:.h時시点點] ?[0-5]\d(?!\d)|\d{1,2} ?[ap]\.?m\b|\d時", re.IGNORECASE
)
_WROTE = re.compile(
    rf"(?<![^\W\d_])(?:{any_of(words.WROTE)})(?![^\W\d_])|{any_of(words.WROTE_UNSPACED)}",
    re.IGNORECASE,
)
_WROTE_ENDINGS = tuple(word.lower() for word in (*words.WROTE, *words.WROTE_UNSPACED))
_ON = re.compile(rf"[^\w>]{{0,5}}(?:{any_of(words.ON)})(?![^\W\d_])", re.IGNORECASE)
_STARTS_WITH_DATE = re.compile(
    r"[^\w>]{0,2}\d{1,4} ?[./年년-] ?\d|[^\w>]{0,2}\d{1,2}\.? [^\W\d_]{3,}"
)
_MONTH_FIRST = re.compile(r"[^\W\d_]{3,9}\.? \d{1,2}, ")
_DAY_FIRST = re.compile(r"[^\W\d_]{2,14}\.?, \d{1,2}\.? [^\W\d_]{3,}")
_ONLY_CAPITAL = frozenset(
    ("on", "at", "am", "le", "el", "il", "em", "op", "den", "in", "vào", "pada")
)
_BRACKETED = re.compile(r"[<(]\s*[^<>\s]{1,64}@[^<>\s]+\s*[>)]")
_STAMPED = re.compile(
    rf"\d\W{{1,3}}(?:{any_of(words.BY)}) (?:[^\s@<>:]{{1,30}} ){{0,5}}[^\s@<>\"'(),;:]{{1,64}}@[^\s@<>\"'(),;:]+[:：]$"
)
_NAMED = re.compile(rf"[^\w>]{{0,3}}(?:{any_of(words.NAMED)})(?![^\W\d_])", re.IGNORECASE)
_STAYS_OPEN = re.compile(r"\s?\([^()]{0,60}\d[^()]{0,20}$")
_MOBILE = re.compile(rf"\W{{0,3}}(?:{'|'.join(words.MOBILE)})", re.IGNORECASE)
_RUNS_ON = re.compile(r"[:：][ \t\xa0]{3,}(?=\S)")
_TRAILING = " \t*_-"
# Hebrew and Arabic programs wrap names and dates in unseen marks of direction, and may write their own digits.
_UNSEEN = dict.fromkeys([*range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_DIGITS = {
    first + value: str(value) for first in (0x660, 0x6F0, 0x966, 0x9E6) for value in range(10)
}
_SEEN = {**_UNSEEN, **_DIGITS}
_SENTENCE_END = (".", "!", "?", "。", "！", "？")
_NEW_SENTENCE = re.compile(r"(?:[^\W\d_]{4,}\.|[!?]) [A-ZÀ-ÖØ-ÞА-ЯΑ-Ω]")
_SENTENCE_BEFORE = re.compile(r"[.!?]\s+(?=[A-ZÀ-ÖØ-ÞА-ЯІΑ-Ω])|[。！？؟]\s*(?=\S)")
_NOT_TOLD = re.compile(r"<[^<>]*>|\"[^\"]*\"|[^\s@]{1,64}@\S+|\([^()]*\)")
_TELLING = re.compile(
    rf"(?<![\w.])(?:{any_of(words.TELLING)})(?![\w.])|{any_of(words.TELLING_UNSPACED)}"
    rf"|(?<!\w)(?:{any_of(words.TELLING_BEFORE)}) [a-zà-öø-ÿ]{{4,}}"
)

_SUPERCITED = re.compile(r">{2,9} \"([^\W\d_]{1,20})\" == [^\n]{1,200}[:：]")
_INITIALS = re.compile(r"\s{0,2}([^\W\d_]{1,4})>")
_TECHNICAL = re.compile(
    r"(?:Received|Return-Path|Delivered-To|Message-ID|MIME-Version|Content-(?:Type|Transfer-Encoding)"
    r"|DKIM-Signature|Authentication-Results|Received-SPF|ARC-[\w-]{1,30}): ",
    re.IGNORECASE,
)


def is_pasted_head(lines: Sequence[str], index: int) -> bool:
    """True where lines of a mail's head that no program quotes stand beside these: somebody shows the head itself."""
    stop = end_of_labels(lines, index)
    above = lines[index - 1] if index else ""
    below = lines[stop] if stop < len(lines) else ""
    return bool(_TECHNICAL.match(above) or _TECHNICAL.match(below))


def end_of_labels(lines: Sequence[str], index: int) -> int:
    """Where the labelled lines that begin here end."""
    return max(_labels(lines, index)[1], index + 1)


def is_labelled(line: str) -> bool:
    """True for `From: ...` and its like, and for a line that is empty."""
    return not line.strip() or _labelled(line)[0] != ""


def attribution(lines: Sequence[str], index: int) -> tuple[int, bool]:
    """Where the attribution ("On ..., Ann wrote:") that starts here ends, 0 when none does, and
    whether it is clear enough to make unmarked text below it a quotation."""
    first = _seen(lines[index])
    if not first or len(first) > LONGEST:
        return 0, False
    starts = starts_attribution(first)
    may_fold = starts or _names_first(first)
    parts: list[str] = []
    for end in range(index, min(index + (_FOLDED if may_fold else 1), len(lines))):
        line = _seen(lines[end])
        follower = _seen(lines[end + 1]) if end + 1 < len(lines) else ""
        # Outlook for Mac leaves an empty line inside, before the address.
        if len(line) > LONGEST or not (line or follower.startswith("<")):
            break
        is_marked = end > index and line.startswith(">")
        if is_marked and not (len(line) < 30 and _ends_wrote(line)):
            break
        if parts and _NEW_SENTENCE.search(f"{parts[-1]} {line}", max(0, len(parts[-1]) - 40)):
            break
        parts.append(line)
        if _ends_wrote(line) or _ends_colon(line):
            is_one, is_clear = _judged(" ".join(parts), starts)
            if is_one and not _begins_later(parts):
                return end + 1, is_clear
            if is_one:
                break
    return 0, False


def _names_first(line: str) -> bool:
    """The sender with the address, and behind that who "wrote", or what a message is called: the moment follows. Or a
    sender who "wrote (" the moment."""
    wrote = _WROTE.search(line)
    if wrote and _STAYS_OPEN.match(line, wrote.end()):
        return True
    found = _BRACKETED.search(line)
    if found is None or len(line[: found.start()].split()) > 6:
        return False
    return bool(_WROTE.search(line, found.end()) or _NAMED.match(line))


def _begins_later(parts: Sequence[str]) -> bool:
    """True when what was taken for the first lines of an attribution is a sentence that happens to begin like one,
    right above it: what follows is a whole attribution by itself."""
    for number in range(1, len(parts)):
        above, below = " ".join(parts[:number]), " ".join(parts[number:])
        # The year stands once in an attribution: where it is above, the lines belong together.
        if _YEAR.search(above) or not starts_attribution(parts[number]):
            continue
        if not (_YEAR.search(below) and _judged(below, True)[0]):
            continue
        fewest = 4 if _begins(parts[number]) else 6 - above.endswith(_SENTENCE_END)
        if len(above.split()) >= fewest and not above.endswith((",", "，", "、")):
            return True
    return False


def _begins(line: str) -> bool:
    """With a date, or with "On" and a digit later."""
    has_digit = any(char.isdigit() for char in line)
    return bool(_STARTS_WITH_DATE.match(line) or (has_digit and _ON.match(line)))


def folded_head(lines: Sequence[str], index: int) -> int:
    """Where an attribution begins whose line `<ann@example.com> wrote:` was broken off the name above it."""
    above = _seen(lines[index - 1]) if index else ""
    stands_alone = index < 2 or not lines[index - 2].strip()
    is_head = above and len(above.split()) <= 6 and not above.endswith((*_SENTENCE_END, ",", ":"))
    return index - 1 if lines[index].startswith("<") and is_head and stands_alone else index


def _seen(line: str) -> str:
    return line.translate(_SEEN).strip()


def starts_attribution(line: str) -> bool:
    """A date at the start, or "On" with a digit later, or a year and a time."""
    return _begins(line) or bool(_YEAR.search(line) and _TIME.search(line))


def _has_time(text: str) -> bool:
    """True when there is a time of day; the points of 02.03.2027 make none."""
    return _TIME.search(_YEAR.sub(" ", text)) is not None


def _ends_colon(line: str) -> bool:
    return line.rstrip(_TRAILING).endswith((":", "："))


def _ends_wrote(line: str) -> bool:
    return line[-80:].rstrip(_TRAILING + ":：").lower().endswith(_WROTE_ENDINGS)


def _judged(text: str, starts: bool) -> tuple[bool, bool]:
    """(is an attribution when a quotation follows, is one whatever follows)."""
    has_date = starts or bool(_YEAR.search(text))
    has_time, has_address = bool(_TIME.search(text)), bool(_ADDRESS.search(text))
    has_wrote = _ends_wrote(text) or bool(_WROTE.search(text))
    # A moment alone, or with a bare address, may stand above the lines of a log.
    if not (has_wrote or _BRACKETED.search(text)) or _is_told(text):
        return False, False
    has_year = bool(_YEAR.search(text))
    is_clear = (has_wrote and has_year and (has_time or has_address)) or (
        has_year and has_time and _BRACKETED.search(text) is not None and _ends_colon(text)
    )
    return has_wrote + has_date + has_time + has_address >= 2, is_clear and _opens(text)


def _is_told(text: str) -> bool:
    """True when a person tells that somebody wrote: "On 2 March 2027 your colleague wrote:"."""
    said = _NOT_TOLD.sub(" ", text)
    return any(map(_TELLING.search, (said, said[:1].lower() + said[1:])))


def parted(line: str) -> list[str]:
    """The line, or two where a program put a clear attribution right behind the last sentence of the text, or the first
    sentence of the quotation behind that, three spaces away (Yahoo on telephones), or behind what a telephone adds."""
    if (runs_on := _RUNS_ON.search(line, 0, LONGEST)) is not None:
        head = line[: runs_on.start() + 1]
        if _BRACKETED.search(head) and _begins(_seen(head)) and attribution([head], 0)[1]:
            return [head, line[runs_on.end() :]]
    if len(line) > LONGEST or not (_ends_colon(line) or _ends_wrote(line)):
        return [line]
    if _MOBILE.match(line):
        for found in list(re.finditer(r"\s", line))[:12]:
            rest = line[found.end() :]
            if _ON.match(rest) and attribution([rest], 0)[1]:
                return [line[: found.start()], rest]
    for found in list(_SENTENCE_BEFORE.finditer(line))[-6:]:
        rest = line[found.end() :]
        if _begins(rest) and attribution([rest], 0)[1]:
            return [line[: found.end()], rest]
    return [line]


def _opens(text: str) -> bool:
    """True when the date or the address stands where programs put it: after three words at most. A
    sentence about a mail comes to it later, or goes on in small letters."""
    named = _NAMED.match(text)
    rest = text[named.end() :] if named else text
    words_before = re.split(r"[\d<]| via ", rest.lstrip(" -"), maxsplit=1)[0].split()
    is_sentence = bool(words_before) and words_before[0] in _ONLY_CAPITAL
    return len(words_before) <= 3 and not is_sentence


def tells_who_wrote_when(line: str) -> bool:
    """True where a line names the moment and ends in "wrote:", even in "you wrote:"."""
    line = _seen(line)
    if len(line) > LONGEST or not (_ends_colon(line) and _ends_wrote(line)):
        return False
    return _YEAR.search(line) is not None and _has_time(line)


def supercited(line: str) -> str:
    """The name that Supercite writes before each line it quotes, where it introduces it (`>>>>> "Ann" == Ann Berg writes:`)."""
    seen = _seen(line)
    found = _SUPERCITED.fullmatch(seen) if len(line) <= LONGEST else None
    return found[1] if found and _ends_wrote(seen) else ""


def initials_before(line: str) -> str:
    """The initials that The Bat! writes before each quoted line (`AH> It comes.`); empty where there are none."""
    found = _INITIALS.match(line)
    return found[1] if found else ""


def is_above_quotation(line: str) -> bool:
    """A bare "Ann wrote:", or an attribution in a language we do not know; asked only where a marked
    quotation follows."""
    line = _seen(line)
    if len(line) > LONGEST or not _ends_colon(line) or _is_told(line):
        return False
    if len(line) < 60 and _ends_wrote(line):
        return True
    if _BRACKETED.search(line):
        return bool(_YEAR.search(line) or _TIME.search(line))
    # `23 Nov 2026, 18:00 by ann@example.com:`; without the word between them it may be the line of a log.
    is_dated = _begins(line) or _MONTH_FIRST.match(line) or _DAY_FIRST.match(line)
    return bool(is_dated and _YEAR.search(line) and _has_time(line) and _STAMPED.search(line))


def is_folded_above_quotation(line: str, rest: str) -> bool:
    """The same over two lines, the first of which begins with the moment."""
    line = _seen(line)
    is_start = _begins(line) or _DAY_FIRST.match(line)
    return bool(is_start and _YEAR.search(line)) and is_above_quotation(f"{line} {_seen(rest)}")


def has_header_block(lines: Sequence[str], index: int) -> bool:
    """True when From/Sent/To/Subject lines of an earlier message stand here, or below a rule here.

    Journeys have From, To and Date as well, and forms a Subject: a mail names its sender and its
    moment, and an address, or says "sent", or stands under a rule.
    """
    is_ruled = is_drawn_title(lines[index])
    is_titled = is_dated_title(lines[index])
    first = index
    if is_ruled or is_titled:
        first += 1
        while first < len(lines) and not lines[first].strip(RULE + " \t"):
            first += 1
    found, stop = _labels(lines, first)
    if is_titled:
        return "from" in found and len(found) > 1
    sender, to = found.get("from", ""), found.get("to", "")
    moment = found.get("sent", "") or found.get("date", "")
    is_dated, has_address = _YEAR.search(moment) or _TIME.search(moment), "@" in sender + to
    is_exact = _YEAR.search(moment) is not None and _has_time(moment)
    if not is_dated or not ("from" in found or (is_exact and "@" in to)):
        return False
    kinds = len(found.keys() - {"cc"} - ({"date"} if "sent" in found else set()))
    if kinds >= 3:
        return has_address or is_ruled or (is_exact and ("sent" in found or kinds == 4))
    stands_alone = (first == 0 or not lines[first - 1].strip()) and (
        stop == len(lines) or not lines[stop].strip()
    )
    return kinds == 2 and has_address and (is_ruled or stands_alone)


def _labels(lines: Sequence[str], first: int) -> tuple[dict[str, str], int]:
    """The labelled values from this line on, each kind once, and where they end."""
    found: dict[str, str] = {}
    unlabelled, stop, latest = 0, first, ""
    for number in range(first, min(first + 14, len(lines))):
        label, value = _labelled(lines[number])
        if not label:
            unlabelled += 1
            if not found or unlabelled > 2 or (not lines[number].strip() and len(found) > 1):
                break
            found[latest] += " " + lines[number]
            continue
        unlabelled, stop, latest = 0, number + 1, label
        found.setdefault(label, value)
        if len(value) <= LONGEST:  # HTML may put several labels into one line
            for inner in _INNER_LABEL.finditer(value):
                found.setdefault(_LABELS[inner[1].lower()], value[inner.end() :])
    return found, stop


def _labelled(line: str) -> tuple[str, str]:
    """("from", the rest) of a line `*From:* ...`, else two empty strings."""
    seen = _seen(line[:1000])
    cells = seen.split("|") if seen.startswith("|") else ()
    if len(cells) == 4 and not cells[-1]:  # `| From | Ann |`: NetEase's programs draw a table
        seen = f"{cells[1]}:{cells[2].lstrip()}"
    head, _, value = seen.translate(_COLONS).partition(":")
    kind = _LABELS.get(head.strip(_AROUND_LABEL).lower(), "") if len(head) < 60 else ""
    return (kind, value.lstrip("*_ ")) if kind else ("", "")
