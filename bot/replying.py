"""Answering with everything that belongs to it: files, macros, a moment to undo it, a time to send it at. The plain reply is `bot.desk.reply`; files that come before their reply are `bot.uploads`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from bot.copies import must_be_offered
from bot.desk import deed, say_written, typed_in, words_in
from bot.house import House
from bot.macros import must_be_filled
from bot.permissions import May, require, tickets_of
from bot.ways import chosen, is_in_public, takes_words_alone
from channels.contract import AnswersInline, Channel, LimitsFiles, Streams
from core.errors import Conflict, MalformedPayload, ThreadlineError
from core.message import Attached
from store.desk_ticket import find_ticket
from store.dossier import must_be_complete
from store.events import Log
from store.held import Written, forget_draft, hold, must_have_seen, total_size, written_in
from store.jobs import enqueue
from store.models import HeldReply, SuggestedReply, Ticket, User
from store.receiving import Filed
from store.tickets import Change, must_speak
from store.turns import Way, lock
from store.vault import Erased

UNDO = timedelta(seconds=8)
"""How long a sent reply can be taken back, where the channel is not a live conversation."""
FARTHEST = timedelta(days=90)
MOST_FILES = 10


def send(
    house: House,
    user: User,
    number: int,
    written: Written,
    *,
    seen: int | None = None,
    send_at: datetime | None = None,
) -> HeldReply | None:
    """Says it now, or holds it back: for `UNDO` where it can be undone, or until `send_at`; None when it is said.

    `seen`: the conversation's last number on the person's screen. Raises `Conflict` when more was said since.
    """
    if send_at is not None:
        return schedule(house, user, number, written, send_at, seen=seen)
    require(user, May.WORK_TICKETS)
    written = _checked(written)
    conversation = find_ticket(tickets_of(user), number).conversation
    way = chosen(house, conversation, written.way)
    channel = house.channel_of(way.inbox if way else conversation.inbox)
    is_said = isinstance(channel, Streams | AnswersInline)
    with deed(house, user, number, "reply" if is_said else "hold_reply") as change:
        _may_go(house, change, written, way, seen)
        forget_draft(conversation.id, user, "reply")
        if is_said:
            say_written(house, change, written)
            return None
        return _hold(house, change, written, house.clock() + UNDO, is_scheduled=False)


def schedule(
    house: House,
    user: User,
    number: int,
    written: Written,
    send_at: datetime,
    *,
    seen: int | None = None,
    version: int | None = None,
) -> HeldReply:
    """Holds it back until `send_at`, within three months. Raises as `send` does."""
    require(user, May.WORK_TICKETS)
    now = house.clock()
    written = _checked(written)
    if not now < send_at <= now + FARTHEST:
        raise MalformedPayload("Choose a time to come, within three months.")
    way = chosen(house, find_ticket(tickets_of(user), number).conversation, written.way)
    with deed(house, user, number, "hold_reply", version) as change:
        _may_go(house, change, written, way, seen)
        forget_draft(change.finish.conversation.id, user, "reply")
        held = _hold(house, change, written, send_at, is_scheduled=True)
        data = {"ticket": number, "at": send_at.isoformat()}
        change.finish.log.add("reply_scheduled", change.actor, data=data)
        return held


def say(
    house: House,
    user: User,
    number: int,
    written: Written,
    *,
    seen: int | None = None,
    version: int | None = None,
) -> UUID:
    """Says it at once, with nothing to undo, and leaves the person's draft alone: for programs."""
    require(user, May.WORK_TICKETS)
    written = _checked(written)
    way = chosen(house, find_ticket(tickets_of(user), number).conversation, written.way)
    details = {"way": written.way} if written.way else {}
    with deed(house, user, number, "reply", version, **details) as change:
        _may_go(house, change, written, way, seen)
        return say_written(house, change, written).id


def undo(house: House, user: User, number: int, held: UUID, version: int | None = None) -> Written:
    """Takes a held reply back; what it said returns to the writer. Raises `Conflict` when it is out already."""
    with deed(house, user, number, "undo_reply", version) as change:
        row = (
            HeldReply.objects.select_for_update(of=("self",))
            .filter(id=held, conversation=change.finish.conversation, user=user)
            .first()
        )
        if row is None:
            raise Conflict("It was sent already.")
        row.conversation = change.finish.conversation
        written = written_in(house.vault, row)
        row.delete()
        if row.is_scheduled:
            change.finish.log.add("reply_withdrawn", change.actor, data={"ticket": number})
    return written


