"""Posting what hangs on a ticket, and the page on which two tickets become one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bot import merging
from bot.annotate import annotate as annotate_ticket
from bot.permissions import May, require, tickets_of
from core.dossier import Deed, Step
from core.errors import MalformedPayload
from store.desk_ticket import find_ticket, same_customer
from store.dossier_view import tags_in_use
from web.desk.deeds import done, version_of
from web.desk.entry import at_desk, person
from web.desk.undoing import word_for
from web.house import house


@require_POST
@at_desk
def annotate(request: HttpRequest, number: int) -> HttpResponse:
    """`deed`, `what`, `value`: one step, which the answer's token takes back."""
    user = person(request)
    try:
        deed = Deed(request.POST.get("deed", ""))
    except ValueError as error:
        raise MalformedPayload("There is no such deed.") from error
    step = Step(deed, request.POST.get("what", ""), request.POST.get("value", ""))
    back = annotate_ticket(house(), user, number, step)
    if back is None:
        return done(request, number, gettext("It was so already."))
    word = word_for(user, number=number, step=[back.deed, back.what, back.value])
    return done(request, number, gettext("Changed."), word)


@require_GET
@at_desk
def tags(request: HttpRequest) -> HttpResponse:
    """Tags on tickets that this person may see, to be offered while they type."""
    user = person(request)
    require(user, May.WORK_TICKETS)
    found = tags_in_use(tickets_of(user))
    return HttpResponse(format_html_join("", '<option value="{}">', ((tag,) for tag in found)))


@require_GET
@at_desk
def merge_form(request: HttpRequest, number: int) -> HttpResponse:
    """The customer's other open tickets, in which this one could go on."""
    user = person(request)
    require(user, May.WORK_TICKETS)
    visible = tickets_of(user)
    ticket = find_ticket(visible, number)
    others = [
        one
        for one in same_customer(house().vault, visible, ticket)
        if one.status in {"open", "pending"}
    ]
    shown = {"number": number, "version": ticket.version, "others": others}
    return render(request, "desk/merge.html", shown)


@require_POST
@at_desk
def merge(request: HttpRequest, number: int) -> HttpResponse:
    """`into`: the ticket that goes on."""
    into = request.POST.get("into", "").strip().lstrip("#")
    if not into.isdecimal() or len(into) > 18:
        raise MalformedPayload("Which ticket? Its number is enough.")
    merging.merge(house(), person(request), number, int(into), version_of(request))
    return done(request, number, gettext("Merged. What comes later is in the other ticket."))


@require_POST
@at_desk
def split(request: HttpRequest, number: int) -> HttpResponse:
    merging.split(house(), person(request), number, version_of(request))
    return done(request, number, gettext("Two tickets again."))
