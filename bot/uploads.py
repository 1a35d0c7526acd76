"""Files that come before the words they belong to: each is kept, sealed, and named by a word that only its sender can use, on that ticket, for a day."""

from __future__ import annotations

from collections.abc import Sequence

from bot.house import House
from bot.permissions import May, require, tickets_of
from bot.replying import kept
from core.errors import Conflict, MalformedPayload
from core.message import Attached
from store.desk_ticket import find_ticket
from store.held import file_named, name_file
from store.models import Attachment, User
from store.receiving import Filed


def attached(house: House, user: User, number: int, files: Sequence[Attached]) -> tuple[Filed, ...]:
    """Keeps the files of a form, of whoever may write beside or on this ticket. Raises as `upload` does."""
    require(user, May.WORK_TICKETS)
    find_ticket(tickets_of(user), number)
    return kept(house, files)


def upload(house: House, user: User, number: int, file: Attached) -> tuple[str, Filed]:
    """Keeps a file for what is said on this ticket or beside it; its word, and what was kept. Raises `NotAllowed`, `NotFound`,
    `MalformedPayload`."""
    require(user, May.WORK_TICKETS)
    conversation = find_ticket(tickets_of(user), number).conversation
    if not file.content:
        raise MalformedPayload("An empty file says nothing.")
    [filed] = kept(house, [file])
    return name_file(house.vault, conversation, user, filed, house.clock()), filed


def uploaded(house: House, user: User, number: int, names: Sequence[str]) -> tuple[Filed, ...]:
    """The files of these words, in their order. Raises `MalformedPayload` for a word of anybody else, of another
    ticket or of the day before, `Conflict` where one was sent already."""
    require(user, May.WORK_TICKETS)
    conversation = find_ticket(tickets_of(user), number).conversation
    found = tuple(
        file_named(house.vault, conversation, user, name, house.clock())
        for name in dict.fromkeys(names)
    )
    if Attachment.objects.filter(stored_as__in=[one.stored_as for one in found]).exists():
        raise Conflict("This file was sent already: upload it again.")
    return found
