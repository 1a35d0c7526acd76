"""The name of a heading inside its article, the same for search, citations and the help portal."""

from __future__ import annotations

import re
import unicodedata


def anchor_of(heading: str) -> str:
    """`"1. Cómo pagar?"` -> `"1-como-pagar"`: ASCII, lower case, words joined by hyphens; may be empty."""
    folded = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-")
