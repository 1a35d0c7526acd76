"""What people do at the desk: each deed checks who may, runs one transaction, leaves an audit entry and rings the bell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction

from bot import texts
from bot.house import House
from bot.permissions import May, may, require, tickets_of
from bot.reply import parts_of
from core.errors import MalformedPayload, NotFound
from core.message import Reply
from core.redaction import redact
from store import outbox, tickets
from store.audit import record
from store.mentions import mention, named_in
from store.models import Conversation, OutboxRow, Team, Ticket, User
from store.tickets import Change

TEXT_LIMIT = 50_000


@contextmanager
def deed(
    house: House, user: User, number: int, action: str, version: int | None = None, **details: Any
) -> Iterator[Change]:
    """One audited change of a ticket that the user may see; a foreign one is as if it did not exist."""
    require(user, May.WORK_TICKETS)
    if not tickets_of(user).filter(number=number).exists():
        raise NotFound(f"There is no ticket {number}.")
    with transaction.atomic():
        with tickets.changing(house.vault, number, user, house.clock(), version) as change:
            yield change
        record(
            house.vault,
            at=house.clock(),
            actor=f"user:{user.id}",
            action=f"ticket.{action}",
            subject=f"ticket:{number}",
            details=details,
        )
    house.doorbell.ring("events", "outbox")


def take(house: House, user: User, number: int, version: int | None = None) -> None:
    """The user speaks from now on. A lead may take over from somebody else; an agent gets `Conflict`."""
    with deed(house, user, number, "take", version) as change:
        take_in(change)


def take_in(change: Change) -> None:
    """`take`, inside a deed."""
    row, user = change.finish.conversation, change.user
    is_anothers = row.speaker == Conversation.Speaker.PERSON and row.speaker_user_id != user.id
    if is_anothers and may(user, May.TAKE_OVER):
        row.speaker, row.speaker_user = Conversation.Speaker.QUEUE, None
    tickets.take(change)


def release(house: House, user: User, number: int, version: int | None = None) -> None:
    """Back to the team's queue."""
    with deed(house, user, number, "release", version) as change:
        tickets.release(change)


def reply(
    house: House,
    user: User,
    number: int,
    text: str,
    *,
    waits: bool = False,
    resolves: bool = False,
    version: int | None = None,
) -> UUID:
    """Says something to the customer on the channel where they asked.

    `waits`: then the clocks rest. `resolves`: then it is done, in the same transaction.
    """
    words = _words(text)
    with deed(house, user, number, "reply", version) as change:
        row = change.finish.conversation
        channel = house.channel_of(row.inbox)
        said = tickets.reply(change, words, parts=parts_of(Reply(words), channel, row.language))
        if resolves:
            _resolve(house, change)
        elif waits and change.ticket.status == Ticket.Status.OPEN:
            tickets.wait_for_customer(change)
    return said.id


def note(house: House, user: User, number: int, text: str) -> UUID:
    """Something for colleagues only; who is named with an @ finds it among their mentions."""
    words = _words(text)
    named = named_in(words)
    for one in named:
        if not tickets_of(one).filter(number=number).exists():
            raise MalformedPayload(
                f"{one.name} may not see this ticket: leave out the @, or give it to their team."
            )
    with deed(house, user, number, "note") as change:
        said = tickets.note(change, words)
        mention(change, said, named)
        return said.id


def reclassify(
    house: House,
    user: User,
    number: int,
    *,
    category: str | None = None,
    priority: int | None = None,
    team: str | None = None,
    version: int | None = None,
) -> None:
    """Corrects what the router guessed. `team` is a slug; the user need not be in it."""
    target = Team.objects.filter(slug=team).first() if team else None
    if team and target is None:
        raise NotFound(f"There is no team {team!r}.")
    if priority is not None and priority not in {1, 2, 3, 4}:
        raise MalformedPayload("A priority is 1 (critical) to 4 (low).")
    details = {"category": category, "priority": priority, "team": team}
    with deed(house, user, number, "reclassify", version, **details) as change:
        tickets.reclassify(change, category=category, priority=priority, team=target)


def resolve(house: House, user: User, number: int, version: int | None = None) -> None:
    """Done; the customer is asked once how it was."""
    with deed(house, user, number, "resolve", version) as change:
        _resolve(house, change)


def _resolve(house: House, change: Change) -> None:
    row = change.finish.conversation
    survey = texts.survey(row.language)
    parts = parts_of(survey, house.channel_of(row.inbox), row.language)
    tickets.resolve(change, survey, parts=parts)


def wait(house: House, user: User, number: int, version: int | None = None) -> None:
    """The clocks rest until the customer writes."""
    with deed(house, user, number, "wait", version) as change:
        tickets.wait_for_customer(change)


def reopen(house: House, user: User, number: int, version: int | None = None) -> None:
    """A resolved ticket is worked on again, by the user."""
    with deed(house, user, number, "reopen", version) as change:
        tickets.reopen(change)


def send_again(house: House, user: User, number: int, row_id: int) -> int:
    """Puts a dead or unknown message of this ticket back in line."""
    require(user, May.WORK_TICKETS)
    mine = OutboxRow.objects.filter(
        id=row_id, conversation__ticket__in=tickets_of(user).filter(number=number)
    )
    if not mine.exists():
        raise NotFound("There is no such message.")
    with transaction.atomic():
        count = outbox.replay([row_id], house.clock())
        record(
            house.vault,
            at=house.clock(),
            actor=f"user:{user.id}",
            action="outbox.replay",
            subject=f"outbox:{row_id}",
        )
    house.doorbell.ring("outbox")
    return count


def _words(text: str) -> str:
    words = redact(text).strip()
    if not words:
        raise MalformedPayload("Write something first.")
    if len(words) > TEXT_LIMIT:
        raise MalformedPayload(f"A message has at most {TEXT_LIMIT} characters.")
    return words
