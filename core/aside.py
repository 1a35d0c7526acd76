"""What is said beside a ticket with colleagues and third parties, as plain values. Storing and sending it do not belong here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core.message import Sender

MOST_ASKED = 10
MOST_QUOTED = 20


@dataclass(frozen=True, slots=True)
class About:
    """Who is asked, and what about."""

    subject: str = field(repr=False)
    to: tuple[Sender, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class AsideFile:
    """A file of a message. `problem`: why it was not kept."""

    place: int
    name: str = field(repr=False)
    media_type: str
    size: int
    problem: str


@dataclass(frozen=True, slots=True)
class AsideSaid:
    """One message. `who`: the colleague, or the name and address it came from. `state` and `problem`: what became of
    sending it. `is_erased`: its words fell with the customer's key."""

    id: UUID
    number: int
    is_ours: bool
    who: str = field(repr=False)
    text: str = field(repr=False)
    quoted: str = field(repr=False)
    files: tuple[AsideFile, ...]
    is_automatic: bool
    state: str
    problem: str
    at: datetime
    is_erased: bool


@dataclass(frozen=True, slots=True)
class AsideShown:
    """An aside with all that was said in it, oldest first. `channel`: the kind of inbox it goes through."""

    id: UUID
    ticket: int
    channel: str
    inbox: str
    subject: str = field(repr=False)
    to: tuple[str, ...] = field(repr=False)
    state: str
    is_unread: bool
    opened_by: str
    opened_at: datetime
    last_at: datetime
    said: tuple[AsideSaid, ...]
