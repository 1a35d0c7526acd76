"""Where the assistant's knowledge comes from: a page for a website's address, files, or the sample; and how reading went."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from bot import sources as verbs
from bot.permissions import May
from core.errors import MalformedPayload, NotFound
from core.message import Attached
from store.models import Article, Source
from store.sources import sources_of
from web.company.door import attempted
from web.desk.entry import is_fragment, opens_to, person
from web.house import house
from web.languages import without_articles


@require_http_methods(["GET", "POST"])
@opens_to(May.WRITE_ARTICLES)
def sources(request: HttpRequest) -> HttpResponse:
    """The list; POST reads from `address`, from `files`, or the `sample`."""
    if request.method == "POST":
        attempted(request, lambda: _read(request), gettext("It is being read."))
        return redirect(
            (request.POST.get("then") == "guide" and "company:guide") or "company:sources"
        )
    context = {
        "sources": sources_of(verbs.BRAND),
        "articles": Article.objects.filter(removed_at=None, live_revision__isnull=False).count(),
        "readable": verbs.READABLE,
        "without_articles": without_articles(verbs.BRAND),
        "waits": Source.objects.filter(state__in=["waiting", "reading"]).exists(),
    }
    name = "company/sources_list.html" if is_fragment(request) else "company/sources.html"
    return render(request, name, context)


@require_POST
@opens_to(May.WRITE_ARTICLES)
def again(request: HttpRequest, source: UUID) -> HttpResponse:
    """Reads a source once more. Raises `NotFound`."""
    row = Source.objects.filter(id=source).first()
    if row is None:
        raise NotFound("There is no such source.")
    verbs.read_again(house(), person(request), row)
    return redirect("company:sources")


def _read(request: HttpRequest) -> None:
    user, kind = person(request), request.POST.get("kind", "")
    match kind:
        case "site":
            verbs.read_site(house(), user, request.POST.get("address", ""))
        case "files":
            files = [
                Attached(str(file.name), str(file.content_type or ""), file.read())
                for file in request.FILES.getlist("files")[: verbs.MOST_FILES + 1]
                if (file.size or 0) <= verbs.MOST_BYTES
            ]
            if len(files) < len(request.FILES.getlist("files")):
                raise MalformedPayload("A file may have 20 MB, and there may be 20 at once.")
            verbs.upload(house(), user, files)
        case "sample":
            verbs.read_sample(house(), user)
        case _:
            raise MalformedPayload("Choose a website, files, or the sample.")
