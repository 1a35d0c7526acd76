"""An agent's presence and offers, for programs: a softphone, a shift planner, a desk of one's own. The verbs are `bot.offers`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from bot import offers
from bot.permissions import tickets_of
from bot.tokens import Scope
from core.assignment import Available
from core.errors import NotFound
from store.answered import Answered
from store.desk_ticket import find_ticket
from store.presence import presence_of
from store.reservations import history, open_offers
from web.api.changes import standing
from web.api.decision_schemas import Considered
from web.api.door import caller_in
from web.api.operations import Key, Number, done_once, needs
from web.api.schemas import In, Out, TicketState
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="offers")
WRITE = needs(Scope.TICKETS_WRITE, tag="offers")


class NewPresence(In):
    """`state`: saying the same again is a heartbeat; after 150 silent seconds one is offline."""

    state: Available


class PresenceNow(Out):
    state: Available


class OpenOffer(Out):
    id: UUID
    ticket: int
    offered_at: datetime
    deadline: datetime


class OpenOffers(Out):
    items: list[OpenOffer]


class PastOffer(Out):
    """`danger`: the chance, as it was seen then, that the promise breaks before anybody is free."""

    id: UUID
    agent: str
    state: str
    offered_at: datetime
    answered_at: datetime | None
    method: str
    danger: float
    considered: list[Considered]


class PastOffers(Out):
    items: list[PastOffer]


@router.get("/presence", response=PresenceNow, **READ)
def get_presence(request: HttpRequest) -> PresenceNow:
    """Whether this person is offered tickets now."""
    found = presence_of(caller_in(request).user, house().clock())
    if found is None:
        raise NotFound("Only agents are available or not.")
    return PresenceNow(state=found)


@router.post("/presence", response=PresenceNow, **WRITE)
def set_presence(request: HttpRequest, body: NewPresence, key: Key = None) -> HttpResponse:
    """Says whether this person is there. Only who is online is offered tickets."""

    def act() -> Answered:
        state = offers.be(house(), caller_in(request).user, body.state.value)
        return Answered(200, PresenceNow(state=state).model_dump(mode="json"))

    return done_once(request, key, act)


@router.get("/offers", response=OpenOffers, **READ)
def list_offers(request: HttpRequest) -> OpenOffers:
    """What this person is being offered and has still to answer."""
    found = open_offers(caller_in(request).user, house().clock())
    items = [
        OpenOffer(id=one.id, ticket=one.number, offered_at=one.offered_at, deadline=one.deadline)
        for one in found
    ]
    return OpenOffers(items=items)


@router.post("/offers/{offer}/accept", response=TicketState, **WRITE)
def accept(request: HttpRequest, offer: UUID, key: Key = None) -> HttpResponse:
    """Takes the offered ticket: this person speaks with the customer from now on."""

    def act() -> Answered:
        number = offers.accept(house(), caller_in(request).user, offer)
        return standing(number)

    return done_once(request, key, act)


@router.post("/offers/{offer}/decline", response=OpenOffers, **WRITE)
def decline(request: HttpRequest, offer: UUID, key: Key = None) -> HttpResponse:
    """Leaves the ticket to others; it is not offered to this person again. Answers what is still on offer."""

    def act() -> Answered:
        offers.decline(house(), caller_in(request).user, offer)
        return Answered(200, list_offers(request).model_dump(mode="json"))

    return done_once(request, key, act)


@router.get("/tickets/{number}/offers", response=PastOffers, **READ)
def list_past_offers(request: HttpRequest, number: Number) -> PastOffers:
    """Whom this ticket was offered to, what they said, and who else was considered."""
    ticket = find_ticket(tickets_of(caller_in(request).user), number)
    items = [
        PastOffer(
            id=row.id,
            agent=row.agent.user.name,
            state=row.state,
            offered_at=row.offered_at,
            answered_at=row.answered_at,
            method=row.why.get("method", ""),
            danger=row.why.get("danger", 0.0),
            considered=[Considered(**one) for one in row.why.get("considered", ())],
        )
        for row in history(ticket)
    ]
    return PastOffers(items=items)
