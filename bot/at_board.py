"""What colleagues do at a team's board, by the very permissions of the desk. Keeping the boards is `bot.boards`.

Words in a ticket's thread go to the customer, by whoever has the word there. They are a note for colleagues where
they begin with its mark or address somebody by name. What was sent stays sent: a change or a deletion changes nothing.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import translation

from bot import desk
from bot.board_words import say
from bot.boards import language_of
from bot.house import House
from bot.sentences import sentence_of
from channels.contract import Arrival
from channels.contract_board import HasBoard
from core.board import BoardStep, Deed, Told, note_in
from core.errors import NotFound, Rejected, TemporaryFailure, ThreadlineError
from core.message import Inbound
from store import boards, colleagues, tickets
from store.audit import record
from store.models import BoardPost, Inbox, User
from store.statements import update

log = structlog.get_logger()

TELL_SECONDS = 1.5
"""Providers wait 3 seconds for the acknowledgement."""


def step_in(house: House, inbox: Inbox, arrival: Arrival) -> BoardStep | None:
    """Pure: what may have been done at a board. Raises `MalformedPayload`."""
    channel = house.channel_of(inbox)
    return channel.board.step_in(arrival) if isinstance(channel, HasBoard) else None


def said_elsewhere(
    house: House, inbox: Inbox, arrival: Arrival, step: BoardStep
) -> list[Inbound] | None:
    """What was said where surely no board is, as in nearly every thread; None where `carry_out` has to look. Runs in a
    reading thread. Raises `MalformedPayload`."""
    if step.deed is Deed.LINK or boards.may_stand_at(inbox, step.post, step.place):
        return None
    return list(house.channel_of(inbox).parse(arrival))


def carry_out(house: House, inbox: Inbox, step: BoardStep) -> Told | None:
    """Does it, once, and says what to tell; None where no board is, so that the arrival is a customer's.

    Runs in a database thread. Raises `TemporaryFailure` while a post there has no name yet: the provider comes again.
    """
    now = house.clock()
    if step.deed is Deed.LINK:
        return _link(house, inbox, step)
    post = boards.post_at(inbox, step.post)
    if post is None:
        if boards.may_be_appearing(inbox, step.place):
            raise TemporaryFailure("a post is just appearing there")
        return None
    with transaction.atomic():
        row = boards.first_time(house.vault, inbox, step.external_id, now)
        if row is None:
            return Told("")
        language = language_of(post.ticket)
        user = colleagues.colleague_at(house.vault, inbox.brand_id, step.by)
        if user is None:
            return Told(say("unknown", language), offers_link=True)
        try:
            with transaction.atomic():
                told, message = _do(house, post, step, user, language)
        except Rejected as refusal:
            return Told(_refused(refusal, language))
        if message is not None:
            row.conversation_id, row.message_id = post.ticket.conversation_id, message
            update(row, ("conversation", "message"))
    house.doorbell.ring("events", "outbox")
    return Told(told)


def _refused(refusal: Rejected, language: str) -> str:
    with translation.override(language):
        return sentence_of(refusal)


def _do(
    house: House, post: BoardPost, step: BoardStep, user: User, language: str
) -> tuple[str, UUID | None]:
    """What to tell, and the message that was written. Raises what the desk refuses."""
    number = post.ticket.number
    if step.deed is Deed.REVISE:
        return say("no_change", language), None
    if post.ended_at is not None:
        return say("ended", language), None
    if step.deed is Deed.TAKE:
        # Unlike at the desk a lead does not take over here: an old card may not show who has it.
        with desk.deed(house, user, number, "take") as change:
            tickets.take(change)
        return "", None
    if step.deed is Deed.RESOLVE:
        desk.resolve(house, user, number)
        return "", None
    if step.has_files:
        return say("no_files", language), None
    words = note_in(step.text)
    if words is not None or step.talks_to_somebody:
        told = say("as_note", language) if words is None else ""
        return told, desk.note(house, user, number, step.text if words is None else words)
    return "", desk.reply(house, user, number, step.text)


def _link(house: House, inbox: Inbox, step: BoardStep) -> Told:
    """Whoever enters a code of the desk is its owner from now on."""
    brand, now = inbox.brand, house.clock()
    languages = brand.languages
    language = str(languages[0]) if languages else "en"
    with transaction.atomic():
        if boards.first_time(house.vault, inbox, step.external_id, now) is None:
            return Told("")
        try:
            with transaction.atomic():
                user = colleagues.link(house.vault, brand, step.by, step.text, now)
        except NotFound as refusal:
            return Told(_refused(refusal, language), offers_link=True)
        record(
            house.vault,
            at=now,
            actor=f"user:{user.id}",
            action="colleague.link",
            subject=f"user:{user.id}",
            details={"kind": str(step.by.kind), "value": step.by.value, "inbox": inbox.slug},
        )
    return Told(say("linked", language, name=user.first_name))


async def tell(house: House, inbox: Inbox, step: BoardStep, told: Told) -> None:
    """Tells whoever did it, for their eyes alone; nothing depends on it."""
    channel = house.channel_of(inbox)
    if not told.text or not isinstance(channel, HasBoard):
        return
    languages = inbox.brand.languages
    language = str(languages[0]) if languages else "en"
    words = (say("code_button", language), say("code_label", language))
    try:
        async with asyncio.timeout(TELL_SECONDS):
            await channel.board.tell(step, told, words)
    except (ThreadlineError, TimeoutError) as problem:
        log.warning("not_told_at_board", problem=type(problem).__name__)
