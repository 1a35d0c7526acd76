"""What colleagues decided about mail of a sender: always a ticket, or never one. Where it is kept is `store.rulings`."""

from __future__ import annotations

import re
from enum import StrEnum

LONGEST = 253
_DOMAIN = re.compile(r"(?!-)[^\s@<>,;:/.\x00-\x1f]{1,63}(?:\.[^\s@<>,;:/.\x00-\x1f]{1,63}){1,20}")
_SUFFIX = re.compile(r"(?:ac|asso|co|com|edu|go|gob|gov|ne|net|nom|or|org)\.[a-z]{2}")
"""Under which others register names of their own: nobody's domain."""
_EVERYBODYS = re.compile(
    r"(?:gmail|googlemail|outlook|icloud|aol|aim|msn|fastmail|mailbox|posteo|tutanota|zoho|rediffmail|comcast|verizon)\.(?:com|net|org|de)"
    r"|(?:hotmail|live|yahoo|ymail|rocketmail|gmx|orange|yandex|protonmail)\.[a-z]{2,3}(?:\.[a-z]{2})?"
    r"|(?:me|mac|mail|naver|qq|163|126|sina)\.com|(?:web|t-online|freenet|arcor)\.de|(?:proton|pm)\.me"
    r"|(?:free|sfr|wanadoo|laposte|neuf|bbox)\.(?:fr|net)|(?:libero|virgilio|tiscali|tin|alice)\.it"
    r"|(?:uol|bol|terra|ig)\.com\.br|(?:sapo|iol)\.pt|(?:mail|bk|list|inbox|rambler)\.ru|(?:daum|hanmail)\.net|(?:wp|o2|onet|interia)\.pl"
    r"|(?:bluewin|hispeed)\.ch|(?:telenet|skynet)\.be|(?:ziggo|kpnmail|planet)\.nl|(?:btinternet|sky)\.com|(?:ukr)\.net"
)
"""Who gives addresses to anybody: people there have nothing to do with one another."""


class Ruling(StrEnum):
    """Of one sender or one domain, in one inbox."""

    ALWAYS = "always"
    """A ticket opens, also where a machine wrote it; then in silence."""
    NEVER = "never"
    """It is kept, and no ticket opens."""


def domain_in(typed: str) -> str:
    """The domain that somebody typed, with or without an @ or *. before it, lower case; empty where it is none."""
    name = typed.strip().lower().removeprefix("@").removeprefix("*.").rstrip(".")
    is_one = len(name) <= LONGEST and _DOMAIN.fullmatch(name) and not _SUFFIX.fullmatch(name)
    return name if is_one else ""


def is_everybodys(domain: str) -> bool:
    """True where a decision about the domain would be one about strangers."""
    return bool(_EVERYBODYS.fullmatch(domain))


def domains_of(address: str) -> tuple[str, ...]:
    """The domain of a mail address and those above it, the narrowest first, down to two names."""
    names = address.rpartition("@")[2].strip().lower().rstrip(".").split(".")[-12:]
    return tuple(".".join(names[place:]) for place in range(len(names) - 1))
