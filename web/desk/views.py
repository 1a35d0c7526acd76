"""Pages of the desk and the two fragments that keep them live: the queue (views and list) and one ticket's pane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from bot.permissions import May, may, tickets_of
from core.errors import NotFound
from store.desk import View, counts, rows
from store.desk_ticket import open_ticket_page
from store.models import User
from web.desk.entry import at_desk, is_fragment, person
from web.desk.ticket import shown
from web.desk.words import VIEWS
from web.house import house


@dataclass(frozen=True, slots=True)
class Place:
    """A view in the rail."""

    name: str
    label: str
    icon: str
    count: int | None
    is_here: bool


@require_GET
@at_desk
def home(request: HttpRequest) -> HttpResponse:
    """The first view with something in it for this person."""
    user = person(request)
    found = counts(tickets_of(user), user, house().clock())
    order = [View.MINE, View.TEAM, View.UNASSIGNED]
    if not may(user, May.WORK_TICKETS) or may(user, May.CONFIGURE):
        order = [View.ALL]
    chosen = next((view for view in order if found[view]), order[-1])
    return redirect("desk:view", view=chosen.value)


@require_GET
@at_desk
def queue(request: HttpRequest, view: str) -> HttpResponse:
    """A view's list; as a fragment the rail's counts and the list alone. Raises `NotFound`."""
    context = queue_context(person(request), _view(view), request.GET.get("open", ""))
    if is_fragment(request):
        return render(request, "desk/queue.html", context)
    return render(request, "desk/page.html", context)


@require_GET
@at_desk
def ticket(request: HttpRequest, number: int) -> HttpResponse:
    """A ticket beside its list; as a fragment the pane alone. Raises `NotFound`."""
    user = person(request)
    if is_fragment(request):
        return pane(request, number)
    asked = request.GET.get("view", "")
    view = _view(asked) if asked in set(View) else _home_of(user)
    context = queue_context(user, view, str(number))
    return render(request, "desk/page.html", {**context, **_pane_context(user, number)})


def pane(request: HttpRequest, number: int) -> HttpResponse:
    """The pane of a ticket as it is now."""
    return render(request, "desk/pane.html", _pane_context(person(request), number))


def _pane_context(user: User, number: int) -> dict[str, Any]:
    now = house().clock()
    opened = open_ticket_page(house().vault, tickets_of(user), number, now)
    return {"user": user, "open": shown(opened, user, now)}


def queue_context(user: User, view: View, selected: str) -> dict[str, Any]:
    """What the rail and the list show."""
    now, visible = house().clock(), tickets_of(user)
    found = counts(visible, user, now)
    listed = rows(house().vault, visible, view, user, now)
    places = [
        Place(
            one.value,
            str(VIEWS[one].label),
            VIEWS[one].icon,
            found.get(one),
            one is view,
        )
        for one in views_for(user)
    ]
    return {
        "user": user,
        "view": view.value,
        "words": VIEWS[view],
        "places": places,
        "rows": listed,
        "total": found.get(view, len(listed)),
        "selected": int(selected) if selected.isdecimal() else None,
        "now": now,
        "may_work": may(user, May.WORK_TICKETS),
        "may_configure": may(user, May.CONFIGURE),
        "may_audit": may(user, May.READ_AUDIT),
    }


def views_for(user: User) -> list[View]:
    """The views that the desk offers to this person."""
    hidden: set[View] = set()
    if not may(user, May.SEE_ALL_TICKETS):
        hidden |= {View.ALL}
    if not may(user, May.WORK_TICKETS):
        hidden |= {View.MINE, View.TEAM}
    return [view for view in View if view not in hidden]


def _home_of(user: User) -> View:
    return View.TEAM if may(user, May.WORK_TICKETS) else View.ALL


def _view(name: str) -> View:
    try:
        return View(name)
    except ValueError as error:
        raise NotFound("There is no such view.") from error
