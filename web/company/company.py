"""The way in: every page of the settings by group, with a search; and the company's name and time zone."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from bot.beginning import checked_zone
from bot.company import default_brand, keep
from bot.permissions import May
from core.errors import MalformedPayload
from web.company.door import attempted, wants_guide
from web.company.places import places_for
from web.desk.entry import opens_to, person
from web.house import house


@require_GET
@opens_to(*May)
def settings(request: HttpRequest) -> HttpResponse:
    """What this person can set; `?q=` finds pages by words."""
    user, query = person(request), request.GET.get("q", "")[:100]
    context = {
        "groups": places_for(user, query),
        "q": query,
        "wants_guide": wants_guide(user),
        "user": user,
        "is_way_in": True,
    }
    return render(request, "company/settings.html", context)


@require_http_methods(["GET", "POST"])
@opens_to(May.CONFIGURE)
def company(request: HttpRequest) -> HttpResponse:
    """Name and time zone."""
    brand, user = default_brand(), person(request)
    if request.method == "GET":
        zones = sorted(available_timezones())
        return render(request, "company/company.html", {"brand": brand, "zones": zones})

    def deed() -> None:
        brand.name = request.POST.get("name", "").strip()[:120]
        brand.time_zone = checked_zone(request.POST.get("time_zone", ""))
        if not brand.name:
            raise MalformedPayload("A company needs a name.")
        keep(house(), user, brand, ["name", "time_zone"])

    attempted(request, deed, gettext("Saved."))
    return redirect((request.POST.get("then") == "guide" and "company:guide") or "company:company")
