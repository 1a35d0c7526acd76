"""The agent's presence and what they are offered, as two fragments that keep themselves current. Their deeds are verbs of `bot.offers`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bot import offers
from bot.permissions import tickets_of
from core.assignment import Available
from core.line import Standing
from store.desk import Row, page_by_number
from store.line import own_call
from store.models import User
from store.presence import presence_of
from store.reservations import open_offers
from web.desk.entry import at_desk, person
from web.desk.ticket import Phone, phone_of
from web.desk.words import PRESENCE
from web.house import house

STOP_POLLING = 286
"""htmx's own status: the element that asked asks no more."""
HERE = "is_here"


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer as it is shown. `left` and `whole`: seconds. `rings`: the caller is on the line and this person's
    telephone rings for it."""

    id: UUID
    row: Row
    left: int
    whole: int
    rings: bool = False


@dataclass(frozen=True, slots=True)
class OnPhone:
    """The call that this person is in, on whatever page they look."""

    number: int
    phone: Phone


@require_GET
@at_desk
def shown(request: HttpRequest) -> HttpResponse:
    """What this person is being offered, and the call that they are in."""
    return render(request, "desk/offers.html", _offers(person(request)))


@require_POST
@at_desk
def beat(request: HttpRequest) -> HttpResponse:
    """The desk is open; who has just signed in is online. Says nothing new to a page that knows the state."""
    arrives = not request.session.get(HERE)
    state = offers.beat(house(), person(request), arrives=arrives)
    if state is None:
        return HttpResponse(status=STOP_POLLING)
    if arrives:
        request.session[HERE] = True
    if request.POST.get("state") == state.value:
        return HttpResponse(status=204)
    return _switch(request, state)


@require_POST
@at_desk
def be(request: HttpRequest) -> HttpResponse:
    """The person says whether they are there: `state`."""
    state = offers.be(house(), person(request), request.POST.get("state", ""))
    return _switch(request, state)


@require_POST
@at_desk
def accept(request: HttpRequest, offer: UUID) -> HttpResponse:
    """Takes the ticket and opens it."""
    number = offers.accept(house(), person(request), offer)
    page = reverse("desk:ticket", args=[number])
    return HttpResponse(status=204, headers={"HX-Redirect": f"{page}?view=mine"})


@require_POST
@at_desk
def decline(request: HttpRequest, offer: UUID) -> HttpResponse:
    """Leaves it to others."""
    offers.decline(house(), person(request), offer)
    response = render(request, "desk/offers.html", _offers(person(request)))
    said = gettext("Left to your colleagues.")
    response["HX-Trigger"] = json.dumps({"desk:queue": {}, "desk:say": {"text": said}})
    return response


def _switch(request: HttpRequest, state: Available) -> HttpResponse:
    choices = [
        (one.value, PRESENCE[one.value])
        for one in Available
        if one is not Available.WRAP_UP or one is state
    ]
    context = {"state": state.value, "choices": choices, "label": PRESENCE[state.value]}
    return render(request, "desk/presence.html", context)


def _offers(user: User) -> dict[str, object]:
    shown = _shown(user)
    return {"offers": shown, "call": _call(user, {one.row.number for one in shown})}


def _call(user: User, but: set[int]) -> OnPhone | None:
    """The call at this person's own telephone; not of what is offered beside it."""
    ticket = own_call(tickets_of(user), user)
    if ticket is None or ticket.number in but:
        return None
    phone = phone_of(ticket.conversation, user, house().clock(), may_call=False)
    return OnPhone(ticket.number, phone) if phone else None


def _shown(user: User) -> list[Shown]:
    now = house().clock()
    found = {one.number: one for one in open_offers(user, now)}
    if not found or presence_of(user, now) is not Available.ONLINE:
        return []
    tickets = tickets_of(user).filter(number__in=found)
    listed = page_by_number(house().vault, tickets, now, after=None, limit=len(found))
    shown = []
    for ticket, row, _ in listed:
        offer = found[ticket.number]
        left = max(0, int((offer.deadline - now).total_seconds()))
        whole = int((offer.deadline - offer.offered_at).total_seconds())
        shown.append(Shown(offer.id, row, left, whole, row.call == Standing.RINGING))
    return sorted(shown, key=lambda one: one.left)
