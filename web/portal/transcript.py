"""The page that asks the owner of an address whether a chat may come there. Looking sends nothing; deciding is `bot.transcript`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bot import transcript
from bot.transcript_words import say
from web.house import house
from web.portal.asked import shown


@csrf_exempt  # the link itself is the secret: who does not hold it has nothing to forge
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Asks; the button sends it, once."""
    asked = transcript.asked(house(), token)
    is_done = request.method == "POST"
    if is_done:
        transcript.confirm(house(), token)
    context: dict[str, Any] = {
        "is_done": is_done,
        **{name: say(name, asked.language) for name in ("page", "send", "done")},
    }
    return shown(request, "transcript", asked.brand, asked.language, **context)
