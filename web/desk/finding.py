"""Looking for things: the palette's results, the form that narrows a list, and lists that are kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bot import desk_views
from bot.desk_knowledge import articles_of
from bot.permissions import May, may, teams_of, tickets_of
from core.dossier import FieldKind
from store.desk_filter import Criteria
from store.desk_search import search
from store.dossier_view import filters, tags_in_use
from store.models import User
from web.desk import words
from web.desk.entry import at_desk, person
from web.desk.lists import Shelf
from web.house import house

HITS = 12
ARTICLES = 4
COLLEAGUES = 4


@require_GET
@at_desk
def results(request: HttpRequest) -> HttpResponse:
    """What the palette shows for `?q=`: tickets of this person's sight, colleagues, articles."""
    user, asked = person(request), request.GET.get("q", "").strip()[:120]
    found: dict[str, Any] = {"asked": asked}
    if len(asked) > 1:
        now = house().clock()
        found["hits"] = search(house().vault, tickets_of(user), asked, now, HITS)
        found["colleagues"] = User.objects.filter(
            is_active=True, name__icontains=asked, agent__isnull=False
        ).order_by("name")[:COLLEAGUES]
        found["articles"] = (
            articles_of(user)
            .filter(live_revision__title__icontains=asked)
            .select_related("live_revision")
            .order_by("slug")[:ARTICLES]
        )
    return render(request, "desk/results.html", found)


@require_GET
@at_desk
def form(request: HttpRequest) -> HttpResponse:
    """The form that narrows a list, filled with what is shown now."""
    user = person(request)
    shelf = Shelf.of(user, request.GET)
    return render(request, "desk/filter.html", {**_choices(user), "now": shelf.criteria})


@require_POST
@at_desk
def save(request: HttpRequest) -> HttpResponse:
    """Keeps what the form says as a list of this person or, by a lead, of a team."""
    criteria, name = Criteria.read(request.POST), request.POST.get("name", "")
    made = desk_views.save(house(), person(request), name, criteria, request.POST.get("for", ""))
    return redirect("desk:saved", saved=made.id)


@require_POST
@at_desk
def remove(request: HttpRequest, saved: UUID) -> HttpResponse:
    """Takes a saved list away."""
    desk_views.remove(person(request), saved)
    return redirect("desk:home")


def _choices(user: User) -> dict[str, Any]:
    return {
        "priorities": [(str(value), label) for value, label in words.PRIORITIES.items()],
        "channels": words.channels(),
        "categories": words.categories(),
        "teams": list(teams_of(user).order_by("name")),
        "tags": tags_in_use(tickets_of(user)),
        "fields": _fields(),
        "may_share": may(user, May.TAKE_OVER),
    }


def _fields() -> list[tuple[str, str]]:
    """Values of the company's own fields that can be chosen from: `slug:value` with its name."""
    known = {FieldKind.YES_NO: (("yes", gettext("Yes")), ("no", gettext("No")))}
    return [
        (f"{one.slug}:{value}", f"{one.label}: {name}")
        for one in filters()
        for value, name in known.get(one.kind, tuple((word, word) for word in one.options))
    ]
