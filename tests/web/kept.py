"""Mails that are kept without a ticket, as they arrive."""

from __future__ import annotations

from hashlib import sha256

from bot.house import House
from bot.receive import receive
from bot.unreadable import set_aside
from channels.contract import Arrival
from core.ids import ExternalId, ThreadKey
from core.message import AddressKind, Inbound, Kept, Sender, Verified
from store.models import Inbox, InboxRow, Message
from store.receiving import Cursor

WORDS = "I am back on Monday."
BROKEN = (
    b"From: =?utf-8?q?J=C3=B6rg?= Weber <joerg@elsewhere.example>\r\n"
    b"Subject: =?utf-8?q?Wo_bleibt_mein_Paket=3F?=\r\n\r\n\x00\xff"
)


def mailbox(house: House) -> Inbox:
    """The one that mails come to."""
    return Inbox.objects.filter(channel="email").select_related("brand").order_by("slug")[0]


def an_absence(
    house: House,
    mark: str = "1",
    words: str = WORDS,
    subject: str = "Automatic reply",
    name: str = "Nora Example",
    sender: str = "",
) -> Message:
    """Somebody's absence program wrote, and nobody was called."""
    external_id = ExternalId(f"<{mark}@elsewhere.example>")
    known = InboxRow.objects.filter(lookup=house.vault.lookup("arrival", external_id)).first()
    if known is not None:
        return Message.objects.get(id=known.message_id)
    inbound = Inbound(
        external_id=external_id,
        sender=Sender(
            AddressKind.EMAIL,
            sender or f"nora-{mark}@elsewhere.example",
            Verified.NO,
            name,
        ),
        text=words,
        at=house.clock(),
        thread_keys=(),
        own_keys=(ThreadKey(f"<{mark}@elsewhere.example>"),),
        is_automatic=True,
        subject=subject,
        extra={"kept": Kept.ABSENCE},
    )
    (accepted,) = receive(house, mailbox(house), [inbound])
    return Message.objects.get(id=accepted.message)


def something_unreadable(
    house: House, mark: str = "1", raw: bytes = BROKEN, *, tells: bool = False
) -> InboxRow:
    """What broke us three times. `tells`: its sender is told."""
    inbox, raw = mailbox(house), raw + mark.encode()
    lookup = house.vault.lookup("quarantine", sha256(raw).hexdigest())
    if known := InboxRow.objects.filter(lookup=lookup).first():
        return known
    cursor = Cursor(dict(inbox.cursor), inbox.cursor_fence)
    problem = "we broke on it 3 times: RecursionError"
    arrival = Arrival("mail", raw, house.clock())
    set_aside(house, inbox, arrival, problem, cursor, tells=tells)
    return InboxRow.objects.get(lookup=lookup)
