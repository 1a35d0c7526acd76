"""The words of a text as search compares them: without case and accents, each also by its beginnings. No index here."""

from __future__ import annotations

import re
import unicodedata

from core.letters import joined

SHORTEST = 3
LONGEST = 10
"""Beginnings of this many characters are found too, so that a word is found while it is typed."""
_WORD = re.compile(joined(r"[^\W_]"))
_DENSE = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)
"""Thai, Lao, Burmese, Khmer, kana, Han and Hangul."""
_VIRAMA = 9
"""The class of the marks that bind two letters of Indic scripts: no accents, but a part of how a word is written."""


def words_of(text: str) -> list[str]:
    """The words in their order. Where a script sets no spaces, each pair of neighbouring signs is one."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in plain if unicodedata.combining(sign) in {0, _VIRAMA})
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFC", plain.casefold())):
        if _DENSE.fullmatch(word) and len(word) > 1:
            found.extend(word[at : at + 2] for at in range(len(word) - 1))
        else:
            found.append(word[:64])
    return found


def terms_of(text: str) -> set[str]:
    """All under which a text is to be found: its words and their beginnings."""
    found: set[str] = set()
    for word in set(words_of(text)):
        found.add(word)
        found.update(word[:length] for length in range(SHORTEST, min(len(word), LONGEST + 1)))
    return found
