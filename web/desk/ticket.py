"""A ticket as its template wants it: sentences, labels and marks instead of codes. Queries are `store.desk_ticket`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from bot.permissions import May, may
from bot.texts import masked
from core.line import ASKED, AT_TELEPHONE, CALLABLE, IN_LINE, ON_LINE, THERE, Standing
from store.desk import Due
from store.desk_ticket import Item, Opened
from store.events import JOINED, PARTED, TAKEN_OUT
from store.models import Call, Conversation, Ticket, User
from web.desk import phone_words, services, words
from web.desk.customer import told_of_way, way_in
from web.desk.why import Why, why_of

WOKE = "woke"
"""No event: a time that came."""
ENDED = frozenset({"resolved", "ticket_merged"})
SILENT = frozenset({"speaker_changed", "delivery_reported"})
"""Events whose news is told by another one beside them, or that are none while all goes well."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise in the header."""

    label: str
    text: str
    tone: str
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the thread: `item` with how it looks."""

    item: Item
    look: str
    """`customer`, `us`, `bot`, `system`, `note` or `event`."""
    channel: str
    text: str = field(repr=False)
    day: datetime | None = None
    """Set where a new day begins."""
    joined: str = ""
    """The way from which the customer went on here, while that can be taken out again."""
    may_part: bool = False
    """A mail of the customer after the first word, that was not taken out yet."""
    comment: str = field(default="", repr=False)
    """What the customer said beside a rating."""


@dataclass(frozen=True, slots=True)
class Person:
    """The customer, as far as the reader may know. Addresses are masked for who only reads; `contact`: where
    what people answer is sent too."""

    name: str = field(repr=False)
    address: str = field(repr=False)
    contact: str = field(repr=False)
    is_erased: bool
    verified: str
    verified_label: str
    verified_hint: str
    tier: str


@dataclass(frozen=True, slots=True)
class Phone:
    """The customer's call. `since`: how long they have stood there, `seconds` by our clock; `ticks`: somebody is connected
    and each second counts; `deed`: the button's words, empty where there is nothing to do; `hint`: what is to be done at the reader's own telephone; `hang_up`: the words of
    the button that puts it down; `hold_url`, `hold`: of the one that keeps the caller on hold, or takes them back;
    `asks`: another colleague can be called first; `connects`: one is on the line, with whom the caller can be connected."""

    tone: str
    text: str
    since: datetime
    seconds: int
    deed: str
    hint: str = ""
    hang_up: str = ""
    ticks: bool = True
    hold_url: str = ""
    hold: str = ""
    asks: bool = False
    connects: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the pane's template reads."""

    opened: Opened
    number: int
    title: str = field(repr=False)
    person: Person
    channel: str
    channel_name: str
    status: str
    priority: str
    category: str
    clocks: tuple[Clock, ...]
    lines: tuple[Line, ...] = field(repr=False)
    slots: tuple[tuple[str, str, int], ...] = field(repr=False)
    reason: str
    why: Why | None
    choices: dict[str, Any]
    speaker: str
    """`me`, `colleague`, `queue`, `bot` or `nobody`."""
    speaker_name: str
    may_work: bool
    may_take: bool
    may_reply: bool
    may_promise: bool
    is_done: bool
    version: int
    last_seq: int
    """The last number that this page shows; what was said after it was not seen."""
    comment: str = field(default="", repr=False)
    phone: Phone | None = None


