"""Where macros are written: one page with all that a person may use, and a form for each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bot import macros as verbs
from bot.permissions import May, may, require, teams_of
from core.errors import MalformedPayload
from store.models import Macro
from web.desk import words
from web.desk.entry import at_desk, person
from web.desk.writing import does
from web.errors import sentence_of
from web.house import house

SAMPLE = {
    "customer.name": "Maya Ruiz",
    "customer.first_name": "Maya",
    "ticket.number": "1042",
    "ticket.subject": "Card charged twice",
    "ticket.team": "Billing",
}


@require_GET
@at_desk
def macros(request: HttpRequest) -> HttpResponse:
    """All macros that this person may use, each with what it says and does."""
    user = person(request)
    require(user, May.WORK_TICKETS)
    rows = [
        (one, does(one.actions), one.owner_id == user.id or may(user, May.TAKE_OVER))
        for one in verbs.macros_for(user)
    ]
    return render(request, "desk/macros.html", {"rows": rows, "user": user})


@require_http_methods(["GET", "POST"])
@at_desk
def save(request: HttpRequest, macro: UUID | None = None) -> HttpResponse:
    """The form of a macro, new or known, with a preview; what is wrong is said above it."""
    user = person(request)
    require(user, May.WORK_TICKETS)
    row = verbs.macro(user, macro) if macro else Macro()
    shown = _form(request, row)
    if request.method == "POST":
        try:
            verbs.save(house(), user, request.POST.dict(), macro)
        except MalformedPayload as problem:
            shown |= {"problem": sentence_of(problem), "values": request.POST}
            return render(request, "desk/macro.html", shown, status=400)
        return redirect("desk:macros")
    return render(request, "desk/macro.html", shown)


@require_POST
@at_desk
def remove(request: HttpRequest, macro: UUID) -> HttpResponse:
    """Takes a macro out of use."""
    verbs.remove(person(request), macro)
    return redirect("desk:macros")


def _form(request: HttpRequest, row: Macro) -> dict[str, Any]:
    user = person(request)
    sample = {**SAMPLE, "agent.name": user.name, "agent.first_name": user.first_name}
    actions = {name: str(value) for name, value in row.actions.items()}
    whose = "me" if row.owner_id else row.team.slug if row.team else ""
    return {
        "macro": row,
        "values": {"name": row.name, "text": row.text, "for": whose, **actions},
        "preview": verbs.filled(row.text, sample).text,
        "variables": verbs.VARIABLES,
        "teams": list(teams_of(user).order_by("name")),
        "may_share": may(user, May.TAKE_OVER),
        "priorities": [(str(value), label) for value, label in words.PRIORITIES.items()],
        "categories": words.categories(),
        "user": user,
    }
