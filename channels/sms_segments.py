"""How many segments a text takes on the air, and how to say less where it takes too many. Pure.

3GPP TS 23.038: a segment holds 160 characters of the GSM alphabet (153 where there are several), a few of which take
two places; a text with any other character holds 70 (67) UTF-16 units. Neither an escape pair nor a surrogate pair is
parted between two segments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_PLAINER = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
        "\u2026": "...", "\u2022": "-", "\u00b7": "-", "\u2192": "->",
        "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u200a": " ", "\u202f": " ", "\u3000": " ",
        "\u200b": "", "\u200d": "\u200d", "\ufeff": "", "\u00ad": "", "\t": " ",
    }
)  # fmt: skip
"""Typesetters' characters that would turn 160 places into 70; what they mean stays."""
_ENDS = re.compile(r"(?<=[.!?…。])(?=\s)|(?=\n)")


class Alphabet(Enum):
    """What one segment holds: alone, and as one of several."""

    GSM = (160, 153)
    UCS2 = (70, 67)


def alphabet_of(text: str) -> Alphabet:
    """The alphabet that the whole text is sent in."""
    return Alphabet.GSM if _BASIC.union(_EXTENDED).issuperset(text) else Alphabet.UCS2


def segments(text: str) -> int:
    """How many messages this is on the air, 1 for an empty text."""
    alphabet = alphabet_of(text)
    alone, joined = alphabet.value
    if sum(_widths(text, alphabet)) <= alone:
        return 1
    count, used = 1, 0
    for width in _widths(text, alphabet):
        if used + width > joined:
            count, used = count + 1, 0
        used += width
    return count


def plainer(text: str) -> str:
    """Typographic quotes, dashes and spaces as the GSM alphabet has them, if that makes the text one of it;
    else the text as it was."""
    plain = text.translate(_PLAINER)
    return plain if alphabet_of(plain) is Alphabet.GSM else text


def fitted(text: str, link: str, budget: int) -> str:
    """The text, and the link beneath it, in at most `budget` segments where that can be: as many whole
    sentences as fit, else words. Without a link nothing is left out, however long it is."""
    whole = plainer(text.strip())
    if not link:
        return whole
    if segments(with_link := f"{whole}\n{link}") <= budget:
        return with_link
    tail = f" ...\n{link}"
    for cuts in (_sentences(whole), _words(whole)):
        if kept := _longest(whole, cuts, tail, budget):
            return kept
    return link


def _longest(whole: str, cuts: list[int], tail: str, budget: int) -> str:
    """Cut as late as the budget allows; empty where even the first cut is too late. More text never takes
    fewer segments, but for the alphabet: a text once UCS-2 stays so."""
    low, high = 0, len(cuts)
    while low < high:
        middle = (low + high + 1) // 2
        if segments(whole[: cuts[middle - 1]].rstrip() + tail) <= budget:
            low = middle
        else:
            high = middle - 1
    return whole[: cuts[low - 1]].rstrip() + tail if low else ""


def _sentences(text: str) -> list[int]:
    return [match.start() for match in _ENDS.finditer(text) if match.start() > 0]


def _words(text: str) -> list[int]:
    return [match.start() for match in re.finditer(r"\s+", text) if match.start() > 0]


def _widths(text: str, alphabet: Alphabet) -> Iterable[int]:
    if alphabet is Alphabet.GSM:
        return (2 if character in _EXTENDED else 1 for character in text)
    return (2 if ord(character) > 0xFFFF else 1 for character in text)