def shown(opened: Opened, user: User, now: datetime, comment: str = "") -> Shown:
    """The presentation of a ticket for this reader. `comment`: what the customer said beside their rating."""
    ticket, conversation = opened.ticket, opened.ticket.conversation
    may_work = may(user, May.WORK_TICKETS)
    speaker = _speaker(conversation, user)
    is_done = ticket.status in {Ticket.Status.RESOLVED, Ticket.Status.CLOSED}
    may_take = speaker in {"queue", "bot", "nobody"} or (
        speaker == "colleague" and may(user, May.TAKE_OVER)
    )
    return Shown(
        opened=opened,
        number=ticket.number,
        title=opened.subject,
        person=_person(opened, may_work),
        channel=conversation.inbox.channel,
        channel_name=services.name_of(conversation.inbox),
        status=str(words.STATUSES[ticket.status]),
        priority=str(words.PRIORITIES[ticket.priority]),
        category=words.category(ticket.category),
        clocks=_clocks(opened.clocks, now),
        lines=_lines(opened, now, comment),
        slots=tuple(
            (words.slot(str(slot["name"])), str(slot["value"]), int(slot["seq"]))
            for slot in opened.packet.get("slots", ())
        ),
        reason=words.reason(str(opened.packet.get("reason") or ticket.reason)),
        why=why_of(opened),
        choices=_choices(opened),
        speaker=speaker,
        speaker_name=conversation.speaker_user.name if conversation.speaker_user else "",
        may_work=may_work,
        may_take=may_work and may_take and not is_done,
        may_reply=may_work and speaker == "me" and not is_done,
        may_promise=may_work and may(user, May.TAKE_OVER) and not is_done,
        is_done=is_done,
        version=ticket.version,
        last_seq=max((conversation.last_seq, *(item.seq for item in opened.thread[-1:]))),
        comment=comment,
        phone=phone_of(conversation, user, now, may_call=may_work and not is_done),
    )


def _speaker(conversation: Conversation, user: User) -> str:
    if conversation.speaker != Conversation.Speaker.PERSON:
        return conversation.speaker
    return "me" if conversation.speaker_user_id == user.id else "colleague"


def phone_of(
    conversation: Conversation, user: User, now: datetime, *, may_call: bool
) -> Phone | None:
    """The call of this conversation, None where there is none. `may_call`: the reader works on it."""
    call: Call | None = getattr(conversation, "call", None)
    if call is None:
        return None
    standing = Standing(call.standing)
    seconds = max(0, int((now - call.moved_at).total_seconds()))
    if call.agent_id == user.id and standing in AT_TELEPHONE:
        return _own_phone(call, conversation, seconds)
    if call.aside_agent_id == user.id and call.beside in ASKED:
        text, hint, put_down = phone_words.asked(call)
        return Phone("mine", text, call.moved_at, seconds, "", hint, put_down)
    deed = ""
    if may_call and standing is Standing.WAITING:
        deed = gettext("Connect me")
    elif may_call and standing in CALLABLE and call.may_be_called:
        deed = gettext("Call")
    tone = "waits" if standing in IN_LINE else "calm"
    text, ticks = phone_words.standing(standing, call.agent), standing in AT_TELEPHONE | ON_LINE
    return Phone(tone, text, call.moved_at, seconds, deed, ticks=ticks)


def _own_phone(call: Call, conversation: Conversation, seconds: int) -> Phone:
    """To whom it rings, or who speaks with the caller."""
    standing = Standing(call.standing)
    hint, put_down = phone_words.own_telephone(standing)
    text = phone_words.standing(standing, call.agent, is_own=True)
    if call.beside:
        text, hint = phone_words.asking(call)
    deed, hold = phone_words.holding(standing, call.beside)
    return Phone(
        "mine",
        text,
        call.moved_at,
        seconds,
        "",
        hint,
        put_down,
        hold_url=reverse(f"desk:{deed}", args=[conversation.ticket.number]) if deed else "",
        hold=hold,
        asks=bool(deed) and call.beside not in ASKED,
        connects=call.beside in THERE,
    )


def _person(opened: Opened, may_work: bool) -> Person:
    sender = opened.sender
    if sender is None:
        return Person("", "", "", True, "no", "", "", opened.tier)
    label, hint = words.VERIFIED[sender.verified.value]
    named = opened.contact.value if opened.contact else _named_contact(opened)
    # A visitor's address is a number that we made: it tells nobody anything.
    known = "" if sender.kind == "visitor" else sender.value
    return Person(
        name=sender.display_name,
        address=known if may_work else masked(known),
        contact=named if may_work else masked(named),
        is_erased=False,
        verified=sender.verified.value,
        verified_label=str(label),
        verified_hint=str(hint),
        tier=opened.tier,
    )


