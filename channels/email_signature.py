"""The signature under a mail. Quotations do not belong here; they are cut before."""

from __future__ import annotations

import re

_DELIMITER = re.compile(r"\s*(?:--|—)\s*$")


def without_signature(text: str, sender: str = "") -> tuple[str, str]:
    """(text, signature); the signature is empty unless it is sure."""
    lines = text.split("\n")
    for index in range(len(lines) - 1, max(-1, len(lines) - 16), -1):
        if _DELIMITER.match(lines[index]) and any(
            line.strip() for line in lines[:index]
        ):
            return "\n".join(lines[:index]).rstrip(), "\n".join(
                lines[index + 1 :]
            ).strip()
    return text, ""
