"""Mail that a form of the company's own website writes: who filled it in. The rule is told in docs/channels/email.md."""

from __future__ import annotations

from typing import Protocol

from channels.email_address import Mailbox, conversation_of, is_plausible, mailboxes, normalised
from channels.email_automatic import fails_dmarc
from channels.email_mime import Headers


class Known(Protocol):
    """What an inbox knows of itself (`email_parse.Reading`)."""

    @property
    def addresses(self) -> frozenset[str]: ...
    @property
    def forms(self) -> frozenset[str]: ...
    @property
    def reply_address(self) -> str: ...
    @property
    def reply_secrets(self) -> tuple[str, ...]: ...
    @property
    def authserv_id(self) -> str: ...


def writer_in_form(headers: Headers, sender: Mailbox, known: Known) -> Mailbox | None:
    """Who filled in a form of ours; None for all other mail, and where our own mail server says that it is forged.

    It is the form's word: it proves nothing.
    """
    if normalised(sender.address) not in known.forms or fails_dmarc(headers, known.authserv_id):
        return None
    boxes = [box for value in headers.all("reply-to") for box in mailboxes(value)]
    return next((box for box in boxes if _is_theirs(box.address, known)), None)


def _is_theirs(address: str, known: Known) -> bool:
    is_ours = normalised(address) in known.addresses | known.forms
    is_signed = conversation_of(address, known.reply_address, known.reply_secrets)
    return is_plausible(address) and not is_ours and not is_signed
