"""The words by which a phone's owner rules who may write to it. What follows from them is the core's, and Twilio's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from core.message import Wish

STOP = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
START = frozenset({"START", "YES", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})

_AROUND = re.compile(r"^[\W_]+|[\W_]+$")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")


def wish_of(
    body: str, opt_out_type: str = "", more_stop_words: Collection[str] = ()
) -> Wish | None:
    """What the whole message asks for, if it is a keyword: in any case and width, with spaces or punctuation
    around it. `opt_out_type` is what Twilio's Advanced Opt-Out has recognised itself, in any language."""
    match opt_out_type.strip().upper():
        case "STOP":
            return Wish.STOP
        case "START":
            return Wish.START
        case "HELP":
            return Wish.HELP
    word = folded(body)
    if word in STOP or word in {folded(extra) for extra in more_stop_words}:
        return Wish.STOP
    if word in START:
        return Wish.START
    return Wish.HELP if word in HELP else None


def folded(text: str) -> str:
    """Upper case, also from a Turkish or fullwidth keyboard, and without what stands around the word."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return _AROUND.sub("", plain.replace("\u0130", "I")).upper()
