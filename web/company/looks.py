"""How the chat looks: a form beside the live widget, the lines to paste, and the way back to what it was."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bot import look as verbs
from bot.permissions import May
from core.errors import MalformedPayload, NotFound
from store.models import Inbox
from web.desk.entry import opens_to, person
from web.errors import sentence_of
from web.house import house

UNDO = "undo_look"
"""Where a session keeps what the chat looked like before."""
LANGUAGES = (
    ("en", "English"),
    ("es", "Español"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("pt", "Português"),
    ("ar", "العربية"),
)


@require_GET
@opens_to(May.CONFIGURE)
def looks(request: HttpRequest) -> HttpResponse:
    """The chat; where there are several, a list of them."""
    found = list(Inbox.objects.filter(channel="webchat").order_by("slug"))
    if len(found) == 1:
        return redirect("company:look", inbox=found[0].slug)
    return render(request, "company/looks.html", {"chats": found})


@require_http_methods(["GET", "POST"])
@opens_to(May.CONFIGURE)
def look(request: HttpRequest, inbox: str) -> HttpResponse:
    """The form and the widget. Raises `NotFound`."""
    row = verbs.chat_named(inbox)
    if request.method == "GET":
        return _page(request, row, verbs.look_of(house(), row))
    wanted = _wanted(request)
    try:
        before = verbs.set_look(house(), person(request), row, wanted)
    except MalformedPayload as problem:
        messages.error(request, sentence_of(problem))
        return _page(request, row, wanted, status=400)
    request.session[UNDO] = {"inbox": inbox, "look": before}
    messages.success(request, gettext("Saved. Your website shows it within a minute."))
    return redirect("company:look", inbox=inbox)


@require_POST
@opens_to(May.CONFIGURE)
def undo(request: HttpRequest, inbox: str) -> HttpResponse:
    """Back to what it was before the last change of this session. Raises `NotFound`."""
    kept = request.session.pop(UNDO, None)
    if not kept or kept["inbox"] != inbox:
        raise NotFound("There is nothing to take back.")
    verbs.set_look(house(), person(request), verbs.chat_named(inbox), kept["look"])
    messages.success(request, gettext("It is as it was."))
    return redirect("company:look", inbox=inbox)


def _wanted(request: HttpRequest) -> dict[str, Any]:
    asked = request.POST
    return {
        **{name: asked.get(name, "").strip() for name in verbs.FIELDS},
        "greeting": {code: asked.get(f"greeting_{code}", "")[:300] for code, _ in LANGUAGES},
        "asks_for": [name for name in ("name", "email") if asked.get(f"asks_{name}")],
        "allowed_origins": [line for line in asked.get("origins", "").splitlines() if line.strip()],
    }


def _page(
    request: HttpRequest, row: Inbox, look: dict[str, Any], status: int = 200
) -> HttpResponse:
    kept = request.session.get(UNDO) or {}
    count = Inbox.objects.filter(channel="webchat", is_active=True).count()
    context = {
        "inbox": row,
        "look": look,
        "accent": look["accent"] or row.brand.accent,
        "title": look["title"] or row.brand.name,
        "greetings": [(code, name, look["greeting"].get(code, "")) for code, name in LANGUAGES],
        "origins": "\n".join(look["allowed_origins"]),
        "snippet": verbs.snippet(house(), row, is_only=count == 1),
        "may_undo": kept.get("inbox") == row.slug,
    }
    return render(request, "company/look.html", context, status=status)
