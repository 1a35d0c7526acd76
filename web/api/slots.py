"""Attached services for programs: setting them, and what they say of a ticket's customer or of a text."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from bot import slot_answers, slots
from bot.permissions import May, require
from bot.tokens import Scope
from store.models import Slot
from web.api.door import caller_in
from web.api.operations import Number, needs
from web.api.schemas import TEXT, In, Out
from web.house import house

router = Router()
READ = needs(Scope.COMPANY_READ, tag="company")
WRITE = needs(Scope.COMPANY_WRITE, tag="company")
WORKS = needs(Scope.TICKETS_WRITE, tag="deeds")
URL = r"^[!-~]{1,600}$"


class SlotKind(StrEnum):
    CUSTOMER = "customer"
    TRANSLATION = "translation"


class SlotOut(Out):
    """`secret`: the new one, shown this once; null where it stays."""

    kind: SlotKind
    url: str
    on: bool
    changed_at: datetime
    secret: str | None = None


class Slots(Out):
    items: list[SlotOut]


class SlotIn(In):
    url: Annotated[str, Field(pattern=URL)]
    on: bool = False


class FieldOut(Out):
    label: str
    value: str
    url: str


class CustomerFields(Out):
    """`asked`: false where nothing is attached, or nobody vouches for the customer's address."""

    asked: bool
    items: list[FieldOut]


class ToTranslate(In):
    text: Annotated[TEXT, Field(max_length=20_000)]
    to: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]


class TranslatedOut(Out):
    """`language`: what the service took the text to be in, empty where it does not say."""

    text: str
    language: str


@router.get("/slots", response=Slots, **READ)
def list_slots(request: HttpRequest) -> Slots:
    """The services that are attached. Nothing is asked where there is none, or while it is off."""
    rows = slots.slots_of(caller_in(request).user).values()
    return Slots(items=[_out(row, "") for row in rows if row is not None])


@router.put("/slots/{kind}", response=SlotOut, **WRITE)
def attach_slot(request: HttpRequest, kind: SlotKind, body: SlotIn) -> SlotOut:
    """Attaches a service. The first time, and for another address, the answer has the secret that signs; it is kept
    nowhere, so no idempotency key is taken: the same again changes nothing."""
    made = slots.attach(house(), caller_in(request).user, kind.value, body.url, body.on)
    return _out(made.row, made.secret)


@router.delete("/slots/{kind}", response={204: None}, **WRITE)
def detach_slot(request: HttpRequest, kind: SlotKind) -> HttpResponse:
    """Takes a service away; nothing is asked any more."""
    require(caller_in(request).user, May.CONFIGURE)
    slots.detach(house(), caller_in(request).user, kind.value)
    return HttpResponse(status=204)


@router.get("/tickets/{number}/customer/fields", response=CustomerFields, **WORKS)
def get_customer_fields(request: HttpRequest, number: Number) -> CustomerFields:
    """What the attached CRM says of the ticket's customer. 503 while it does not answer."""
    found = slot_answers.customer_fields(house(), caller_in(request).user, number)
    items = [FieldOut(label=one.label, value=one.value, url=one.url) for one in found or ()]
    return CustomerFields(asked=found is not None, items=items)


@router.post("/tickets/{number}/translations", response=TranslatedOut, **WORKS)
def translate(request: HttpRequest, number: Number, body: ToTranslate) -> TranslatedOut:
    """A text of this ticket, or a draft for it, in another language, by the attached service; 409 without one. It
    changes nothing, so it takes no key."""
    user = caller_in(request).user
    found = slot_answers.translated(house(), user, number, body.text, body.to)
    return TranslatedOut(text=found.text, language=found.language)


def _out(row: Slot, secret: str) -> SlotOut:
    return SlotOut(
        kind=SlotKind(row.kind),
        url=row.url,
        on=row.is_active,
        changed_at=row.changed_at,
        secret=secret or None,
    )
