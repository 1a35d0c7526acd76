"""Asking others beside a ticket: who may is who works the ticket, each deed is audited, nothing reaches the customer.

Sending and receiving is `bot.aside_post`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bot.desk import deed, typed_in
from bot.house import House
from bot.permissions import May, require, tickets_of
from bot.replying import must_carry
from channels.contract_board import Asks
from core.aside import MOST_ASKED, MOST_QUOTED, About, AsideShown
from core.errors import MalformedPayload, NotAllowed, NotFound
from core.message import Sender
from core.redaction import redact
from store import asides
from store.aside_post import aside_file
from store.colleagues import colleagues_in
from store.desk_ticket import find_ticket
from store.models import Aside, Inbox, Team, User
from store.receiving import Filed
from store.tickets import Change

LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What a colleague wants to ask. `to`: as typed, separated by commas, semicolons or lines; `quote`: numbers of
    messages of the thread, which are quoted because somebody chose each of them. `files`: as they are kept."""

    inbox: str
    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    quote: Sequence[int] = ()
    files: tuple[Filed, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """An inbox through which somebody can be asked. `places`: who is known there: (as typed, name)."""

    slug: str
    name: str
    channel: str
    most: int
    places: tuple[tuple[str, str], ...] = ()


def ways(house: House, user: User, number: int) -> list[Way]:
    """Through which inboxes of the ticket's brand somebody can be asked. Raises `NotFound`."""
    require(user, May.WORK_TICKETS)
    ticket = find_ticket(tickets_of(user), number)
    rows = Inbox.objects.filter(brand=ticket.brand_id, is_active=True).order_by("channel", "slug")
    found = []
    for inbox in rows:
        channel = house.channel_of(inbox)
        if isinstance(channel, Asks):
            places = _places(house, inbox)
            found.append(Way(inbox.slug, inbox.name, inbox.channel, channel.most_asked, places))
    return found


def _places(house: House, inbox: Inbox) -> tuple[tuple[str, str], ...]:
    """Teams that work there, and colleagues who have shown who they are there."""
    teams = Team.objects.filter(board_inbox=inbox).order_by("name")
    boards = [(team.board_place, team.name) for team in teams]
    people = colleagues_in(house.vault, inbox.brand_id, house.channel_of(inbox).can.address)
    return (*boards, *((value.rpartition(":")[2], name) for value, name in people))


def quotable(house: House, user: User, number: int) -> list[tuple[int, str, str]]:
    """(number, who, text) of the newest messages that can be quoted, oldest first. Raises `NotFound`."""
    require(user, May.WORK_TICKETS)
    ticket = find_ticket(tickets_of(user), number)
    return asides.quotable(house.vault, ticket.conversation, MOST_QUOTED)


def ask(house: House, user: User, number: int, question: Question) -> UUID:
    """Begins an aside and puts its first message in line. Raises `NotFound`, `MalformedPayload`, and `NotAllowed`
    where the customer themselves would be asked."""
    require(user, May.WORK_TICKETS)
    ticket = find_ticket(tickets_of(user), number)
    inbox = Inbox.objects.filter(brand=ticket.brand_id, slug=question.inbox, is_active=True).first()
    if inbox is None:
        raise NotFound("There is no such channel of this brand.")
    to = _asked(house, inbox, question.to)
    if any(asides.is_customers(house.vault, ticket.conversation, one) for one in to):
        raise NotAllowed("That is the customer: answer them in the thread.")
    subject = " ".join(redact(question.subject).split())[:LONGEST_SUBJECT]
    if not subject:
        raise MalformedPayload("What is it about? A few words are enough.")
    words = _words(house, inbox, question.text)
    must_carry(house.channel_of(inbox), question.files)
    if question.quote:
        words = _with_quotes(house, user, number, words, question.quote)
    told: dict[str, Any] = {"inbox": inbox.slug, "asked": len(to), "quoted": len(question.quote)}
    told |= {"files": len(question.files)} if question.files else {}
    with deed(house, user, number, "aside_open", **told) as change:
        aside = asides.open_in(change, inbox, About(subject, to), words, question.files)
    return aside.id


def say(
    house: House, user: User, number: int, aside: UUID, text: str, files: Sequence[Filed] = ()
) -> UUID:
    """One more message to those who were asked. Raises `NotFound`, `MalformedPayload`."""
    with _deed(house, user, number, aside, "aside_say") as (change, row):
        words = _words(house, row.inbox, text)
        must_carry(house.channel_of(row.inbox), files)
        return asides.say_in(change, row, words, files).id


def settle(house: House, user: User, number: int, aside: UUID, is_done: bool) -> None:
    """Done, or open again."""
    with _deed(house, user, number, aside, "aside_done" if is_done else "aside_reopen") as (
        change,
        row,
    ):
        asides.set_state(change, row, Aside.State.DONE if is_done else Aside.State.OPEN)


def send_again(house: House, user: User, number: int, aside: UUID, message: UUID) -> None:
    """Puts a message that was not sent back in line. Raises `NotFound`."""
    with _deed(house, user, number, aside, "aside_send_again") as (change, row):
        asides.send_again(change, row, message)


def seen(house: House, user: User, number: int, aside: UUID) -> None:
    """The user has looked at what came. Raises `NotFound`."""
    require(user, May.WORK_TICKETS)
    asides.note_seen(tickets_of(user), number, aside)
    house.doorbell.ring("events")


def shown_to(house: House, user: User, number: int) -> tuple[AsideShown, ...]:
    """All asides of a ticket, the latest first. Raises `NotFound`."""
    visible = tickets_of(user)
    if not visible.filter(number=number).exists():
        raise NotFound(
            "There is no ticket %(number)s, or it belongs to a team that you are not in.",
            number=number,
        )
    return asides.asides_of(house.vault, visible, number)


def standing(user: User, number: int, aside: UUID) -> Aside:
    """One of them, without its words. Raises `NotFound`."""
    return asides.find(tickets_of(user), number, aside)


def opened_file(
    house: House, user: User, number: int, aside: UUID, message: UUID, place: int
) -> tuple[str, bytes]:
    """Name and content of a file of a message. Raises `NotFound`."""
    row = asides.find(tickets_of(user), number, aside)
    found = aside_file(house.vault, row, message, place)
    try:
        if found is not None:
            name, stored_as, key = found
            return name, house.files.read(stored_as, key)
    except OSError as error:
        raise NotFound("This file is no longer stored.") from error
    raise NotFound("There is no such file.")


@contextmanager
def _deed(
    house: House, user: User, number: int, aside: UUID, action: str
) -> Iterator[tuple[Change, Aside]]:
    require(user, May.WORK_TICKETS)
    asides.find(tickets_of(user), number, aside)
    with deed(house, user, number, action, aside=aside) as change:
        yield change, asides.find(tickets_of(user), number, aside)


def _asked(house: House, inbox: Inbox, typed: str) -> tuple[Sender, ...]:
    channel = house.channel_of(inbox)
    if not isinstance(channel, Asks):
        raise MalformedPayload("Nobody can be asked through this channel.")
    names = [one.strip() for one in re.split(r"[,;\n]", typed) if one.strip()]
    found: dict[str, Sender] = {}
    for name in names:
        to = channel.asked(name)
        if to is None:
            raise MalformedPayload("Nobody can be asked there: %(name)s", name=name[:80])
        found[to.value] = to
    if not 0 < len(found) <= min(channel.most_asked, MOST_ASKED):
        raise MalformedPayload(
            "Name 1 to %(most)s to ask.", most=min(channel.most_asked, MOST_ASKED)
        )
    return tuple(found.values())


def _words(house: House, inbox: Inbox, text: str) -> str:
    words, most = typed_in(text), house.channel_of(inbox).can.text_length
    if len(words) > most:
        raise MalformedPayload("A message there has at most %(most)s characters.", most=most)
    return words


def _with_quotes(house: House, user: User, number: int, words: str, wanted: Sequence[int]) -> str:
    """Below what is asked, each chosen message as a quotation. Raises `MalformedPayload` for one that cannot be."""
    offered = {seq: (who, text) for seq, who, text in quotable(house, user, number)}
    if not set(wanted) <= set(offered):
        raise MalformedPayload("One of these messages cannot be quoted.")
    parts = [words]
    for seq in sorted(set(wanted)):
        who, text = offered[seq]
        lines = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
        parts.append(f"{who}:\n{lines}")
    return "\n\n".join(parts)
