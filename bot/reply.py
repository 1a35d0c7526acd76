"""Writing the outcome of a turn: one transaction that says everything, or nothing if it has become stale. Agents' replies are in `bot.desk`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from django.db import transaction

from bot import survey, texts
from bot.degrade import links_of, pieces_of
from bot.house import House
from bot.inline import held_until
from bot.metrics import ANSWERED, HANDED_OFF, TURN
from channels.contract import Channel, is_streamed
from core.decision import Case, Routed
from core.message import AddressKind, Reply, Sender
from core.rating import may_rate
from core.understanding import Effect, EffectKind
from store.bodies import sender_of
from store.claims import Claimed
from store.faults import reached
from store.handover import settled_by_assistant, to_people_again
from store.jobs import enqueue
from store.learning import IN_THE_DIALOGUE, rate_last_answer
from store.models import Address, Conversation, Inbox, OutboxRow
from store.shared_commits import once_kept, ring_once_kept, shares_its_commit
from store.surveys import rate, say_why
from store.tickets import close_need, open_ticket, reopen_ticket, wake_ticket
from store.turns import (
    Finish,
    Way,
    about_to_check,
    answered,
    begin_finish,
    change_speaker,
    check_citations,
    keep_state,
    say,
    set_contact,
    write,
)

PEOPLE = frozenset({Conversation.Speaker.QUEUE, Conversation.Speaker.PERSON})


LEFT_AFTER = timedelta(minutes=5)
"""Who has not answered a question on the way to a person for so long has left: a person gets what there is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn came to. `routed`, `case` (what the router saw) and `packet` are given when it ends in a handoff.

    `rating`, `comment`: the answer to the satisfaction question; the comment alone belongs to the rating before. `reopens`: a resolved ticket is wanted again.
    `is_late`: a rating that counts no longer, to which nothing is said.
    `is_unfinished`: the customer was asked something on the way to a person. `is_quiet`: nothing is told of a ticket.
    """

    replies: tuple[Reply, ...] = ()
    state: dict[str, Any] | None = None
    effects: tuple[Effect, ...] = ()
    routed: Routed | None = None
    case: Case | None = None
    packet: dict[str, Any] = field(default_factory=dict)
    language: str = ""
    rating: int | None = None
    comment: str = field(default="", repr=False)
    reopens: bool = False
    is_unfinished: bool = False
    is_quiet: bool = False
    is_late: bool = False


@shares_its_commit
def finish_turn(house: House, claimed: Claimed, outcome: Outcome) -> int | None:
    """Commits the outcome and returns the number of a ticket it opened.

    Runs in a database thread. Raises `ClaimLost` when somebody else took the conversation or the word,
    `IndexStale` when a cited article changed; then nothing of the outcome has happened.
    """
    now = house.clock()
    with transaction.atomic():
        about_to_check(outcome.replies)
        finish = begin_finish(house.vault, claimed, now)
        finish.way = _way_back(house, finish, claimed)
        check_citations(outcome.replies)
        if outcome.language and outcome.language != finish.conversation.language:
            finish.conversation.language = outcome.language
            finish.changed.add("language")
        answered(finish, [message.id for message in claimed.waiting])
        answers = outcome.rating is not None or outcome.is_late
        is_rating = answers and all(may_rate(message.text) for message in claimed.waiting)
        if claimed.waiting and claimed.speaker in PEOPLE and not is_rating:
            wake_ticket(finish.conversation, finish.log, now)
        if outcome.state is not None:
            keep_state(finish, outcome.state)
        number = _happen(house, finish, claimed, outcome)
        if outcome.is_unfinished:
            about = {"conversation": str(claimed.conversation), "turns": finish.conversation.turns}
            enqueue("unfinished_handoff", about, now + LEFT_AFTER)
        write(finish)
        reached("finish_turn.written")
        is_to_send = any(row.state == OutboxRow.State.WAITING for row in finish.outbox)
    others = {"outbox": is_to_send, "turns": finish.conversation.wants_turn_at is not None}
    bells = ["events", *(name for name, waits in others.items() if waits)]
    once_kept(partial(_tell, house, claimed, outcome))
    ring_once_kept(house.doorbell.ring, *bells)
    return number


def _tell(house: House, claimed: Claimed, outcome: Outcome) -> None:
    """Counts what this turn came to and how long the first of its messages had waited."""
    if outcome.routed is not None:
        HANDED_OFF.labels(claimed.channel).inc()
    elif outcome.replies:
        ANSWERED.labels(claimed.channel).inc()
    if claimed.waiting:
        waited = (house.clock() - claimed.waiting[0].accepted_at).total_seconds()
        TURN.labels(claimed.channel).observe(waited)


def _way_back(house: House, finish: Finish, claimed: Claimed) -> Way | None:
    """To whoever asked last, where they asked: a conversation may have moved from the chat to mail."""
    row, last = finish.conversation, claimed.waiting[-1] if claimed.waiting else None
    if last is None or last.address is None or last.inbox is None:
        return None
    if (last.address, last.inbox) == (row.address_id, row.inbox_id):
        return None
    address, inbox = Address.objects.get(id=last.address), Inbox.objects.get(id=last.inbox)
    return way_to(house, row, address, inbox)


def way_to(house: House, row: Conversation, address: Address, inbox: Inbox) -> Way:
    """This address, for something that is said in this conversation."""
    return Way(address, inbox, is_streamed(type(house.channel_of(row.inbox))))


def _happen(house: House, finish: Finish, claimed: Claimed, outcome: Outcome) -> int | None:
    language = finish.conversation.language
    channel = house.channel_of(finish.inbox)
    if outcome.rating is not None:
        rate(finish, outcome.rating, outcome.comment, keeps_comment=True)
        if not (outcome.replies or outcome.effects or outcome.routed or outcome.reopens):
            alone, row = claimed.speaker not in PEOPLE, finish.conversation
            said = survey.thanks(house, row, channel, outcome.comment, asks_why=alone)
            tell(finish, said, channel)
            return None
    elif outcome.comment:
        say_why(finish, outcome.comment)
        tell(finish, survey.thanks_for_reason(finish.conversation, channel), channel)
        return None
    if outcome.reopens:
        number = reopen_ticket(finish)
        team = finish.conversation.ticket.team.name
        words = texts.text("reopened", language, number=number, team=team)
        if not outcome.is_quiet:
            tell(finish, Reply(words, kind="notice"), channel)
        return None
    return _take_effect(house, finish, outcome, channel)


def _take_effect(house: House, finish: Finish, outcome: Outcome, channel: Channel) -> int | None:
    """Says and does what the turn came to. Where each message is sent by itself, the notice of a ticket
    stands under what was said with it; where it is read live, both come as they are."""
    language = finish.conversation.language
    goes_on = outcome.state is not None or outcome.routed is not None
    if finish.conversation.speaker == Conversation.Speaker.NOBODY and goes_on:
        _begin_again(finish)
    _note_whether_it_helped(finish, outcome)
    reads_live = is_streamed(type(channel))
    if reads_live or outcome.routed is None:
        for reply in outcome.replies if reads_live else joined(outcome.replies, channel, language):
            tell(finish, reply, channel, house.settings.public_url)
    for effect in outcome.effects:
        if effect.kind is EffectKind.SET_CONTACT:
            keep_contact(house, finish, str(effect.arguments.get("contact", "")))
        if effect.kind is EffectKind.RESOLVE and outcome.routed is None:
            settled_by_assistant(finish)
            asks = survey.question(house, finish.conversation, channel)
            parts = parts_of(asks, channel, language) if asks else 0
            close_need(finish, "bot", asks, parts=parts)
    if outcome.routed is None:
        return None
    number, notice = _hand_over(finish, outcome)
    if outcome.is_quiet:
        return number
    said = (notice,) if reads_live else joined((*outcome.replies, notice), channel, language)
    for reply in said:
        tell(finish, reply, channel, house.settings.public_url)
    return number


def _note_whether_it_helped(finish: Finish, outcome: Outcome) -> None:
    """What the customer said to "Did that help?" is a rating of the answer before, whichever words they used."""
    for effect in outcome.effects:
        if effect.kind is EffectKind.RATE or effect.kind is EffectKind.RESOLVE:
            helpful = bool(effect.arguments.get("helpful", effect.kind is EffectKind.RESOLVE))
            rate_last_answer(finish.conversation.id, helpful, IN_THE_DIALOGUE, finish.now)


def joined(replies: Sequence[Reply], channel: Channel, language: str) -> tuple[Reply, ...]:
    """What one turn says, as one message: on a channel where each is sent by itself, two would be one too many. But answers to
    several questions stay apart where each may be cut to its length, and elsewhere each names its sources."""
    answers = [place for place, reply in enumerate(replies) if reply.asked]
    if len(answers) > 1 and channel.can.cuts_answers:
        starts = [0, *answers[1:], len(replies)]
        groups = [replies[start:end] for start, end in pairwise(starts)]
        return tuple(one for group in groups for one in _as_one(group))
    if len(answers) > 1:
        replies = [_naming_its_sources(reply, language) for reply in replies]
    return _as_one(replies)


def _as_one(replies: Sequence[Reply]) -> tuple[Reply, ...]:
    if len(replies) < 2:
        return tuple(replies)
    kinds = [reply.kind for reply in replies]
    return (
        Reply(
            text="\n\n".join(reply.text for reply in replies if reply.text),
            citations=tuple(item for reply in replies for item in reply.citations),
            suggestions=tuple(item for reply in replies for item in reply.suggestions),
            buttons=replies[-1].buttons,
            kind="answer" if "answer" in kinds else kinds[-1],
            answers=tuple(reply for reply in replies if reply.asked),
        ),
    )


def _naming_its_sources(reply: Reply, language: str) -> Reply:
    if not reply.asked or not reply.citations:
        return reply
    titles = "; ".join(dict.fromkeys(item.title for item in reply.citations))
    return replace(reply, text=f"{reply.text}\n({texts.text('sources', language)}: {titles})")


def keep_contact(house: House, finish: Finish, address: str) -> None:
    """Remembers where to write to, if there is a mailbox to write from."""
    row = finish.conversation
    for inbox in Inbox.objects.filter(brand_id=row.brand_id, is_active=True).order_by("slug"):
        if house.channel_of(inbox).can.address is AddressKind.EMAIL:
            set_contact(finish, inbox, Sender(AddressKind.EMAIL, address.lower()))
            return


def _begin_again(finish: Finish) -> None:
    """A resolved conversation without a ticket goes on with the bot."""
    row = finish.conversation
    row.status, row.resolved_at = Conversation.Status.OPEN, None
    finish.changed |= {"status", "resolved_at"}
    change_speaker(finish, Conversation.Speaker.BOT)


def _hand_over(finish: Finish, outcome: Outcome) -> tuple[int, Reply]:
    """The number of the ticket, and what the customer is told of it."""
    assert outcome.routed is not None
    known = to_people_again(finish)
    if known is not None:
        told = {"number": known.number, "team": known.team.name}
        words = texts.text("reopened", finish.conversation.language, **told)
        return known.number, Reply(words, kind="notice")
    opened = open_ticket(
        finish,
        outcome.routed,
        outcome.packet,
        str(outcome.packet.get("reason", "")),
        outcome.case,
    )
    contact = finish.conversation.contact
    words = texts.handed_over(
        finish.conversation.language,
        opened.number,
        opened.team,
        opened.response_due,
        finish.now,
        sender_of(finish.vault, contact).value if contact else "",
        opened.wait,
    )
    return opened.number, Reply(words, kind="notice")


def tell(finish: Finish, reply: Reply, channel: Channel, public_url: str = "", **by: Any) -> None:
    """Says it in as many parts as the channel needs. `public_url`: as at `parts_of`."""
    parts = parts_of(reply, channel, finish.conversation.language, public_url=public_url)
    held = held_until(channel, finish) if parts else None
    say(finish, reply, parts=parts, not_before=held, **by)


def parts_of(
    reply: Reply, channel: Channel, language: str, files: int = 0, public_url: str = ""
) -> int:
    """How many messages this takes on the channel, with so many files; 0 where customers read our own event stream.
    `public_url`: where its sources stand, for their addresses are part of the text."""
    if is_streamed(type(channel)):
        return 0
    apart = files if channel.can.files_apart else 0
    if apart and not reply.text:
        return apart
    links = links_of(reply.citations, public_url)
    pieces = pieces_of(reply.text, reply.rich, links, reply.buttons, channel, language)
    return apart + len(pieces)
