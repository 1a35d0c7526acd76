"""Lines that stand between a reply and an earlier message as titles: `-----Original Message-----`, `Reply above this line`, a drawn rule. Who wrote what when is `email_attribution`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels import email_quote_words as words
from channels.email_text import RULE

LONGEST = 400
"""Characters of a line beyond which it is no title and no attribution."""


def any_of(alternatives: Sequence[str]) -> str:
    """A pattern for one of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(set(alternatives), key=len, reverse=True))


_DASHES = r"[-_=*~—–─━]"
_ORIGINAL = re.compile(
    rf"(?:{_DASHES}\s?){{2,40}}\s*(?:{any_of(words.ORIGINAL)})\s*[:：]?\s*(?:{_DASHES}\s?){{2,40}}",
    re.IGNORECASE,
)
_DASHED_TITLE = re.compile(rf"{_DASHES}{{4,}}\s*[^\W\d_][^-_=*\n]{{2,40}}\s*{_DASHES}{{4,}}")
_FORWARDED = re.compile(
    rf"(?:{_DASHES}\s?){{2,40}}\s*(?:{any_of(words.FORWARDED)})[^\n]{{0,80}}?(?:{_DASHES}\s?){{2,40}}"
    rf"|(?:{any_of(words.FORWARDED)})\s*[:：]",
    re.IGNORECASE,
)
_RULE_LINE = re.compile(rf"(?:{_DASHES}\s?){{10,200}}|{RULE}")
_DATED_TITLE = re.compile(
    r"Message du (?:: )?\d{1,2}/\d{1,2}/\d{2,4} (?:à )?\d{1,2}[:h]\d\d", re.IGNORECASE
)
_FORWARD_SUBJECT = re.compile(
    rf"\s*(?:\[[^\]]{{1,30}}\]\s*)?(?:{any_of(words.FORWARD_PREFIXES)})\s*[:：]", re.IGNORECASE
)


def is_forward_subject(subject: str) -> bool:
    """True for `Fwd: ...`, `WG: ...`, `RV: ...` and their like."""
    return bool(_FORWARD_SUBJECT.match(subject[:LONGEST]))


_GROUPWISE = re.compile(
    r">>> [^\n]{0,200}@[^\n]{0,200}\d[^\n]{0,40}>>>|>>> [^\n<>@]{2,80} \d[\d./-]+ [^\n>]{2,20}>>>"
)
_ABOVE_HERE = re.compile(
    rf"[^\w\s]{{2,40}}[^\n]{{0,80}}(?:{any_of(words.ABOVE_HERE)})[^\n]{{0,80}}", re.IGNORECASE
)


_ANSWER_HERE = re.compile(
    rf"(?=(?:{any_of(words.ANSWER_HERE)})(?!\w)|[^\n]{{0,80}}(?:{any_of(words.ANSWER_HERE_UNSPACED)}))"
    rf"[^\n]{{0,60}}(?:{any_of(words.ABOVE_HERE)})(?!\w)[^\n]{{0,50}}",
    re.IGNORECASE,
)


def fits(pattern: re.Pattern[str], line: str) -> bool:
    """True when a line, without the space around it, is all of the pattern and not too long."""
    return len(line) <= LONGEST and pattern.fullmatch(line.strip()) is not None


def is_answer_line(line: str) -> bool:
    """`Reply above this line.`, with or without signs around it: what stands below is the help desk's."""
    return fits(_ABOVE_HERE, line) or fits(_ANSWER_HERE, line)


def is_original_title(line: str) -> bool:
    """`-----Original Message-----`, `##- Please type your reply above this line -##`: an earlier message follows
    to the end."""
    return fits(_ORIGINAL, line) or fits(_GROUPWISE, line) or is_answer_line(line)


def is_forwarded_title(line: str) -> bool:
    """`---------- Forwarded message ---------`, `Begin forwarded message:`."""
    return fits(_FORWARDED, line)


def is_dated_title(line: str) -> bool:
    """`Message du 18/11/26 14:03`: Orange's webmail names the moment there, and in the labels below only people."""
    return fits(_DATED_TITLE, line)


def is_rule(line: str) -> bool:
    """A line drawn with dashes or underscores."""
    return fits(_RULE_LINE, line)


def is_drawn_title(line: str) -> bool:
    """A rule, or a few words between dashes: labels may follow."""
    return fits(_RULE_LINE, line) or fits(_DASHED_TITLE, line)