def release(house: House, held: UUID) -> bool:
    """Its time has come: says a held reply, once. What cannot be said any more stays, with the reason, for people
    to see. True when it was said."""
    with transaction.atomic():
        found = HeldReply.objects.filter(id=held).values_list("conversation_id", flat=True).first()
        if found is None:
            return False
        lock(found)
        row = (
            HeldReply.objects.select_for_update(of=("self",))
            .select_related("user", "conversation__address")
            .filter(id=held, problem="", send_at__lte=house.clock())
            .first()
        )
        if row is None:
            return False
        number = Ticket.objects.values_list("number", flat=True).get(conversation=found)
        try:
            with transaction.atomic():
                written = written_in(house.vault, row)
                with deed(house, row.user, number, "reply") as change:
                    if row.is_scheduled:
                        must_have_seen(change.finish.conversation, row.seen)
                    say_written(house, change, written)
                row.delete()
        except Erased:
            row.delete()
            return False
        except ThreadlineError as problem:
            _keep_back(house, row, str(problem))
            return False
    house.doorbell.ring("events", "outbox")
    return True


def kept(house: House, files: Sequence[Attached]) -> tuple[Filed, ...]:
    """Writes files that a person attached; one without a message is litter, not loss. Raises `MalformedPayload`
    where one is too large."""
    if len(files) > MOST_FILES:
        raise MalformedPayload("A message has at most %(most)s files.", most=MOST_FILES)
    filed = tuple(house.files.keep(file) for file in files)
    for one in filed:
        if one.problem:
            raise MalformedPayload("%(name)s: %(problem)s.", name=one.name, problem=one.problem)
    return filed


def learn(
    house: House,
    user: User,
    number: int,
    source: tuple[str, str],
    outcome: str,
    version: int | None = None,
) -> None:
    """Notes what came of a suggested answer; `source`: its article and revision."""
    require(user, May.WORK_TICKETS)
    if outcome not in SuggestedReply.Outcome.values:
        raise MalformedPayload("A suggestion is accepted, edited or rejected.")
    told = {"outcome": outcome, "article": source[0]}
    with deed(house, user, number, "suggestion", version, **told) as change:
        SuggestedReply.objects.create(
            ticket=change.ticket,
            user=user,
            article=source[0][:200],
            revision=source[1][:64],
            outcome=outcome,
            at=house.clock(),
        )


def _checked(written: Written) -> Written:
    if written.then not in {"", "wait", "resolve"}:
        raise MalformedPayload("After a reply a ticket stays open, waits or is resolved.")
    must_be_filled(written.text)
    if not written.text.strip() and written.files:
        return replace(written, text="")
    words_in(written.text, written.form)
    return replace(written, text=typed_in(written.text))


def _may_go(
    house: House, change: Change, written: Written, way: Way | None, seen: int | None
) -> None:
    """Raises where this person, now, may not say this there."""
    row = change.finish.conversation
    must_speak(change)
    if seen is not None:
        must_have_seen(row, seen)
    if written.then == "resolve":
        must_be_complete(change.ticket)
    if written.files and (is_in_public(row, way) or takes_words_alone(house, row, way)):
        raise MalformedPayload("Files go neither in public nor with the one private answer.")
    must_carry(house.channel_of(way.inbox if way else row.inbox), written.files)
    must_be_offered(house, row, way, written.also)


def _hold(
    house: House, change: Change, written: Written, send_at: datetime, *, is_scheduled: bool
) -> HeldReply:
    row, now = change.finish.conversation, house.clock()
    held = hold(house.vault, row, change.user, written, send_at, now, is_scheduled=is_scheduled)
    enqueue("send_held", {"held": str(held.id)}, held.send_at, str(held.id))
    return held


def must_carry(channel: Channel, files: Sequence[Filed]) -> None:
    """Raises `MalformedPayload`, in words for who attached them, where the channel does not take these files."""
    if files and total_size(files) > channel.can.attachment_bytes:
        limit = channel.can.attachment_bytes // 1024 // 1024
        if not limit:
            raise MalformedPayload("This channel carries no files: put a link into the text.")
        raise MalformedPayload(
            "The files of one message have at most %(most)s MB together.", most=limit
        )
    if not isinstance(channel, LimitsFiles):
        return
    for file in files:
        if problem := channel.objection(file.media_type, file.size):
            raise MalformedPayload("%(name)s: %(problem)s", name=file.name, problem=problem)


def _keep_back(house: House, row: HeldReply, reason: str) -> None:
    row.problem = reason[:200]
    row.save(update_fields=["problem"])
    conversation = lock(row.conversation_id)
    log = Log(conversation, house.clock())
    log.add("reply_kept_back", "system", data={"by": row.user.name})
    log.write()
    conversation.save(update_fields=["last_seq", "last_public_seq"])
    house.doorbell.ring("events")
