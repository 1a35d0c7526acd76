"""Who the customer is and how to reach them, as the desk says it: addresses, evidence in words, ways of replying."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from bot.copies import offered
from bot.house import House
from bot.permissions import May, may
from bot.texts import masked
from bot.ways import reaches
from channels.contract_forms import looks_of
from core.customer import Evidence
from core.message import AddressKind
from store.circles import BY_LIST
from store.customers import Known, Person, Seen, person_of
from store.events import PARTED, TAKEN_OUT
from store.models import Conversation, User
from store.preferred import preferred_agent
from store.ways import Reach
from web.desk import services

KINDS: dict[AddressKind, str | Promise] = {
    AddressKind.EMAIL: gettext_lazy("Mail"),
    AddressKind.VISITOR: gettext_lazy("Website visitor"),
    AddressKind.ACCOUNT: gettext_lazy("Account"),
    AddressKind.PHONE: gettext_lazy("Phone"),
    AddressKind.SLACK: gettext_lazy("Slack"),
    AddressKind.TEAMS: gettext_lazy("Teams"),
    AddressKind.SOCIAL: gettext_lazy("Messenger"),
    AddressKind.PUBLIC: gettext_lazy("In public"),
    AddressKind.OTHER: gettext_lazy("Other"),
}
_NUMBERED = frozenset(
    {AddressKind.SLACK, AddressKind.TEAMS, AddressKind.SOCIAL, AddressKind.PUBLIC}
)
"""Whose addresses are numbers of their provider, which say nothing to people."""
REASONS: dict[Evidence, str | Promise] = {
    Evidence.SIGNED: gettext_lazy("signed in on the website"),
    Evidence.LOGIN: gettext_lazy("the website vouches for the mail address"),
    Evidence.PHONE: gettext_lazy("the same verified phone number"),
    Evidence.NAMED: gettext_lazy("the website names the phone number"),
    Evidence.AGENT: gettext_lazy("a colleague's word"),
    Evidence.MAIL: gettext_lazy("verified mail answered what we sent"),
    Evidence.PROFILE: gettext_lazy("the same profile in public and in private"),
    Evidence.FIRST_SEEN: gettext_lazy("first seen"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An address of the customer."""

    kind: str
    value: str = field(repr=False)
    is_own: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """A piece of evidence. `joins`: False while it is not enough by itself, and a colleague is asked."""

    id: UUID
    text: str
    about: str = field(repr=False)
    by: str
    at: datetime
    percent: int
    joins: bool


@dataclass(frozen=True, slots=True)
class Option:
    """A way of replying. `is_refused`: the customer wants nothing there. `shows`: does it show a text's form?"""

    name: str
    label: str = field(repr=False)
    is_own: bool
    is_last: bool
    is_refused: bool
    shows: bool = False


@dataclass(frozen=True, slots=True)
class Behind:
    """The whole panel."""

    addresses: tuple[Shown, ...]
    reasons: tuple[Reason, ...]
    options: tuple[Option, ...]
    agent: User | None = None
    """The customer's own."""
    copies: tuple[str, ...] = field(default=(), repr=False)
    """Who may get a reply too."""

    @property
    def usable(self) -> tuple[Option, ...]:
        """Ways that the composer offers."""
        return tuple(option for option in self.options if not option.is_refused)

    @property
    def last(self) -> Option | None:
        """Where a reply goes for which nobody chose a way."""
        return next((option for option in self.options if option.is_last), None)


def behind(house: House, conversation: Conversation, user: User) -> Behind:
    """The customer of a conversation, for this reader: addresses are masked for who only reads."""
    person = person_of(house.vault, conversation.address)
    is_open = may(user, May.WORK_TICKETS)
    own = preferred_agent(conversation.address_id) if person.has_agent else None
    return Behind(
        tuple(_shown(known, is_open) for known in person.addresses if known.to),
        tuple(_reason(seen, person, is_open) for seen in person.evidence),
        tuple(_option(house, one, is_open) for one in reaches(house, conversation, person.rows)),
        own.user if own else None,
        offered(house, conversation) if is_open else (),
    )


def _shown(known: Known, is_open: bool) -> Shown:
    assert known.to is not None
    return Shown(str(KINDS[known.to.kind]), _value(known, is_open), known.is_own)


def _value(known: Known, is_open: bool) -> str:
    """What a person would recognise: a visitor's number is ours and says nothing."""
    if known.to is None or known.to.kind is AddressKind.VISITOR:
        return known.to.display_name if known.to else ""
    value = known.to.value
    if known.to.kind is AddressKind.ACCOUNT:
        value = value.partition("/")[2]
    return value if is_open else masked(value)


def _reason(seen: Seen, person: Person, is_open: bool) -> Reason:
    mine = {known.id for known in person.addresses}
    ends = [end for end in (seen.one, seen.other) if not end.is_own or end.id not in mine]
    about = " – ".join(_named(end, is_open) for end in ends if end.to)
    text = str(REASONS[seen.kind])
    return Reason(seen.id, text, about, seen.by, seen.made_at, round(seen.weight * 100), seen.joins)


def _named(known: Known, is_open: bool) -> str:
    assert known.to is not None
    value = _value(known, is_open)
    return f"{KINDS[known.to.kind]} {value}".strip()


def _option(house: House, reach: Reach, is_open: bool) -> Option:
    channel = services.name_of(reach.inbox)
    in_public = reach.to.kind is AddressKind.PUBLIC
    if reach.to.kind in _NUMBERED and reach.to.display_name:
        shown = reach.to.display_name
    else:
        value = "" if reach.to.kind is AddressKind.VISITOR else reach.to.value
        shown = value if is_open else masked(value)
    label = gettext("%(channel)s to %(address)s") % {"channel": channel, "address": shown}
    name = label if shown else channel
    if in_public:
        name = gettext("In public, where everybody reads it: %(way)s") % {"way": name}
    elif reach.is_private_answer:
        name = gettext("Privately, one message: %(way)s") % {"way": name}
    shows = not in_public and bool(looks_of(house.channel_of(reach.inbox)))
    return Option(reach.name, name, reach.is_own, reach.is_last, reach.is_refused, shows)


def way_in(data: dict[str, Any]) -> str:
    """The way that an event about a channel of the thread is about, as forms name it."""
    return f"{data.get('address', '')}.{data.get('inbox', '')}"


def told_of_way(kind: str, data: dict[str, Any]) -> str:
    """That the customer went on from another channel, and why we think so; or that a colleague says otherwise."""
    if kind in {PARTED, TAKEN_OUT}:
        return gettext("Taken out of this thread: ticket %(number)s") % {"number": data["into"]}
    channel = services.name_by_id(str(data.get("inbox", "")), str(data.get("channel", "")))
    evidence = str(data.get("evidence", ""))
    if evidence == BY_LIST:
        return gettext("Somebody else goes on here through the same list")
    why = str(REASONS[Evidence(evidence)]) if evidence in set(Evidence) else gettext("same address")
    return gettext("The customer goes on by %(channel)s: %(why)s") % {
        "channel": channel,
        "why": why,
    }
