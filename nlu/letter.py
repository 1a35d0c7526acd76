"""What a message asks, without the politeness around it: salutation, closing words and name. Quotations and
contact lines do not belong here; the mail channel cuts them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu.politeness import without_politeness

_GREETING = (
    r"hi|hello|hey|hiya|dear|greetings|good (?:morning|afternoon|evening|day)|to whom it may concern"
    r"|hola|buenas|buenos d[ií]as|buenas (?:tardes|noches)|estimad[oa]s?|querid[oa]s?"
    r"|hallo|moin|servus|guten (?:tag|morgen|abend)|liebe[rs]?|sehr geehrte[rs]?|gr[uü][sß]+ gott"
    r"|bonjour|bonsoir|cher|chère|salut|ol[aá]|bom dia|boa tarde|boa noite|prezad[oa]s?|car[oa]s?"
)
_CLOSING = (
    r"(?:many |kind |best |warm )?(?:thanks|thank you|thx|cheers|regards|wishes|best|sincerely|yours)"
    r"|(?:muchas |mil )?gracias|(?:un )?(?:cordial )?saludos?|atentamente|cordialmente"
    r"|(?:vielen|herzlichen|besten) dank|danke|(?:mit )?(?:freundlichen?|viele[n]?|liebe[n]?|beste[n]?) gr(?:ü|ue)(?:ß|ss)en?|mfg|lg|vg|gru(?:ß|ss)"
    r"|merci|cordialement|bien à vous|obrigad[oa]|atenciosamente|abraços"
)
_SALUTATION = re.compile(rf"\W*(?:{_GREETING})\b[^\n.?!:;]{{0,60}}[,.!:]?\W*$", re.IGNORECASE)
_GREETED = re.compile(
    rf"\W*(?:{_GREETING})(?: (?:there|all|everyone|team|sir|madam))?[.!]\s+(?=\S)", re.IGNORECASE
)
"""A greeting that is a sentence of its own, before more."""
_FAREWELL = re.compile(rf"\W*(?:{_CLOSING})\b[^\n?:;]{{0,40}}$", re.IGNORECASE)
_NAME = re.compile(r"[-–—\s]*(?:[^\W\d_][\w.'’-]*\.?)(?: [^\W\d_][\w.'’-]*\.?){0,3},?$")
_SIGNED_LINES = 3
"""At most so many lines of name and function below the closing words."""


@dataclass(frozen=True, slots=True)
class Letter:
    """`gist`: what is left without salutation, closing words and name. `greets`: whether there was a salutation."""

    gist: str
    greets: bool = False


def read_letter(text: str) -> Letter:
    """A message of several lines is read as a letter; of one line what fills whole sentences; nothing but politeness is its
    own gist."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 2:
        greeting = _GREETED.match(text)
        gist = without_politeness(text[greeting.end() :] if greeting else text)
        return Letter(gist, bool(greeting))
    greets = bool(_SALUTATION.match(lines[0]))
    gist = without_politeness("\n".join(lines[int(greets) : _end(lines)]).strip())
    return Letter(gist, greets) if gist else Letter(text)


def _end(lines: list[str]) -> int:
    """The index of the first line of closing words or, after an empty line, of a bare name."""
    last = len(lines)
    for index in range(len(lines) - 1, max(0, len(lines) - 3 - _SIGNED_LINES), -1):
        if _FAREWELL.match(lines[index]) and all(_is_name(line) for line in lines[index + 1 :]):
            last = index
    while last == len(lines) and len(lines) > 2 and not lines[-2] and _is_name(lines[-1]):
        last = len(lines) - 1
    return last


def _is_name(line: str) -> bool:
    """A line of one to four words that says nothing: every word begins with a capital, or there is none."""
    if not line:
        return True
    return bool(_NAME.match(line)) and all(not word[0].islower() for word in line.split())
