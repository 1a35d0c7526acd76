"""The page behind the link under an answer by mail: two buttons. Looking at it changes nothing, for mail programs look at every link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bot import ratings
from bot.texts import text
from store.learning import sent_answer
from web.house import house


@csrf_exempt  # the signed address is all the authority there is, and some readers keep no cookies
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Asks; a press of a button is the answer, and can be taken back by the other one."""
    vault, now = house().vault, house().clock()
    answer = sent_answer(ratings.key_in(vault, token), now - ratings.OPEN_FOR)
    language = answer.conversation.language
    said = request.POST.get("helped", "") if request.method == "POST" else ""
    if said in {"yes", "no"}:
        ratings.rate(house(), token, said == "yes")
    words = {
        name: text(name, language) for name in ("rate_title", "rate_yes", "rate_no", "rate_thanks")
    }
    response = render(request, "portal/rate.html", {"said": said, "language": language, **words})
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
