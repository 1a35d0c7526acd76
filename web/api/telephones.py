"""Speaking with a colleague by telephone while a caller is on hold, and connecting the two. The verbs are `bot.consult`."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from bot import consult
from bot.house import House
from bot.tokens import Scope
from core.assignment import Available
from store.models import User
from web.api.changes import changed
from web.api.door import caller_in
from web.api.operations import IfMatch, Key, Number, needs
from web.api.schemas import TEXT, In, Out, TicketState
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="deeds")
WRITE = needs(Scope.TICKETS_WRITE, tag="deeds")


class Telephone(Out):
    """A colleague who can be called. `presence`: null for who takes no conversations."""

    person: UUID
    name: str
    presence: Available | None
    is_on_phone: bool


class Telephones(Out):
    items: list[Telephone]


class Consulting(In):
    """`reason`: a note, which the colleague hears before anybody is connected."""

    person: UUID
    reason: TEXT


@router.get("/tickets/{number}/telephones", response=Telephones, **READ)
def telephones(request: HttpRequest, number: Number) -> Telephones:
    """The colleagues who can be called about this ticket: who may see it, works on tickets and has a telephone."""
    found = consult.colleagues(house(), caller_in(request).user, number)
    items = [
        Telephone(person=one.id, name=one.name, presence=one.presence, is_on_phone=one.is_on_phone)
        for one in found
    ]
    return Telephones(items=items)


@router.post("/tickets/{number}/consult", response=TicketState, **WRITE)
def ask(
    request: HttpRequest,
    number: Number,
    body: Consulting,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """Puts the caller, with whom this person speaks, on hold, and makes the colleague's telephone ring. 409 where they do
    not speak, or the colleague does."""

    def act(house: House, user: User, number: int, version: int | None) -> None:
        consult.ask(house, user, number, body.person, body.reason, version)

    return changed(request, number, key, if_match, act)


@router.post("/tickets/{number}/connect-caller", response=TicketState, **WRITE)
def connect_caller(
    request: HttpRequest, number: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """The caller on hold speaks with the colleague who was asked, and the ticket is that one's. 409 where no colleague is
    on the line. Back to the caller leads `unhold`."""
    return changed(request, number, key, if_match, consult.connect_caller)
