"""Choosing what the customer of one ticket is promised: the form, and what it posts to. For many at once it is `web.desk.many`."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bot import leading
from bot.permissions import May, require, tickets_of
from core.errors import MalformedPayload
from store.desk_ticket import find_ticket
from store.promises import policies_for
from web.desk.deeds import done, version_of
from web.desk.entry import at_desk, person
from web.desk.undoing import word_for_one
from web.house import house


@require_GET
@at_desk
def promise_form(request: HttpRequest, number: int) -> HttpResponse:
    """The policies that this ticket can be under."""
    user = person(request)
    require(user, May.TAKE_OVER)
    ticket = find_ticket(tickets_of(user), number)
    shown = {"ticket": ticket, "policies": list(policies_for(ticket))}
    return render(request, "desk/promise.html", shown)


@require_POST
@at_desk
def promise(request: HttpRequest, number: int) -> HttpResponse:
    """`policy`: the ticket is under it from now on; the answer's token takes it back."""
    user = person(request)
    try:
        chosen = UUID(request.POST.get("policy", ""))
    except ValueError as error:
        raise MalformedPayload("Choose a policy.") from error
    before = leading.promise(house(), user, number, chosen, version_of(request))
    if before == chosen:
        return done(request, number, gettext("It was so already."))
    word = word_for_one(user, number, "policy", str(before))
    return done(request, number, gettext("Changed."), word)
