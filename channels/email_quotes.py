"""What a customer wrote newly, apart from the earlier messages quoted with it. Signatures do not belong here.

When unsure the text stays: a quotation too much is a nuisance, a lost sentence is a wrong answer.
What was cut stands in `Inbound.quoted` and the original one click away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from channels.email_attribution import (
    attribution,
    folded_head,
    has_header_block,
    is_above_quotation,
    is_forwarded_title,
    is_original_title,
)
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

_QUOTE_MARK = re.compile(r"[ \t]{0,4}[>＞]")
_SIGNATURE_MARK = re.compile(r"\s*--\s*$")
_SENTENCE_END = (".", "!", "?", "。", "！", "？", ":", ";")
_BROKEN_LINK = re.compile(r"(?:https?://|www\.)[^\s<>]*$|[(<][^)>\s]*$")
_WRAP_WIDTH = 76


@dataclass(frozen=True, slots=True)
class Split:
    """`new`: what was written for this mail; `quoted`: what was cut, in order."""

    new: str
    quoted: str


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
    blocks: list[tuple[int, int]] = field(default_factory=list)
    """Lines with ">" in front, as (first, past the last)."""
    has_evidence: bool = False
    """True when something names an earlier message as quoted: then all marked lines are quotation."""
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
                elif piece.strip() and piece not in (OPEN_SURE, CLOSE_SURE, CLOSE_MAYBE):
                    is_inside = is_inside and sure > 0
            page.lines.append("".join(pieces[::2]))
            page.cut.append(is_inside and (sure > 0 or OPEN_SURE in line or CLOSE_SURE in line))
        page.region_end = [-1] * len(page.lines)
        for start, end in reversed(regions):  # inner regions close first and win
            page.region_end[start:end] = [end] * (end - start)
        return page

    def mark(self) -> None:
        """Decides for each line. A forwarded message ends the search: it is what the mail is about."""
        self.has_evidence = any(self.cut)
        index = 0
        while index < len(self.lines):
            if self.cut[index]:
                index += 1
            elif is_forwarded_title(self.lines[index]):
                break
            else:
                index = self._step(index)
        for start, end in self.blocks:
            if self.has_evidence or self._is_quoted_block(start, end):
                self._cut_until(start, end)
        self._cut_wrapped_lines()
        self._cut_signature_below()

    def _step(self, index: int) -> int:
        """Cuts what begins at this line, if anything, and says where to go on."""
        line = self.lines[index]
        if _QUOTE_MARK.match(line) and not is_original_title(line):
            return self._note_block(index)
        stop, is_clear = attribution(self.lines, index)
        if stop:
            follower = self._next_words(stop)
            head = folded_head(self.lines, index)
            if follower < len(self.lines) and self._is_quotation(follower):
                return self._cut_proven(head, max(stop, self.region_end[follower]))
            if is_clear or (follower < len(self.lines) and has_header_block(self.lines, follower)):
                return self._cut_rest(head)
        elif is_above_quotation(line) and self._is_marked(self._next_words(index + 1)):
            return self._cut_proven(index, index + 1)
        if is_original_title(line) or has_header_block(self.lines, index):
            return self._cut_rest(index)
        return index + 1

    def _note_block(self, start: int) -> int:
        """Lines with ">" in front: a quotation if anything else in the mail says so; decided at the end."""
        end = start
        while end < len(self.lines) and _QUOTE_MARK.match(self.lines[end]):
            end += 1
        self.blocks.append((start, end))
        inside = [line.lstrip("> \t＞") for line in self.lines[start:end]]
        if any(attribution(inside, number)[1] for number in range(len(inside))):
            self.has_evidence = True
        self.has_evidence = self.has_evidence or has_header_block(["", *inside], 1)
        return end

    def _is_quoted_block(self, start: int, end: int) -> bool:
        """Without a word about who wrote it: at the start it is what is answered, at the end what was
        left; in between, or after a colon, it may be a command line or a list."""
        above = start - 1
        while above >= 0 and not self.lines[above].strip():
            above -= 1
        if above < 0:
            return True
        follows_colon = self.lines[above].rstrip().endswith((":", "："))
        return self._next_words(end) == len(self.lines) and not follows_colon

    def _cut_until(self, start: int, end: int) -> int:
        self.cut[start:end] = [True] * (end - start)
        return end

    def _cut_proven(self, start: int, end: int) -> int:
        self.has_evidence = True
        return self._cut_until(start, end)

    def _cut_rest(self, start: int) -> int:
        """Cuts to the end of the blockquote around, or of the mail."""
        self.has_evidence = True
        end = self.region_end[start]
        self.is_open = self.is_open or end < 0
        return self._cut_until(start, end if end >= 0 else len(self.lines))

    def _next_words(self, index: int) -> int:
        while index < len(self.lines) and not self.lines[index].replace(RULE, "").strip():
            index += 1
        return index

    def _is_marked(self, index: int) -> bool:
        return index < len(self.lines) and (
            self.cut[index] or bool(_QUOTE_MARK.match(self.lines[index]))
        )

    def _is_quotation(self, index: int) -> bool:
        return self._is_marked(index) or self.region_end[index] >= 0

    def _cut_wrapped_lines(self) -> None:
        """A quoted line broken by the sender's program: its rest lost the ">" in front."""
        for index in range(len(self.lines) - 1):
            line, rest = self.lines[index], self.lines[index + 1]
            if not self.cut[index] or self.cut[index + 1] or not _QUOTE_MARK.match(line):
                continue
            after = self.lines[index + 2] if index + 2 < len(self.lines) else ""
            goes_on = not after.strip() or _QUOTE_MARK.match(after) is not None
            if goes_on and _goes_on(line.rstrip(), rest):
                self.cut[index + 1] = True

    def _cut_signature_below(self) -> None:
        """A signature under the quotation signs the reply above, it says nothing new."""
        last = max((index for index, is_cut in enumerate(self.cut) if is_cut), default=-1)
        below = self._next_words(last + 1)
        if 0 <= last < below < len(self.lines) and _SIGNATURE_MARK.match(self.lines[below]):
            self._cut_until(below, len(self.lines))


def _goes_on(line: str, rest: str) -> bool:
    """True when `rest` is the broken-off end of the quoted `line`: it would not have fitted, goes on
    in small letters inside a sentence, or is the end of a link."""
    first = rest.split(maxsplit=1)
    if not first:
        return False
    would_overflow = len(line) + 1 + len(first[0]) > _WRAP_WIDTH
    if would_overflow and rest[:1].islower() and not line.endswith(_SENTENCE_END):
        return True
    return len(first) == 1 and _BROKEN_LINK.search(line[-500:]) is not None
