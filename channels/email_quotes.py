"""What a customer wrote newly, apart from the earlier messages quoted with it. Signatures do not belong here.

When unsure the text stays: a quotation too much is a nuisance, a lost sentence is a wrong answer.
What was cut stands in `Inbound.quoted` and the original one click away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from channels import email_quote_words as words
from channels.email_text import (
    CLOSE_MAYBE,
    CLOSE_SURE,
    MARKS,
    OPEN_MAYBE,
    OPEN_SURE,
    RULE,
    html_to_marked_text,
)

MAX_TEXT = 512 * 1024
"""Characters of one body that are examined; nobody types more."""


@dataclass(frozen=True, slots=True)
class Split:
    """`new`: what was written for this mail; `quoted`: what was cut, in order."""

    new: str
    quoted: str


def _any(alternatives: list[str] | tuple[str, ...], *, literal: bool = True) -> str:
    unique = sorted({word.strip(": ") for word in alternatives if word.strip(": ")}, key=len)
    return "|".join(re.escape(word) if literal else word for word in reversed(unique))


_KINDS = {
    "from": words.FROM,
    "sent": words.SENT,
    "date": words.DATE,
    "to": words.TO,
    "cc": words.CC,
    "subject": words.SUBJECT,
}
_LABELS = {word.strip(": "): kind for kind, group in reversed(_KINDS.items()) for word in group}
_LABEL = rf"({_any(list(_LABELS))})\s?[*_]{{0,2}}\s?[:：]"
_HEADER_LINE = re.compile(rf"[\s*_|•]{{0,12}}{_LABEL}[*_]{{0,2}}(.*)", re.IGNORECASE)
_NEXT_LABEL = re.compile(rf"(?:^|\s){_LABEL}\s", re.IGNORECASE)

_QUOTE_MARK = re.compile(r"[ \t]{0,4}>")
_ADDRESS = re.compile(r"[^\s@<>\"'(),;:]{1,64}@[^\s@<>\"'(),;:]+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d)")
_TIME = re.compile(
    r"(?<![\d.,])\d{1,2}[:.h時시点點] ?[0-5]\d(?!\d)|\d{1,2} ?[ap]\.?m\b|\d時",
    re.IGNORECASE,
)
_WROTE = re.compile(
    rf"(?<![^\W\d_])(?:{_any(words.WROTE, literal=False)})(?![^\W\d_])"
    r"|写道|寫道|작성|書きました|のメール|เขียน",
    re.IGNORECASE,
)
_ENDS_WROTE = re.compile(
    rf"(?:{_any(words.WROTE, literal=False)})\s?(?:\(a\))?[\s\u200e\u200f]*[:：]?[\s\u200e\u200f*_]*$",
    re.IGNORECASE,
)
_ENDS_COLON = re.compile(r"[:：][\s*_\u200e\u200f]*$")
_ON = re.compile(rf"\W{{0,5}}(?:{_any(words.ON)})(?![^\W\d_])", re.IGNORECASE)
_STARTS_WITH_DATE = re.compile(r"\W{0,2}\d{1,4} ?[./年년-] ?\d|\W{0,2}\d{1,2}\.? [^\W\d_]{3,}")

_DASHES = r"[-_=*~—–─━]"
_ORIGINAL = re.compile(
    rf"\s*(?:{_DASHES}\s?){{2,}}\s*(?:{_any(words.ORIGINAL)})\s*[:：]?\s*(?:{_DASHES}\s?){{2,}}\s*$",
    re.IGNORECASE,
)
_DASHED_TITLE = re.compile(rf"\s*{_DASHES}{{4,}}\s*[^\W\d_][^-_=*\n]{{2,40}}\s*{_DASHES}{{4,}}\s*$")
_FORWARDED = re.compile(
    rf"\s*(?:(?:{_DASHES}\s?){{2,}}\s*(?:{_any(words.FORWARDED)})[^\n]{{0,80}}?(?:{_DASHES}\s?){{2,}}"
    rf"|(?:{_any(words.FORWARDED)})\s*[:：])\s*$",
    re.IGNORECASE,
)
_RULE_LINE = re.compile(rf"\s*(?:{_DASHES}\s?){{10,}}\s*$|\s*{RULE}\s*$")
_FORWARD_SUBJECT = re.compile(
    rf"\s*(?:\[[^\]]{{1,30}}\]\s*)?(?:{_any(words.FORWARD_PREFIXES)})\s*[:：]",
    re.IGNORECASE,
)
_SIGNATURE_MARK = re.compile(r"\s*--\s*$")
_MOBILE = re.compile(rf"\W{{0,3}}(?:{_any(words.MOBILE, literal=False)})", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?。！？:;]\s*$")
_BROKEN_LINK = re.compile(r"(?:https?://|www\.)[^\s<>]*$|[(<][^)>\s]*$")


def is_forward(subject: str) -> bool:
    """True when the subject says that the mail passes another one on: then nothing is quotation."""
    return bool(_FORWARD_SUBJECT.match(subject))


def split_text(text: str) -> Split:
    """Splits a plain-text body."""
    return _split(MARKS.sub("", text))


def split_html(html: str) -> Split:
    """Splits an HTML body; both parts come back as plain text."""
    return _split(html_to_marked_text(html))


def _split(text: str) -> Split:
    page = _Page.of(text[:MAX_TEXT].split("\n"))
    page.mark()
    rest = text[MAX_TEXT:].split("\n") if len(text) > MAX_TEXT else []
    page.lines.extend(rest)
    page.cut.extend([page.is_open] * len(rest))
    pairs = list(zip(page.lines, page.cut, strict=True))
    new = _joined([line for line, is_cut in pairs if not is_cut])
    if not new:
        return Split(_joined(page.lines), "")
    return Split(new, _joined([line for line, is_cut in pairs if is_cut]))


def _joined(lines: list[str]) -> str:
    text = "\n".join(line.replace(RULE, "").rstrip() for line in lines)
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n")


@dataclass(slots=True)
class _Page:
    """The lines of a body. `cut`: quoted; `region_end`: where the plain blockquote around a line ends, or -1."""

    lines: list[str] = field(default_factory=list)
    cut: list[bool] = field(default_factory=list)
    region_end: list[int] = field(default_factory=list)
    is_open: bool = False
    """True when the last quotation runs to the end, whatever follows."""

    @classmethod
    def of(cls, marked: list[str]) -> _Page:
        page = cls()
        sure, opened, regions = 0, [], []
        for number, line in enumerate(marked):
            is_inside, pieces = True, re.split(f"([{OPEN_SURE}-{CLOSE_MAYBE}])", line)
            for piece in pieces:
                sure = max(0, sure + (piece == OPEN_SURE) - (piece == CLOSE_SURE))
                if piece == OPEN_MAYBE:
                    opened.append(number)
                elif piece == CLOSE_MAYBE and opened:
                    regions.append((opened.pop(), number + 1))
                elif piece.strip() and piece not in (
                    OPEN_SURE,
                    CLOSE_SURE,
                    CLOSE_MAYBE,
                ):
                    is_inside = is_inside and sure > 0
            page.lines.append("".join(pieces[::2]))
            page.cut.append(is_inside and (sure > 0 or OPEN_SURE in line or CLOSE_SURE in line))
            page.region_end.append(-1)
        for start, end in reversed(regions):  # inner regions close first and win
            page.region_end[start:end] = [
                end if known < 0 else known for known in page.region_end[start:end]
            ]
        return page

    def mark(self) -> None:
        """Decides for each line. A forwarded message ends the search: it is what the mail is about."""
        index = 0
        while index < len(self.lines):
            if self.cut[index]:
                index += 1
            elif _FORWARDED.match(self.lines[index]):
                return
            else:
                index = self._step(index)
        self._cut_wrapped_lines()
        self._cut_signature_below()

    def _step(self, index: int) -> int:
        """Cuts what begins at this line, if anything, and says where to go on."""
        if _QUOTE_MARK.match(self.lines[index]):
            return self._cut_marked(index)
        stop, is_strong = self._attribution(index)
        if stop:
            follower = self._next_words(stop)
            if follower < len(self.lines) and self._is_quotation(follower):
                return self._cut_until(index, max(stop, self.region_end[follower]))
            if is_strong:
                return self._cut_rest(index)
        elif self._is_line_above_quotation(index):
            return self._cut_until(index, index + 1)
        if _ORIGINAL.match(self.lines[index]) or self._has_header_block(index):
            return self._cut_rest(index)
        return index + 1

    def _cut_until(self, start: int, end: int) -> int:
        self.cut[start:end] = [True] * (end - start)
        return end

    def _cut_rest(self, start: int) -> int:
        """Cuts to the end of the blockquote around, or of the mail."""
        end = self.region_end[start]
        self.is_open = self.is_open or end < 0
        return self._cut_until(start, end if end >= 0 else len(self.lines))

    def _cut_marked(self, start: int) -> int:
        end = start
        depth = 99
        while end < len(self.lines) and (match := _QUOTE_MARK.match(self.lines[end])):
            head = self.lines[end][match.start() : match.start() + 20].replace(" ", "")
            depth = min(depth, len(head) - len(head.lstrip(">")))
            end += 1
        # ">>>" without an outer level is no quotation but pasted, as from a Python prompt.
        if depth >= 3 and not any(self.cut[:start]):
            return end
        return self._cut_until(start, end)

    def _next_words(self, index: int) -> int:
        while index < len(self.lines) and not self.lines[index].replace(RULE, "").strip():
            index += 1
        return index

    def _is_quotation(self, index: int) -> bool:
        return (
            self.cut[index]
            or self.region_end[index] >= 0
            or bool(_QUOTE_MARK.match(self.lines[index]))
        )

    def _attribution(self, index: int) -> tuple[int, bool]:
        """Where the attribution ("On ..., Ann wrote:") that starts here ends (0 = none), and whether it
        is clear enough to cut unmarked text below it. Mail programs fold it over up to six lines."""
        first = self.lines[index]
        if not first.strip() or len(first) > 400:
            return 0, False
        best, parts = (0, False), []
        for end in range(index, min(index + 6, len(self.lines))):
            line = self.lines[end].strip()
            if not line and not self.lines[min(end + 1, len(self.lines) - 1)].strip().startswith(
                "<"
            ):
                break
            if (
                end > index
                and _QUOTE_MARK.match(line)
                and not (len(line) < 30 and _ENDS_WROTE.search(line))
            ):
                break
            parts.append(line)
            joined = " ".join(parts)
            if len(joined) > 500:
                break
            is_one, is_strong = _is_attribution(joined)
            if is_one and (end == index or _starts_attribution(first)):
                best = (end + 1, is_strong)
                break
            is_sentence = _SENTENCE_END.search(line) and not _ENDS_COLON.search(line)
            if end == index and is_sentence and not _starts_attribution(first):
                break
        return best

    def _is_line_above_quotation(self, index: int) -> bool:
        """An attribution in a language we do not know: ends with a colon, has a date or an address."""
        line = self.lines[index]
        if not _ENDS_COLON.search(line) or len(line) > 300:
            return False
        follower = self._next_words(index + 1)
        if follower >= len(self.lines) or not (
            self.cut[follower] or _QUOTE_MARK.match(self.lines[follower])
        ):
            return False
        has = [_YEAR.search(line), _TIME.search(line), _ADDRESS.search(line)]
        return sum(map(bool, has)) >= 2

    def _has_header_block(self, index: int) -> bool:
        """True when From/Sent/To/Subject lines of an earlier message stand here, or below a line here."""
        first, score = index, 0
        if _RULE_LINE.match(self.lines[index]) or _DASHED_TITLE.match(self.lines[index]):
            first, score = self._next_words(index + 1), 2
        kinds: set[str] = set()
        unlabelled = 0
        for number in range(first, min(first + 14, len(self.lines))):
            line = self.lines[number]
            match = _HEADER_LINE.match(line)
            if match is None:
                unlabelled += 1
                if not kinds or unlabelled > 2 or (not line.strip() and len(kinds) > 1):
                    break
                if "@" in line:
                    score += 2
                continue
            unlabelled = 0
            score += _header_points(match, kinds)
        has_who = bool(kinds & {"from", "to"})
        return has_who and len(kinds) >= 2 and score >= 4 and kinds != {"from", "subject"}

    def _cut_wrapped_lines(self) -> None:
        """A quoted line broken by the sender's program: its rest lost the ">" in front."""
        for index in range(len(self.lines) - 1):
            line, rest = self.lines[index], self.lines[index + 1]
            if not self.cut[index] or self.cut[index + 1] or not _QUOTE_MARK.match(line):
                continue
            words_left = rest.split()
            if not words_left:
                continue
            after = self.lines[index + 2] if index + 2 < len(self.lines) else ""
            goes_on = not after.strip() or bool(_QUOTE_MARK.match(after))
            is_wrapped = (
                len(line.rstrip()) + 1 + len(words_left[0]) > 76
                and rest[:1].islower()
                and not _SENTENCE_END.search(line)
            )
            is_link = len(words_left) == 1 and bool(_BROKEN_LINK.search(line))
            if goes_on and (is_wrapped or is_link):
                self.cut[index + 1] = True

    def _cut_signature_below(self) -> None:
        """A signature under the quotation signs the reply above, it says nothing new."""
        last = max((index for index, is_cut in enumerate(self.cut) if is_cut), default=-1)
        below = self._next_words(last + 1)
        if 0 <= last < below < len(self.lines) and _SIGNATURE_MARK.match(self.lines[below]):
            self._cut_until(below, len(self.lines))


