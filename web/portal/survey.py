"""The satisfaction question as a page, for whoever holds its link. Looking changes nothing: mail programs look ahead. Deciding is `bot.survey`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bot import survey
from bot.survey_words import ratings, say
from core.errors import Conflict, MalformedPayload
from web.house import house
from web.portal.asked import shown


@csrf_exempt  # the link itself is the secret: who does not hold it has nothing to forge
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The question; POST answers it or changes the answer."""
    if request.method != "POST":
        return _shown(request, token)
    told = request.POST
    rating = told.get("rating", "")
    try:
        survey.answer(
            house(), token, int(rating) if rating in set("12345") else 0, told.get("comment", "")
        )
    except MalformedPayload:
        return _shown(request, token, problem="choose", status=400)
    except Conflict:
        return _shown(request, token, status=409)
    response = redirect("portal:survey", token=token)
    response.status_code = 303
    return response


def _shown(request: HttpRequest, token: str, problem: str = "", status: int = 200) -> HttpResponse:
    asked = survey.asked(house(), token)
    language = asked.language
    chosen = asked.rating or request.GET.get("r", "")
    until = date_format(asked.until, "Y-m-d H:i e") if asked.until else ""
    context: dict[str, Any] = {
        "is_open": asked.until is not None,
        "is_rated": asked.rating is not None,
        "problem": say(problem, language) if problem else "",
        "choices": [
            (str(n), name, str(n) == str(chosen)) for n, name in enumerate(ratings(language), 1)
        ],
        "until": say("change", language, time=until),
        **{word: say(word, language) for word in ("page", "comment", "send", "rated", "closed")},
    }
    return shown(request, "survey", asked.brand, language, status, **context)
