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
from bot.options import PostRule, TextPrice, options_of
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
            "rule": options_of(brand).posts,
        }
        return render(request, "company/company.html", shown)

    def deed() -> None:
        brand.name = request.POST.get("name", "").strip()[:120]
        brand.time_zone = checked_zone(request.POST.get("time_zone", ""))
        if not brand.name:
            raise MalformedPayload("A company needs a name.")
        changed = {"text_price": _price(request), "posts": _rule(request)}
        brand.options = {**(brand.options or {}), **changed}
        keep(house(), user, brand, ["name", "time_zone", *changed])

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


def _rule(request: HttpRequest) -> dict[str, object]:
    """When a public post becomes a ticket by itself; unchanged where the form does not ask. Raises `MalformedPayload`."""
    if "post_rule" not in request.POST:
        return options_of(default_brand()).posts.model_dump(mode="json")
    try:
        percent = Decimal(request.POST.get("post_sure", "").strip() or "70")
        rule = PostRule(automatic=request.POST["post_rule"] == "asks", sure=float(percent) / 100)
    except (ValueError, InvalidOperation) as problem:
        raise MalformedPayload("Write how sure it must be as a number from 50 to 100.") from problem
    return rule.model_dump(mode="json")
