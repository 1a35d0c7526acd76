"""What the attached services say, checked and remembered for a while: a customer's fields, a text in another language.

Only in memory: what a CRM says of somebody is never stored here. An address that nobody vouches for is not asked about,
for its customer could be anybody.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic import Field as Limit

from bot import slots
from bot.house import House
from bot.permissions import May, require, tickets_of
from core.errors import IllegalTransition, MalformedPayload, TemporaryFailure
from core.message import AddressKind, Verified
from core.redaction import redact
from store.bodies import sender_of
from store.customers import addresses_of
from store.desk_ticket import find_ticket
from store.models import Address, Slot, User
from store.vault import Erased

REMEMBERED = timedelta(minutes=5)
MOST_REMEMBERED = 500
LONGEST = 20_000
"""Characters that are translated at once."""
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]


class CustomerField(BaseModel):
    """One thing that the CRM knows. `url`: where it stands there, https only."""

    model_config = ConfigDict(frozen=True)

    label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    value: Line
    url: Annotated[str, StringConstraints(max_length=600)] = ""


class _Fields(BaseModel):
    fields: Annotated[list[CustomerField], Limit(max_length=30)]


class _Text(BaseModel):
    text: Annotated[str, StringConstraints(max_length=4 * LONGEST)]
    language: Annotated[str, StringConstraints(max_length=16)] = ""


@dataclass(frozen=True, slots=True)
class Translated:
    """A text in another language. `language`: which one the service took it to be."""

    text: str = field(repr=False)
    language: str


class _Memory:
    """What was answered a moment ago, of this process alone."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, tuple[datetime, Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any, now: datetime) -> Any:
        with self._lock:
            at, found = self._kept.get(key, (None, None))
            return found if at is not None and now - at < REMEMBERED else None

    def put(self, key: Any, value: Any, now: datetime) -> None:
        with self._lock:
            self._kept[key] = (now, value)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_REMEMBERED:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


memory = _Memory()


def customer_fields(house: House, user: User, number: int) -> list[CustomerField] | None:
    """What the CRM says of a ticket's customer; None where nothing is attached, or nobody vouches for an address.

    Raises `NotFound` for a ticket that the user may not see, `TemporaryFailure` where the service does not answer.
    """
    require(user, May.WORK_TICKETS)
    ticket = find_ticket(tickets_of(user), number)
    slot = slots.active_slot(ticket.brand_id, Slot.Kind.CUSTOMER)
    asked = _known_addresses(house, ticket.conversation.address) if slot else []
    if slot is None or not asked:
        return None
    now = house.clock()
    key = (slot.id, slot.changed_at, tuple(sorted((one["kind"], one["value"]) for one in asked)))
    found = memory.get(key, now)
    if found is None:
        slots.note_asked(house, user, number, slot, addresses=len(asked))
        about = {"brand": ticket.brand.slug, "addresses": asked}
        found = _fields_in(slots.ask(house, slot, "fields", about))
        memory.put(key, found, now)
    fields: list[CustomerField] = found
    return fields


def translated(house: House, user: User, number: int, text: str, to: str) -> Translated:
    """A text of this ticket, or a draft for it, in another language. Card numbers are taken out before it leaves.

    Raises `NotFound`, `IllegalTransition` where nothing is attached, `MalformedPayload`, `TemporaryFailure`.
    """
    require(user, May.WORK_TICKETS)
    ticket = find_ticket(tickets_of(user), number)
    slot = slots.active_slot(ticket.brand_id, Slot.Kind.TRANSLATION)
    if slot is None:
        raise IllegalTransition("No translation service is attached; an admin can do that.")
    words = redact(text).strip()
    if not words or len(words) > LONGEST or not _LANGUAGE.match(to):
        raise MalformedPayload(
            "Something to translate, of at most %(most)s characters, and a language as `de`.",
            most=LONGEST,
        )
    key, now = (slot.id, slot.changed_at, to, words), house.clock()
    found = memory.get(key, now)
    if found is None:
        slots.note_asked(house, user, number, slot, characters=len(words), to=to)
        answer = slots.ask(house, slot, "text", {"text": words, "to": to})
        found = _text_in(answer)
        memory.put(key, found, now)
    done: Translated = found
    return done


def _known_addresses(house: House, own: Address) -> list[dict[str, str]]:
    """Those of the customer's addresses for which somebody vouches; none after erasure."""
    found = []
    for address in {one.id: one for one in (own, *addresses_of(own.id))}.values():
        if not is_vouched_for(address):
            continue
        try:
            sender = sender_of(house.vault, address)
        except Erased:
            continue
        found.append(
            {"kind": sender.kind.value, "value": sender.value, "verified": address.verified}
        )
    return found


def is_vouched_for(address: Address) -> bool:
    """True where a provider, a signature or the website says that whoever writes from there is who it says."""
    return address.verified != Verified.NO and address.kind != AddressKind.VISITOR


def _fields_in(answer: dict[str, Any]) -> list[CustomerField]:
    try:
        fields = _Fields.model_validate(answer).fields
    except ValidationError as problem:
        raise TemporaryFailure("The service answered with something else than fields.") from problem
    return [one if _is_safe(one.url) else one.model_copy(update={"url": ""}) for one in fields]


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        return False


def _text_in(answer: dict[str, Any]) -> Translated:
    try:
        found = _Text.model_validate(answer)
    except ValidationError as problem:
        raise TemporaryFailure("The service answered with something else than a text.") from problem
    return Translated(found.text, found.language)
