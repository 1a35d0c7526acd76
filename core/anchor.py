"""The name of a place inside an article, the same for search, citations and the help portal: a heading, a minute, a page."""

from __future__ import annotations

import re
import unicodedata


def anchor_of(heading: str) -> str:
    """`"1. Cómo pagar?"` -> `"1-como-pagar"`: ASCII, lower case, words joined by hyphens; may be empty."""
    folded = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-")


def moment_of(anchor: str) -> str:
    """The minute of a video that an anchor leads to, as a clock shows it: `t=95` -> `1:35`; else empty."""
    seconds = anchor.removeprefix("t=")
    if seconds == anchor or not seconds.isascii() or not seconds.isdigit():
        return ""
    hours, rest = divmod(int(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
