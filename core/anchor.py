"""The name of a place inside an article, the same for search, citations and the help portal: a heading, a minute, a page."""

from __future__ import annotations

import re
import unicodedata


def anchor_of(heading: str) -> str:
    """`"1. Cómo pagar?"` -> `"1-como-pagar"`: ASCII, lower case, words joined by hyphens; may be empty."""
    folded = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-")


def second_of(anchor: str) -> int | None:
    """The second of a video that an anchor leads to: `t=95` -> 95; None for any other place."""
    seconds = anchor.removeprefix("t=")
    is_moment = seconds != anchor and seconds.isascii() and seconds.isdigit()
    return int(seconds) if is_moment else None


def moment_of(anchor: str) -> str:
    """The minute of a video that an anchor leads to, as a clock shows it: `t=95` -> `1:35`; else empty."""
    second = second_of(anchor)
    if second is None:
        return ""
    hours, rest = divmod(second, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