def _starts_attribution(line: str) -> bool:
    has_digit = any(char.isdigit() for char in line)
    if _STARTS_WITH_DATE.match(line) or (has_digit and _ON.match(line)):
        return True
    return bool(_YEAR.search(line) and _TIME.search(line))


def _is_attribution(text: str) -> tuple[bool, bool]:
    """(is one when a quotation follows, is one whatever follows)."""
    ends_wrote, ends_colon = (
        bool(_ENDS_WROTE.search(text)),
        bool(_ENDS_COLON.search(text)),
    )
    if not (ends_wrote or ends_colon):
        return False, False
    has_wrote = ends_wrote or bool(_WROTE.search(text))
    starts = _starts_attribution(text)
    has_date = bool(_YEAR.search(text)) or starts
    has_time, has_address = bool(_TIME.search(text)), bool(_ADDRESS.search(text))
    is_clear = has_wrote and has_date and (has_time or has_address)
    is_clear = is_clear or (ends_colon and has_address and has_date and has_time)
    return has_wrote + has_date + has_time + has_address >= 2, is_clear and starts


def _header_points(match: re.Match[str], kinds: set[str]) -> int:
    """How much a labelled line speaks for a quoted header; its kinds are added to `kinds`."""
    points, kind, value = 0, _LABELS[match[1].lower()], match[2]
    labels = [(kind, value)]
    labels += [
        (_LABELS[inner[1].lower()], value[inner.end() :])
        for inner in _NEXT_LABEL.finditer(value[:500])
    ]
    for kind, value in labels:
        if kind in kinds:
            continue
        kinds.add(kind)
        points += {"subject": 2, "sent": 2, "cc": 0}.get(kind, 1)
        if kind in ("from", "to") and "@" in value:
            points += 2
        if kind == "date" and _TIME.search(value) and _YEAR.search(value):
            points += 1
    return points
