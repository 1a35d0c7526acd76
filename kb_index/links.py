"""Addresses in the words of an article: those of hosts that are allowed stay, others are left out. Links of the product's own pages do not belong here."""

from __future__ import annotations

import re
from collections.abc import Set
from urllib.parse import urlsplit

_LINK = re.compile(r"\s*\(?\b(?P<address>(?:https?://|www\.)[^\s)>\]]+)\)?", re.IGNORECASE)
_ENDS = ".,;:!?'\"»”’*_"
"""What stands behind an address and belongs to the sentence."""


def without_foreign_links(text: str, allowed: Set[str]) -> str:
    """`text` without the addresses of other hosts than those `allowed` (in small letters), with or without `https://` before them:
    programs that show a message make links of both."""

    def keep(match: re.Match[str]) -> str:
        address = match["address"].rstrip(_ENDS)
        end = match["address"][len(address) :]
        return match.group() if _host_of(address) in allowed else end

    return _LINK.sub(keep, text).strip()


def _host_of(address: str) -> str:
    """The host that a browser would ask; "" where programs could read another one, or none."""
    if "\\" in address:  # a browser takes it for a slash
        return ""
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        return "" if "@" in parts.netloc else parts.hostname or ""
    except ValueError:  # `http://[address of your router]`
        return ""
