"""Whom a machine may tell that their mail could not be read, by its first lines alone. What is told, and how often, is `bot.unreadable`.

The mail has broken us, so it is not parsed again: a bounded piece of its headers is split, and where anything is missing,
doubled or cut off there is nobody. A wrong no costs nothing that a person at the desk does not see; a wrong yes is a mail
to somebody who never wrote (RFC 3834, section 2).
"""

from __future__ import annotations

import re

from channels.contract_unread import Named
from channels.email_address import Mailbox, conversation_of, is_plausible, mailboxes, normalised
from channels.email_automatic import is_automatic, is_doubted
from channels.email_charset import parameters
from channels.email_mime import Headers, split_headers
from channels.email_parse import Reading, message_ids
from core.ids import ThreadKey
from core.message import AddressKind, Sender, Verified

HEAD = 64 * 1024
"""Bytes in which the headers must end: beyond may stand that it is a machine's."""
_MOST_LINES = 500
_END = re.compile(rb"\r?\n\r?\n")


def answerable(raw: bytes, reading: Reading) -> Named | None:
    """Who wrote it and may be answered by a machine; None where that is not sure."""
    head = raw[:HEAD]
    end = _END.search(head)
    if end is None:
        return None
    headers, _ = split_headers(head[: end.end()], HEAD)
    sender = _only_sender(headers)
    if (
        sender is None
        or len(headers.lines) > _MOST_LINES
        or not _may_be_told(headers, sender, reading)
    ):
        return None
    return Named(
        Sender(AddressKind.EMAIL, normalised(sender.address), Verified.NO, sender.name[:200]),
        tuple(ThreadKey(f"<{name}>") for name in message_ids(headers.text("message-id"))[:1]),
    )


def _only_sender(headers: Headers) -> Mailbox | None:
    found = [box for value in headers.all("from") for box in mailboxes(value)]
    is_one = len(found) == 1 and is_plausible(found[0].address)
    return found[0] if is_one else None


def _may_be_told(headers: Headers, sender: Mailbox, reading: Reading) -> bool:
    types = [parameters(value)[0] for value in headers.all("content-type")]
    is_machine = any(
        is_automatic(headers, media_type, sender, reading.addresses) for media_type in types or [""]
    )
    is_ours = conversation_of(sender.address, reading.reply_address, reading.reply_secrets)
    return not (is_machine or is_ours or is_doubted(headers, reading.authserv_id))
