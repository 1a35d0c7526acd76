"""The page behind the link under an answer by mail: two buttons. Looking at it changes nothing, for mail programs look at every link."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bot import ratings
from bot.survey_words import say
from web.house import house
from web.portal.asked import shown


@csrf_exempt  # the signed address is all the authority there is, and some readers keep no cookies
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Asks; a press of a button is the answer, and can be taken back by the other one."""
    asked = ratings.asked(house(), token)
    said = request.POST.get("helped", "") if request.method == "POST" else ""
    if said in {"yes", "no"}:
        ratings.rate(house(), token, said == "yes")
    context: dict[str, Any] = {
        "said": said,
        **{name: say(name, asked.language) for name in ("helped_page", "yes", "no", "rated")},
    }
    return shown(request, "rate", asked.brand, asked.language, **context)