def _named_contact(opened: Opened) -> str:
    who = opened.packet.get("who") or {}
    return str(who.get("contact") or "")


def _clocks(readings: tuple[Due, ...], now: datetime) -> tuple[Clock, ...]:
    return tuple(
        Clock(words.clock(reading.clock), words.due(reading, now), words.tone(reading), reading.due)
        for reading in readings
    )


def _choices(opened: Opened) -> dict[str, Any]:
    return {
        "priorities": [(value, str(label)) for value, label in words.PRIORITIES.items()],
        "categories": sorted(
            ((slug, words.category(slug)) for slug in opened.categories), key=lambda pair: pair[1]
        ),
        "teams": [(team.slug, team.name) for team in opened.teams],
    }


def _lines(opened: Opened, now: datetime, comment: str) -> tuple[Line, ...]:
    teams = {team.slug: team.name for team in opened.teams}
    lines: list[Line] = []
    last_day = None
    for item in _with_waking(opened, now):
        if item.kind in SILENT:
            continue
        day = item.at.date()
        begins, last_day = (item.at if day != last_day else None), day
        lines.append(_line(item, teams, begins))
    return tuple(_with_comment(_with_joins(lines), comment))


def _with_waking(opened: Opened, now: datetime) -> tuple[Item, ...]:
    """That a ticket is back by itself, because its time came: nobody did it, so that nothing is written of it."""
    until, thread = opened.ticket.snoozed_until, opened.thread
    put = next((item for item in reversed(thread) if item.kind == "ticket_snoozed"), None)
    if not until or until > now or put is None:
        return thread
    later = [at for at, item in enumerate(thread) if item.seq > put.seq and item.at >= until]
    place = later[0] if later else len(thread)
    if any(item.kind in ENDED and item.seq > put.seq for item in thread[:place]):
        return thread
    woke = replace(put, seq=-put.seq, kind=WOKE, at=until, actor="", name="", data={})
    return (*thread[:place], woke, *thread[place:])


def _with_comment(lines: Iterator[Line], comment: str) -> list[Line]:
    """The words stand at the last rating: whoever rates again without words leaves them."""
    told = list(lines)
    last = next((at for at, line in reversed([*enumerate(told)]) if line.item.kind == "rated"), -1)
    return [replace(one, comment=comment) if at == last else one for at, one in enumerate(told)]


def _with_joins(lines: list[Line]) -> Iterator[Line]:
    """Of each way on which the customer went on, the last time, unless that was taken out since; and which mails can be."""
    last = {
        way_in(line.item.data): line.item for line in lines if line.item.kind in {JOINED, PARTED}
    }
    theirs = [line.item.seq for line in lines if line.look == "customer"]
    gone = {line.item.data.get("seq") for line in lines if line.item.kind == TAKEN_OUT}
    stay = {*theirs[:1], *gone}
    for line in lines:
        if line.look == "customer" and line.item.seq not in stay:
            line = replace(line, may_part=_is_mail(line.item))
        way = way_in(line.item.data) if line.item.kind == JOINED else ""
        yield replace(line, joined=way) if way and last[way] is line.item else line


def _is_mail(item: Item) -> bool:
    return bool(item.body and item.body.extra.get("message_id")) and not item.is_erased


def _line(item: Item, teams: dict[str, str], day: datetime | None) -> Line:
    if item.body is None and item.kind in {JOINED, PARTED, TAKEN_OUT}:
        return Line(item, "event", "", told_of_way(item.kind, item.data), day)
    if item.body is None:
        return Line(item, "event", "", words.happening(item, teams), day)
    looks = {"customer": "customer", "bot": "bot", "agent": "us", "system": "system"}
    look = "note" if item.is_note else looks.get(item.author, "system")
    return Line(item, look, services.name_of(item.inbox), item.body.text, day)
