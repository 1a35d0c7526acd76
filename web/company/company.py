"""The way in: every page of the settings by group, with a search; and the company's name and time zone."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from zoneinfo import available_timezones

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from bot.beginning import checked_zone
from bot.company import default_brand, keep
from bot.options import TextPrice, options_of
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
        shown = {
            "brand": brand,
            "zones": sorted(available_timezones()),
            "price": options_of(brand).text_price,
        }
        return render(request, "company/company.html", shown)

    def deed() -> None:
        brand.name = request.POST.get("name", "").strip()[:120]
        brand.time_zone = checked_zone(request.POST.get("time_zone", ""))
        if not brand.name:
            raise MalformedPayload("A company needs a name.")
        brand.options = {**(brand.options or {}), "text_price": _price(request)}
        keep(house(), user, brand, ["name", "time_zone", "text_price"])

    attempted(request, deed, gettext("Saved."))
    return redirect((request.POST.get("then") == "guide" and "company:guide") or "company:company")


def _price(request: HttpRequest) -> dict[str, str]:
    """What a text segment costs, as it is kept. Raises `MalformedPayload`."""
    amount = request.POST.get("text_amount", "").strip().replace(",", ".") or "0"
    try:
        price = TextPrice(
            amount=Decimal(amount), currency=request.POST.get("text_currency", "").strip()
        )
    except (ValueError, InvalidOperation) as problem:
        raise MalformedPayload("Write the price of a text as 0.0079, and a currency.") from problem
    kept: dict[str, str] = price.model_dump(mode="json")
    return kept
