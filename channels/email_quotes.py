"""What a customer wrote newly, apart from the earlier messages quoted with it. Signatures do not belong here.

When unsure the text stays: a quotation too much is a nuisance, a lost sentence is a wrong answer.
What was cut stands in `Inbound.quoted` and the original one click away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from channels import email_quote_words as words
from channels.email_attribution import (
    attribution,
    end_of_labels,
    folded_head,
    has_header_block,
    initials_before,
    is_above_quotation,
    is_folded_above_quotation,
    is_pasted_head,
    parted,
    supercited,
    tells_who_wrote_when,
)
from channels.email_marked import (
    are_questions,
    bare,
    goes_on,
    is_announced,
    is_escaped,
    is_head_alone,
    is_left_at_the_end,
    is_marked,
    is_own,
    names_a_message,
)
from channels.email_notes import is_head_of_notes
from channels.email_text import (
    CLOSE_MAYBE,
    CLOSE_SURE,
    MARKS,
    OPEN_MAYBE,
    OPEN_SURE,
    RULE,
    html_to_marked_text,
)
from channels.email_titles import (
    is_answer_line,
    is_dated_title,
    is_forwarded_title,
    is_original_title,
    is_rule,
)

MAX_TEXT = 512 * 1024
"""Characters of one body that are examined; nobody types more."""

_QUOTED_PEOPLE = 5
"""So many are quoted by their initials in one mail; each costs a look at every line."""

_SIGNATURE_MARK = re.compile(r"\s*--\s*$")
_SAYS_MORE = re.compile(r"[?？؟]|^\W{0,3}P\.? ?S\b\.?")
_MOBILE = re.compile(rf"\W{{0,3}}(?:{'|'.join(words.MOBILE)})", re.IGNORECASE)
_ANSWERS = re.compile(rf"(?:{'|'.join(map(re.escape, words.ANSWERS))})", re.IGNORECASE)
_POINTS = re.compile(
    rf"\W{{0,3}}(?:{'|'.join(map(re.escape, words.SEE))})[\s.]{{1,3}}(?:\w{{1,12}} ){{0,2}}(?:{'|'.join(map(re.escape, words.BELOW))})\W{{0,3}}",
    re.IGNORECASE,
)
_INSIDE = re.compile(rf"(?:{'|'.join(map(re.escape, words.INSIDE))})", re.IGNORECASE)


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
    page = _Page.of([part for line in text[:MAX_TEXT].split("\n") for part in parted(line)])
    page.mark()
    rest = text[MAX_TEXT:].split("\n") if len(text) > MAX_TEXT else []
    page.lines.extend(rest)
    page.cut.extend([page.is_open] * len(rest))
    pairs = list(zip(page.lines, page.cut, strict=True))
    new = _joined([line for line, is_cut in pairs if not is_cut])
    if _says_nothing(new) or page.answers_inside():
        return Split(_joined(page.lines), "")
    return Split(new, _joined([line for line, is_cut in pairs if is_cut]))


def _says_nothing(new: str) -> bool:
    """True when only the telephone wrote: what the person wrote then stands inside the quotation."""
    return all(_MOBILE.match(line) for line in new.split("\n") if line.strip())


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
    evidence: int = -1
    """Where something first names an earlier message as quoted, or -1: marked lines below it are quotation."""
    latest: dict[str, int] = field(default_factory=dict)
    """Where each line stands last, without its marks."""
    initials: set[str] = field(default_factory=set)
    """By which quoted lines were known from there on to the end."""
    asks: bool = False
    """True when all marked lines are questions, each with something below it."""
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
        if any(self.cut):
            self.evidence = self.cut.index(True)
        index = 0
        while index < len(self.lines):
            if self.cut[index]:
                index += 1
            elif is_forwarded_title(self.lines[index]):
                break
            else:
                index = self._step(index)
        self.asks = are_questions([self.lines[first:stop] for first, stop in self.blocks])
        for start, end in self.blocks:
            if self._is_quoted_block(start, end):
                drawn = start > 0 and is_rule(self.lines[start - 1])
                self._cut_until(start - drawn, end)
                if self._above(start) and is_head_alone(self.lines[start:end]):
                    self._cut_rest(start)
        self._cut_wrapped_lines()
        self._cut_signature_below()

    def _step(self, index: int) -> int:
        """Cuts what begins at this line, if anything, and says where to go on."""
        line = self.lines[index]
        if name := supercited(line):
            return self._cut_initialled(index, f"{name}>")
        if is_marked(line) and not is_original_title(line):
            return self._note_block(index)
        if tells_who_wrote_when(line):
            below = self._next_words(index + 1)
            if below < len(self.lines) and (initials := initials_before(self.lines[below])):
                return self._cut_initialled(index, f"{initials}>")
        if is_dated_title(line) and has_header_block(self.lines, index):
            return self._cut_rest(self._drawn_above(index))
        stop, is_clear = attribution(self.lines, index)
        if stop:
            follower = self._next_words(stop)
            head = folded_head(self.lines, index)
            if follower < len(self.lines) and self._is_quotation(follower):
                return self._cut_proven(head, max(stop, self.region_end[follower]))
            if is_clear or (follower < len(self.lines) and has_header_block(self.lines, follower)):
                return self._cut_rest(head)
        elif lines := self._lines_above_quotation(index):
            return self._cut_proven(index, index + lines)
        if is_original_title(line):
            return self._cut_rest(self._drawn_above(index) if is_answer_line(line) else index)
        is_head = has_header_block(self.lines, index) or is_head_of_notes(self.lines, index)
        if is_head and is_pasted_head(self.lines, index):
            return end_of_labels(self.lines, index)
        if is_head and not is_announced(self._above(index)):
            return self._cut_rest(index)
        return index + 1

    def _lines_above_quotation(self, index: int) -> int:
        """Over how many lines, one or two, there stands here what only a marked quotation below it makes an attribution."""
        line, rest = self.lines[index], self.lines[index + 1 : index + 2]
        if is_above_quotation(line) and self._is_marked(self._next_words(index + 1)):
            return 1
        if not rest or is_marked(rest[0]) or not is_folded_above_quotation(line, rest[0]):
            return 0
        return 2 if self._is_marked(self._next_words(index + 2)) else 0

    def _drawn_above(self, index: int) -> int:
        """Where the line begins that a program drew above its title, else here."""
        above = index - 1
        while above >= 0 and not self.lines[above].strip():
            above -= 1
        is_drawn = above > 0 and (
            is_rule(self.lines[above]) or _SIGNATURE_MARK.match(self.lines[above])
        )
        return above if is_drawn else index

    def _cut_initialled(self, index: int, start: str) -> int:
        """Cuts the line here and, wherever they stand below it, those that begin with these initials, and above it their copies; of a few people."""
        self._cut_proven(index, index + 1)
        if start in self.initials or len(self.initials) == _QUOTED_PEOPLE:
            return index + 1
        self.initials.add(start)
        below = {line.strip() for line in self.lines[index + 1 :]}
        for number, line in enumerate(self.lines):
            is_here = line.lstrip().startswith(start)
            if is_here and (number > index or line.strip() in below):
                self.cut[number] = True
        return index + 1

    def _note_block(self, start: int) -> int:
        """Lines with ">" in front; what they are is decided at the end."""
        end = start
        while end < len(self.lines) and is_marked(self.lines[end]):
            end += 1
        self.blocks.append((start, end))
        if names_a_message(self.lines[start:end]):
            self._note_evidence(start)
        return end

    def _is_quoted_block(self, start: int, end: int) -> bool:
        """Below a word about who wrote it, unless the writer announces it; above, when it is copied from what is
        quoted below. Without such a word at the start it is what is answered, at the end what was left; in
        between it may be a command line or a list."""
        block, above = self.lines[start:end], self._above(start)
        if is_escaped(block):
            return False
        if 0 <= self.evidence <= start:
            return not (above and is_announced(above))
        if self.evidence >= 0 and self._is_copied(start, end):
            return True
        if self.asks:
            return not (above and is_announced(above))
        if not above:
            return not is_own(block)
        below = self._next_words(end)
        is_last = below == len(self.lines) or self.cut[below]
        is_apart = not self.lines[start - 1].strip()
        return is_last and is_left_at_the_end(block, above, is_apart)

    def _is_copied(self, start: int, end: int) -> bool:
        """True when the block stands once more below it."""
        if not self.latest:
            self.latest = {bare(line): number for number, line in enumerate(self.lines)}
        return all(self.latest[bare(line)] >= end for line in self.lines[start:end])

    def _above(self, index: int) -> str:
        """The nearest words above, empty when there are none or they are quoted."""
        index -= 1
        while index >= 0 and not self.lines[index].replace(RULE, "").strip():
            index -= 1
        return "" if index < 0 or self.cut[index] else self.lines[index]

    def answers_inside(self) -> bool:
        """True when the text says that the answers stand inside the quotation, or only points there, and none stand apart
        from it."""
        first = self.cut.index(True) if True in self.cut else len(self.cut)
        apart = zip(self.lines[first:], self.cut[first:], strict=True)
        if first == len(self.cut) or any(line.strip() and not is_cut for line, is_cut in apart):
            return False
        above = [line for line in self.lines[:first] if line.strip()]
        if len(above) <= 6 and any(_POINTS.fullmatch(line) for line in above):
            return True
        return any(_ANSWERS.search(line) and _INSIDE.search(line) for line in above)

    def _note_evidence(self, index: int) -> None:
        self.evidence = index if self.evidence < 0 else min(self.evidence, index)

    def _cut_until(self, start: int, end: int) -> int:
        self.cut[start:end] = [True] * (end - start)
        return end

    def _cut_proven(self, start: int, end: int) -> int:
        self._note_evidence(start)
        return self._cut_until(start, end)

    def _cut_rest(self, start: int) -> int:
        """Cuts to the end of the blockquote around, or of the mail."""
        self._note_evidence(start)
        end = self.region_end[start]
        self.is_open = self.is_open or end < 0
        return self._cut_until(start, end if end >= 0 else len(self.lines))

    def _next_words(self, index: int) -> int:
        while index < len(self.lines) and not self.lines[index].replace(RULE, "").strip():
            index += 1
        return index

    def _is_marked(self, index: int) -> bool:
        return index < len(self.lines) and (self.cut[index] or is_marked(self.lines[index]))

    def _is_quotation(self, index: int) -> bool:
        return self._is_marked(index) or self.region_end[index] >= 0

    def _cut_wrapped_lines(self) -> None:
        """A quoted line broken by the sender's program: its rest lost the ">" in front."""
        for index in range(len(self.lines) - 1):
            line, rest = self.lines[index], self.lines[index + 1]
            if not self.cut[index] or self.cut[index + 1] or not is_marked(line):
                continue
            after = self.lines[index + 2] if index + 2 < len(self.lines) else ""
            if (not after.strip() or is_marked(after)) and goes_on(line.rstrip(), rest, after):
                self.cut[index + 1] = True

    def _cut_signature_below(self) -> None:
        """A signature under the quotation signs the reply above, it says and asks nothing new."""
        last = max((index for index, is_cut in enumerate(self.cut) if is_cut), default=-1)
        below = self._next_words(last + 1)
        if last < 0 or below == len(self.lines) or not _SIGNATURE_MARK.match(self.lines[below]):
            return
        above = zip(self.lines[:below], self.cut[:below], strict=True)
        has_reply = any(line.strip() and not is_cut for line, is_cut in above)
        if has_reply and not any(map(_SAYS_MORE.search, self.lines[below:])):
            self._cut_until(below, len(self.lines))
