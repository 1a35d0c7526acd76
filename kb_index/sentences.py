"""Where sentences begin and end, in several languages; what they mean does not belong here."""

from __future__ import annotations

import re

_ABBREVIATED = """
e.g i.e etc vs mr mrs ms dr prof sr jr st no nos fig approx inc ltd co corp dept est min max tel ext
p.m a.m u.s u.k cf al ca vol art ed pp jan feb mar apr jun jul aug sep sept oct nov dec
ej p.ej sra srta ud uds núm num pág av aprox
z.b d.h u.a bzw usw nr str ggf evtl inkl exkl zzgl abs vgl bspw mind sog mwst o.ä u.ä
"""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())

_BOUNDARY = re.compile(
    r"(?<=[.!?…؟])(?P<close>[\"'”’»)\]]*)(?P<gap>\s+)(?=[\"'“‘«(\[¿¡]*[\w`$€£])|\n+"
)


def split(text: str, language: str = "") -> list[tuple[int, int]]:
    """(start, end) of each sentence, blanks outside; the sentences with what stands between are the text.

    A line break always ends a sentence. A full stop does not after an abbreviation, an initial, a list
    number or inside a number (`EUR 5.90`), and not where the next word goes on in lower case.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match.group("gap") is not None and not _ends(text, start, match, language):
            continue
        _add(found, text, start, match.start("gap") if match.group("gap") else match.start())
        start = match.end()
    _add(found, text, start, len(text))
    return found


def _ends(text: str, start: int, match: re.Match[str], language: str) -> bool:
    following = text[match.end() : match.end() + 1]
    if following.islower():
        return False
    if text[match.start() - 1] != ".":
        return True
    before = text[start : match.start() - 1].rsplit(None, 1)
    word = before[-1].lstrip("(\"'“‘«[").lower() if before else ""
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()):
        return False
    is_list_number = word.isdigit() and len(before) == 1
    is_german_date = word.isdigit() and len(word) <= 2 and language == "de"
    return not (is_list_number or is_german_date)


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        found.append((start, end))
