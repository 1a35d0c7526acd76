"""Mail that was kept without a ticket, for leads: told without being opened, made a ticket by hand. What is kept is decided in `bot.receive` and `bot.fetch`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from bot.handoff import to_triage
from bot.house import House
from bot.permissions import May, kept_of, require, unread_of
from channels.contract_board import Asks
from core.ids import ExternalId
from core.message import AddressKind, Attached, Inbound, Sender, Verified
from core.redaction import redact, redact_bytes
from store import kept
from store.audit import record
from store.kept import Unread
from store.models import InboxRow, Ticket, User
from store.unreadable import Notice

UNKNOWN = Sender(AddressKind.EMAIL, "unknown@sender.invalid", Verified.NO)
"""Stands for the sender of what names nobody (RFC 2606: never a real domain)."""
FILE = "message.eml"
_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Told:
    """What the first lines of something unreadable say of it, if they can be read: anybody's word. `notice`: that its
    sender was told, or is being. `is_gone`: its time is over, and nothing of it is left."""

    row: InboxRow
    size: int
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    notice: Notice | None
    is_gone: bool


def unread(house: House, rows: QuerySet[InboxRow]) -> list[Told]:
    """What was set aside, with what its first lines say."""
    return [_told(one) for one in kept.set_aside(house.vault, rows)]


def _told(one: Unread) -> Told:
    names = ("from", "subject")
    sender, subject = (redact(value) for value in _headers(one.raw, names))
    return Told(one.row, one.size, sender, subject, one.notice, one.is_gone)


def _headers(raw: bytes, names: Sequence[str]) -> tuple[str, ...]:
    """The values of these headers. Whatever stands there breaks nothing: it has broken us before."""
    try:
        head = BytesHeaderParser().parsebytes(raw[:_HEAD])
        return tuple(_line(str(head.get(name, ""))) for name in names)
    except (MessageError, ValueError, LookupError, TypeError, AttributeError):
        return ("",) * len(names)


def _line(value: str) -> str:
    words = str(make_header(decode_header(value[:2_000])))
    plain = words.encode("utf-8", "replace").decode().replace("\x00", "")
    return " ".join(plain.split())[:300]


def original(house: House, user: User, arrival: UUID) -> bytes:
    """What was set aside, without card numbers. Raises `NotFound`."""
    return redact_bytes(kept.raw_of(house.vault, kept.find(unread_of(user), arrival)))


def open_for(house: House, user: User, message: UUID) -> Ticket:
    """A ticket for a mail of a machine. Nothing is said to whoever sent it. Raises `NotAllowed`, `NotFound`, `Conflict`
    where it is one by now, `IllegalTransition` for an erased one."""
    require(user, May.WORK_TICKETS)
    routed = to_triage("A colleague made a ticket of a mail that was kept without one.")
    with transaction.atomic():
        ticket = kept.open_for(house.vault, kept_of(user), message, routed, house.clock())
        _record(house, user, f"message:{message}", ticket)
    house.doorbell.ring("events")
    return ticket


def open_unread(house: House, user: User, arrival: UUID) -> Ticket:
    """A ticket for what could not be read, with the original as its file. Raises `NotAllowed`, `NotFound`."""
    require(user, May.WORK_TICKETS)
    row, now = kept.find(unread_of(user), arrival), house.clock()
    raw = redact_bytes(kept.raw_of(house.vault, row))
    sender, subject = (redact(value) for value in _headers(raw, ("from", "subject")))
    inbound = Inbound(
        external_id=ExternalId(f"unread:{row.id}"),
        sender=_sender(house, row, sender),
        text="",
        at=row.received_at,
        thread_keys=(),
        subject=subject,
    )
    file = house.files.keep(Attached(name=FILE, media_type="message/rfc822", content=raw))
    routed = to_triage("It could not be read, and a colleague made a ticket of it.")
    with transaction.atomic():
        visible = unread_of(user)
        ticket = kept.begin(house.vault, visible, arrival, inbound, [file], routed, now)
        _record(house, user, f"arrival:{arrival}", ticket)
    house.doorbell.ring("events")
    return ticket


def _sender(house: House, row: InboxRow, named: str) -> Sender:
    """Whom it names, where that is somebody who can be written to."""
    channel = house.channel_of(row.inbox)
    return (channel.asked(named) if isinstance(channel, Asks) else None) or UNKNOWN


def _record(house: House, user: User, subject: str, ticket: Ticket) -> None:
    record(
        house.vault,
        at=house.clock(),
        actor=f"user:{user.id}",
        action="kept.ticket",
        subject=subject,
        details={"ticket": ticket.number},
    )
