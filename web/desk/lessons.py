"""What could be learned, to be judged by a person: one page with its forms. Learning itself happens in a process of its own (`bot.teach`)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from bot import lessons as verbs
from bot.learning import JOB
from bot.permissions import May, require
from core.errors import IllegalTransition, MalformedPayload
from store.lessons import Shown, lessons
from store.models import Article, Job, Lesson, Team
from store.rhythm import rhythm_of
from web.desk import words
from web.desk.entry import at_desk, person
from web.errors import sentence_of
from web.house import house

A_PAGE = 50
SOURCES: dict[str, str | Promise] = {
    "rated": gettext_lazy("the customer rated the answer as helpful"),
    "helped": gettext_lazy("the customer said that it helped"),
    "suggested": gettext_lazy("a colleague sent the suggested answer"),
    "routed": gettext_lazy("a colleague put it elsewhere"),
}
RHYTHMS: dict[str, str | Promise] = {
    "never": gettext_lazy("only when asked"),
    "day": gettext_lazy("every day"),
    "week": gettext_lazy("every week"),
}


@require_GET
@at_desk
def listed(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    """Those that wait, or `?state=accepted|rejected`; and what was taught last."""
    user = person(request)
    require(user, May.REVIEW_LESSONS)
    state = request.GET.get("state", "")
    state = state if state in Lesson.State.values else Lesson.State.WAITING
    chosen = Lesson.objects.filter(state=state).order_by("-found_at", "id")
    page = Paginator(chosen, A_PAGE).get_page(request.GET.get("page"))
    ids = [row.id for row in page.object_list]
    shown = lessons(house().vault, Lesson.objects.filter(id__in=ids), A_PAGE)
    titles = _titles(shown)
    return render(
        request,
        "desk/lessons.html",
        {
            "cards": [(one, SOURCES[one.row.source], *_said(one.row, titles)) for one in shown],
            "page": page,
            "state": state,
            "states": _states(),
            "teams": list(Team.objects.order_by("name")),
            "priorities": list(words.PRIORITIES.items()),
            "models": _models(),
            "rhythms": list(RHYTHMS.items()),
            "rhythm": rhythm_of().every,
            "is_teaching": verbs.is_teaching(),
            "failed": Job.objects.filter(kind=JOB, state="waiting").exclude(last_error="").first(),
            "problem": problem,
            "user": user,
        },
        status=status,
    )


@require_POST
@at_desk
def settle(request: HttpRequest) -> HttpResponse:
    """Accepts or rejects all that were ticked."""
    try:
        chosen = [UUID(one) for one in request.POST.getlist("lesson")]
    except ValueError as problem:
        raise MalformedPayload("A lesson has a number.") from problem
    deed = {"accept": verbs.accept, "reject": verbs.reject}.get(request.POST.get("deed", ""))
    if deed is None:
        raise MalformedPayload("Lessons are accepted or rejected.")
    require(person(request), May.REVIEW_LESSONS)
    if chosen:
        deed(house(), person(request), chosen)
    return redirect("desk:lessons")


@require_POST
@at_desk
def amend(request: HttpRequest, lesson: UUID) -> HttpResponse:
    """Accepts one in other words or for another target; what is wrong is said above the list."""
    try:
        verbs.amend(house(), person(request), lesson, request.POST.dict())
    except (MalformedPayload, IllegalTransition) as problem:
        request.method = "GET"
        return listed(request, sentence_of(problem), 400)
    return redirect("desk:lessons")


@require_POST
@at_desk
def teach(request: HttpRequest) -> HttpResponse:
    """Asks for a training, or for the version before: `back` names its kind. Both happen in the background."""
    if kind := request.POST.get("back", ""):
        verbs.go_back(house(), person(request), kind)
    else:
        verbs.teach_now(house(), person(request))
    return redirect("desk:lessons")


@require_POST
@at_desk
def rhythm(request: HttpRequest) -> HttpResponse:
    """How often is taught by itself."""
    verbs.set_every(house(), person(request), request.POST.get("every", ""))
    return redirect("desk:lessons")


def _states() -> list[tuple[str, str | Promise, int]]:
    named: dict[str, str | Promise] = {
        "waiting": gettext_lazy("To judge"),
        "accepted": gettext_lazy("Accepted"),
        "rejected": gettext_lazy("Rejected"),
    }
    return [(key, name, Lesson.objects.filter(state=key).count()) for key, name in named.items()]


def _titles(shown: list[Shown]) -> dict[str, str]:
    slugs = {one.row.target.get("article", "") for one in shown}
    rows = Article.objects.filter(slug__in=slugs, live_revision__isnull=False)
    return dict(rows.values_list("slug", "live_revision__title"))


def _said(row: Lesson, titles: dict[str, str]) -> tuple[str, str]:
    """What it teaches and what the router had thought, for people."""
    if row.kind == Lesson.Kind.ANSWER:
        slug = str(row.target["article"])
        return titles.get(slug) or f"{slug} ({gettext('not there any more')})", ""
    return _place(row.target), _place(row.before)


def _place(said: dict[str, Any]) -> str:
    if not said:
        return ""
    priority = words.PRIORITIES.get(int(said["priority"]), "")
    return f"{said['team']} · {words.category(str(said['category']))} · {priority}"


def _models() -> list[dict[str, Any]]:
    """What lessons teach: when it was taught last, whether that serves, and whether there is something before it."""
    names = {"asked": gettext_lazy("Answers"), "router": gettext_lazy("Routing")}
    return [
        asdict(one)
        | {
            "name": names[one.kind],
            "own": _percent(one.own),
            "serving": _percent(one.serving),
        }
        for one in verbs.taught_models()
    ]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"
