"""The list on which everybody reads a mail, and the names that its threads have there. Which conversation it joins is the store's."""

from __future__ import annotations

import re
from typing import Protocol

from channels.email_address import Mailbox
from channels.email_automatic import fails_dmarc, passes_dmarc
from channels.email_lists import LIST, people_may_have_typed, posting_addresses
from channels.email_mime import Headers
from core.ids import ThreadKey
from core.message import Circle

_LIST_ID = re.compile(r"<\s*([^<>\s]{3,250})\s*>")


class _Mail(Protocol):
    """What is needed of a mail; `channels.email_parse` reads it."""

    @property
    def headers(self) -> Headers: ...
    @property
    def message_id(self) -> str: ...
    @property
    def in_reply_to(self) -> tuple[str, ...]: ...
    @property
    def references(self) -> tuple[str, ...]: ...


def in_circle(
    mail: _Mail, visible: Mailbox, authserv_id: str, is_relayed: bool
) -> tuple[Circle | None, tuple[ThreadKey, ...]]:
    """The list it came through, if our own server does not contradict that, and the names that this mail has from now on.

    `visible`: what stands in From. Where that is the list's own address (`is_relayed`), it is believed only if proven.
    """
    own = (mail.message_id,) if mail.message_id else ()
    name, known = circle_of(mail.headers), tuple(ThreadKey(f"<{one}>") for one in own)
    if not name or (is_relayed and not passes_dmarc(mail.headers, authserv_id, visible)):
        return None, known
    if fails_dmarc(mail.headers, authserv_id):
        return None, known
    named = dict.fromkeys((*mail.in_reply_to, *reversed(mail.references)))
    keys, mine = ([ThreadKey(f"list:{name}:<{one}>") for one in ids] for ids in (named, own))
    return Circle(tuple(keys), is_word=is_relayed), (*known, *mine)


def circle_of(headers: Headers) -> str:
    """The name of the list whose members write to one another; empty where this is none."""
    if people_may_have_typed(headers) != LIST:
        return ""
    named = _LIST_ID.findall(headers.text("list-id"))
    places = sorted(posting_addresses(headers))
    return named[-1].strip().lower() if named else places[0] if places else ""
