"""Deeds on many tickets at once, their undoing, and handing one ticket on."""

from __future__ import annotations

import json
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from bot import bulk, handover
from bot.annotate import annotate
from bot.permissions import May, may, require, teams_of, tickets_of
from core.dossier import Deed, Step
from core.errors import MalformedPayload
from store.desk_ticket import find_ticket
from store.models import SlaPolicy, Team, User
from web.desk import words
from web.desk.deeds import done, version_of
from web.desk.entry import at_desk, person
from web.desk.later import later_times
from web.desk.undoing import told_in, word_for
from web.errors import sentence_of
from web.house import house


@require_GET
@at_desk
def choices(request: HttpRequest) -> HttpResponse:
    """What can be done to the tickets that are picked."""
    user = person(request)
    require(user, May.WORK_TICKETS)
    teams = list(teams_of(user).order_by("name"))
    policies = SlaPolicy.objects.filter(brand__in={team.brand_id for team in teams})
    shown = {
        "priorities": list(words.PRIORITIES.items()),
        "categories": words.categories(),
        "teams": teams,
        "policies": list(policies.order_by("name")) if may(user, May.TAKE_OVER) else [],
        "later": later_times(house().clock()),
    }
    return render(request, "desk/bulk.html", shown)


@require_POST
@at_desk
def act(request: HttpRequest) -> HttpResponse:
    """`numbers`, `deed`, `value`: does it to each, and says how it can be undone."""
    user = person(request)
    numbers = [int(text) for text in request.POST.getlist("numbers") if text.isdecimal()]
    deed, value = request.POST.get("deed", ""), request.POST.get("value", "")
    result = bulk.do(house(), user, numbers, deed, value)
    count = len(result.undo)
    said = ngettext("%(n)s ticket changed.", "%(n)s tickets changed.", count) % {"n": count}
    if result.refused:
        number, why = result.refused[0]
        told_why = {"number": number, "why": sentence_of(why)}
        said += " " + gettext("Not changed: #%(number)s (%(why)s)") % told_why
    return _said(said, word_for(user, deed=deed, undo=result.undo) if result.undo else "")


@require_POST
@at_desk
def undo(request: HttpRequest) -> HttpResponse:
    """`token`: what `act` or a deed on one ticket gave to this person a moment ago."""
    user = person(request)
    require(user, May.WORK_TICKETS)
    try:
        told = told_in(request.POST.get("token", ""))
    except signing.BadSignature as error:
        raise MalformedPayload("This can no longer be undone.") from error
    if told["user"] != str(user.id):
        raise MalformedPayload("This was done by somebody else.")
    if step := told.get("step"):
        deed, what, value = step
        annotate(house(), user, int(told["number"]), Step(Deed(deed), what, value))
        return _said(gettext("Taken back."), "")
    was = tuple((number, version, before) for number, version, before in told["undo"])
    count = bulk.undo(house(), user, bulk.Done(told["deed"], was, ()))
    return _said(ngettext("%(n)s taken back.", "%(n)s taken back.", count) % {"n": count}, "")


@require_GET
@at_desk
def hand_on_form(request: HttpRequest, number: int) -> HttpResponse:
    """To whom this ticket can be handed on."""
    user = person(request)
    require(user, May.WORK_TICKETS)
    ticket = find_ticket(tickets_of(user), number)
    people = User.objects.filter(is_active=True).exclude(id=user.id).order_by("name")
    shown = {
        "number": number,
        "version": ticket.version,
        "teams": list(Team.objects.filter(brand=ticket.brand_id).exclude(id=ticket.team_id)),
        "people": [
            one for one in people.exclude(role__in=["auditor", "author"])
            if tickets_of(one).filter(number=number).exists()
        ],
    }  # fmt: skip
    return render(request, "desk/hand_on.html", shown)


@require_POST
@at_desk
def hand_on(request: HttpRequest, number: int) -> HttpResponse:
    """`to`: `team:<slug>`, `person:<id>` or `assistant`; `reason`: a note for whoever has it next."""
    user, reason = person(request), request.POST.get("reason", "")
    kind, _, whom = request.POST.get("to", "").partition(":")
    version = version_of(request)
    if kind == "team":
        handover.to_team(house(), user, number, whom, reason, version)
    elif kind == "person":
        try:
            colleague = UUID(whom)
        except ValueError as error:
            raise MalformedPayload("There is no such colleague.") from error
        handover.to_colleague(house(), user, number, colleague, reason, version)
    elif kind == "assistant":
        handover.to_assistant(house(), user, number, reason, version)
    else:
        raise MalformedPayload("Choose who has it next.")
    if not tickets_of(user).filter(number=number).exists():
        return HttpResponse(status=204, headers={"HX-Redirect": "/desk/"})
    return done(request, number, gettext("Handed on, with your note."))


def _said(said: str, token: str) -> HttpResponse:
    response = HttpResponse(status=204)
    told = {"desk:queue": {}, "desk:ticket": {}, "desk:say": {"text": said, "undo": token}}
    response["HX-Trigger"] = json.dumps(told)
    return response
