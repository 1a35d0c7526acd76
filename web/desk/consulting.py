"""Speaking with a colleague by telephone while a caller is on hold: whom, why, and connecting the two. The verbs are `bot.consult`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bot import consult
from core.errors import NotFound
from web.desk.deeds import done
from web.desk.entry import at_desk, person
from web.desk.words import PRESENCE
from web.house import house


@require_GET
@at_desk
def form(request: HttpRequest, number: int) -> HttpResponse:
    """Who can be called about this ticket, and whether they are there."""
    people = [
        (one, PRESENCE[one.presence.value] if one.presence else "")
        for one in consult.colleagues(house(), person(request), number)
    ]
    return render(request, "desk/consult.html", {"number": number, "people": people})


@require_POST
@at_desk
def ask(request: HttpRequest, number: int) -> HttpResponse:
    """`colleague`: whose telephone rings; `reason`: what they hear, and a note."""
    user, wanted = person(request), request.POST.get("colleague", "")
    found = [one for one in consult.colleagues(house(), user, number) if str(one.id) == wanted]
    if not found:
        raise NotFound("There is no such colleague who could be called about this ticket.")
    consult.ask(house(), user, number, found[0].id, request.POST.get("reason", ""))
    return done(request, number, gettext("The caller is on hold, and your colleague is called."))


@require_POST
@at_desk
def connect_caller(request: HttpRequest, number: int) -> HttpResponse:
    """The caller and the colleague who was asked."""
    consult.connect_caller(house(), person(request), number)
    return done(request, number, gettext("The caller is connected with your colleague."))
