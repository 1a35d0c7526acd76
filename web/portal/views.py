"""Pages of the help portal, read from the live revisions of public articles."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, get_language_info, gettext, ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from bot import help_ratings, help_search
from bot.playground import address
from store.models import Brand, Revision
from web.account.tries import source_of
from web.gate import Allowance, Gate
from web.house import house
from web.portal.parts import parts_of
from web.problems import TooMany

MARK = Path(__file__).resolve().parent.parent / "desk" / "static" / "desk" / "mark.svg"

SUGGESTED = 7
_gate = Gate(Allowance())


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Sections and their articles in the reader's language, and the chat; with `?q=` what a search for it finds."""
    language = _language(request)
    wanted = request.GET.get("q", "").strip()[: help_search.LONGEST]
    context: dict[str, Any] = {"q": wanted, "language": language, **_frame(language)}
    if wanted:
        context["found"] = _found(request, wanted, language)
    else:
        rows = help_search.live_articles().filter(language=language)
        found = rows.order_by("section", "live_revision__title")
        context["sections"] = [
            (name.replace("-", " ").capitalize(), list(articles))
            for name, articles in groupby(found, key=lambda article: article.section)
        ]
    with translation.override(language):
        return render(request, "portal/home.html", context)


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Articles for what somebody is typing, `?q=`, as a list to choose from."""
    language = _language(request)
    found = _found(request, request.GET.get("q", ""), language, is_typing=True)
    items = [
        {
            "title": hit.title,
            "section": hit.section.replace("-", " ").capitalize(),
            "language": hit.language,
            "url": _where(hit),
        }
        for hit in found.hits[:SUGGESTED]
    ]
    with translation.override(language):
        said = ngettext("%(n)s article", "%(n)s articles", len(items)) % {"n": len(items)}
    return JsonResponse({"items": items, "said": said})


def _found(
    request: HttpRequest, words: str, language: str, *, is_typing: bool = False
) -> help_search.Found:
    """By meaning, or by words alone for an address that asks for more than its share of the brain."""
    try:
        _gate.search(source_of(request))
    except TooMany:
        return help_search.by_words(words, language, is_typing=is_typing)
    return help_search.look_up(house(), words, language, is_typing=is_typing)


def _where(hit: help_search.Hit) -> str:
    page = reverse("portal:article", args=[hit.slug])
    return f"{page}#{hit.anchor}" if hit.anchor else page


@csrf_exempt  # readers keep no cookies of ours; what other pages send is left out by `_is_from_here`
@require_http_methods(["GET", "HEAD", "POST"])
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article, with an anchor at each heading that citations may name; a press under it tells whether it helped."""
    row = help_search.live_articles().filter(slug=slug).first()
    if row is None or row.live_revision is None:
        return _missing(request)
    blocks = json.loads(row.live_revision.body)
    context = {
        "article": row,
        "revision": row.live_revision,
        "parts": parts_of(row, blocks),
        "language": row.language,
        **_rated(request, row.live_revision),
        **_frame(row.language),
    }
    with translation.override(row.language):
        page = render(request, "portal/article.html", context)
    if request.method == "POST":
        add_never_cache_headers(page)
    return page


def _rated(request: HttpRequest, page: Revision) -> dict[str, Any]:
    """What the reader has just said of it, if anything, and whether that counts."""
    said = request.POST.get("helped", "") if request.method == "POST" else ""
    if said not in {"yes", "no"} or not _is_from_here(request):
        return {}
    why = request.POST.get("why", "").strip()
    is_kept = help_ratings.rate(house(), page, source_of(request), said == "yes", why)
    return {"said": said, "why": why, "is_kept": is_kept, "longest": help_ratings.LONGEST}


def _is_from_here(request: HttpRequest) -> bool:
    """Browsers say which page sends a form, the older ones by its host alone."""
    sender = request.headers.get("Sec-Fetch-Site", "")
    if sender:
        return sender in {"same-origin", "none"}
    origin = request.headers.get("Origin", "")
    return not origin or urlsplit(origin).netloc == request.get_host()


def _missing(request: HttpRequest) -> HttpResponse:
    """An article that is not there, or not any more: what was looked for may stand elsewhere."""
    language = _language(request)
    with translation.override(language):
        context = {"language": language, "is_missing": True, **_frame(language)}
        return render(request, "portal/home.html", context, status=404)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is nothing here."""
    return render(
        request, "problem.html", {"message": gettext("There is no such page.")}, status=404
    )


def not_yours(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What this person may not see or do, and who could change that."""
    message = gettext("You may not see this page. An admin of your company decides who may.")
    return render(request, "problem.html", {"message": message}, status=403)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose mark is not, or no more, that of this session; `reason` is Django's, for its log."""
    message = gettext(
        "Nothing was sent: this page is older than your sign-in, or your browser keeps no cookies. "
        "Go back, load it again and send it once more."
    )
    return render(request, "problem.html", {"message": message}, status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Something of ours broke; nothing of it is shown."""
    message = gettext(
        "Something went wrong on our side. Nothing you sent was lost; please try again."
    )
    return render(request, "problem.html", {"message": message}, status=500)


@require_safe
def mark(request: HttpRequest) -> HttpResponse:
    """Our mark, where browsers look for one that no page names."""
    answer = HttpResponse(MARK.read_bytes(), content_type="image/svg+xml")
    answer["Cache-Control"] = "public, max-age=86400"
    return answer


def _language(request: HttpRequest) -> str:
    """As asked for; else the browser's, where there are articles in it; else the first that has some."""
    asked, own, spoken = request.GET.get("lang", ""), (get_language() or "en")[:2], _spoken()
    if asked in dict(settings.LANGUAGES):
        return asked
    return own if own in spoken or not spoken else spoken[0]


def _spoken() -> list[str]:
    """Languages that have articles, as our pages' languages stand in the settings."""
    found = set(help_search.live_articles().values_list("language", flat=True).distinct())
    return [code for code, _ in settings.LANGUAGES if code in found]


def _frame(language: str) -> dict[str, Any]:
    brand = Brand.objects.filter(slug="default").first()
    return {
        "brand": brand,
        "is_rtl": language in settings.LANGUAGES_BIDI,
        "languages": [(code, get_language_info(code)["name_local"]) for code in _spoken()],
        "playground": address(house().settings),
    }
