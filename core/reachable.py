"""Whether words say no more than where somebody can be reached. Finding addresses in a text is not done here."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"\S+@\S+")
_WORD = re.compile(r"[^\W\d_]+")
_NOWHERE = {"no", "nein", "non", "não", "nao", "لا"}


def says_only_where(text: str) -> bool:
    """What is answered to the question for an address: the address or number alone, or that there is none."""
    words = _WORD.findall(_ADDRESS.sub(" ", text))
    return not words or (len(words) == 1 and words[0].casefold() in _NOWHERE)
