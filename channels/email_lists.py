"""Mail that came through a mailing list or was sent in bulk: which of it a person may have typed, and who. No texts for people here.

Sources: RFC 2369 and 2919 (list headers), RFC 8058 (one-click unsubscribing), [MS-OXCMAIL] 2.1.3.2.20 (X-Auto-Response-Suppress),
and what Mailman, Google Groups, Groups.io, ezmlm and Sympa write. The rule is told in docs/channels/email.md.
"""

from __future__ import annotations

import re

from channels.email_address import Mailbox, is_plausible, mailboxes, normalised
from channels.email_mime import Headers

LIST, BULK = "list", "bulk"
"""Why nothing is answered by machine though a person may have typed it: a list is between us; its headers ask for that."""

_PLACES = frozenset(
    [
        "mailing-list",
        "x-mailing-list",
        "x-mailinglist",
        "x-listname",
        "x-ml-name",
        "x-beenthere",
        "x-google-group-id",
    ]
)
"""Only lists write these on which members write to one another."""
_SENT_IN_BULK = frozenset(["feedback-id", "list-unsubscribe-post", "x-csa-complaints"])
"""Large mailings must carry these; a list that people write to may add them too."""
_ALSO_BY_PEOPLE = frozenset(["feedback-id", "x-loop", "x-ms-exchange-inbox-rules-loop"])
"""Sending services, forwarders and inbox rules add these to whatever passes, letters of people too."""
_PRECEDENCE = re.compile(r"bulk|list", re.IGNORECASE)
_SUPPRESSED = re.compile(r"\b(?:autoreply|oof)\b", re.IGNORECASE)
"""Exchange writes so under what passes a distribution group; `All` is written by machines about their own mail."""
_POST = re.compile(r"<\s*mailto:([^<>?\s]{3,320})", re.IGNORECASE)


def forbids_answers(headers: Headers) -> bool:
    """True where a list or a mailer says that no machine may answer, whoever typed the mail."""
    marks = _PLACES | _ALSO_BY_PEOPLE
    return (
        any(name.startswith("list-") or name in marks for name, _ in headers.lines)
        or bool(_precedence(headers))
        or bool(_SUPPRESSED.search(headers.text("x-auto-response-suppress")))
    )


def people_may_have_typed(headers: Headers) -> str:
    """`LIST` or `BULK` where only such signs stand against an answer, "" where there are none or it is a newsletter.

    A mail of members of a list is always theirs, whatever the list adds. Without a place to write to, one sign of a
    large mailing beside those of a list makes a newsletter.
    """
    if posting_addresses(headers) or any(name in _PLACES for name, _ in headers.lines):
        return LIST
    names = {name for name, _ in headers.lines}
    precedence = _precedence(headers)
    is_list = any(name.startswith("list-") for name in names) or "list" in precedence
    if "bulk" in precedence or (is_list and _is_large_mailing(headers, names)):
        return ""
    if is_list:
        return LIST
    return BULK if forbids_answers(headers) else ""


def _precedence(headers: Headers) -> set[str]:
    lines = [value for name in ("precedence", "x-precedence") for value in headers.all(name)]
    return {word.lower() for line in lines for word in _PRECEDENCE.findall(line.decode("latin-1"))}


def _is_large_mailing(headers: Headers, names: set[str]) -> bool:
    return bool(names & _SENT_IN_BULK) or headers.text("list-post").strip().lower() == "no"


def posting_addresses(headers: Headers) -> frozenset[str]:
    """Where members write to, normalised; none for a list on which only its owner does."""
    found = _POST.findall(" ".join(value.decode("latin-1") for value in headers.all("list-post")))
    return frozenset(normalised(address) for address in found)


def writer_behind(headers: Headers, visible: Mailbox, own: frozenset[str]) -> Mailbox | None:
    """Who wrote a mail under which the list put its own address, as lists do for domains that forbid others to send in their
    name; None where the visible sender is the writer, or nothing tells who it was.

    It is the list's word, or that of whoever pretends to be one: it proves nothing.
    """
    lists = posting_addresses(headers)
    if normalised(visible.address) not in lists:
        return None
    for name in ("x-original-from", "reply-to", "x-original-sender"):
        for box in mailboxes(headers.raw(name)):
            if is_plausible(box.address) and normalised(box.address) not in lists | own:
                return box
    return None
