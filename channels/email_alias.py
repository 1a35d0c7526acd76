"""To which of a mailbox's addresses a mail was written. From which one it is answered is `email`."""

from __future__ import annotations

from channels.email_address import mailboxes, normalised
from channels.email_mime import Headers

_HEADERS = ("to", "cc", "x-original-to", "envelope-to", "delivered-to")
"""What its writer chose before what servers note, for these may name the mailbox behind an alias."""


def written_to(headers: Headers, named: frozenset[str]) -> str:
    """The first of these addresses that it names; empty where it names none, as an answer to a signed address."""
    boxes = (box for name in _HEADERS for value in headers.all(name) for box in mailboxes(value))
    return next((one for box in boxes if (one := normalised(box.address)) in named), "")
