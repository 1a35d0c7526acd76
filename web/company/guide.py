"""The first steps, from an empty installation to the first answered message: each with its state, to be left and taken up again."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from bot import guide as verbs
from bot.company import default_brand
from bot.guide import Progress, Step
from bot.look import snippet
from bot.permissions import May
from core.errors import MalformedPayload
from store.models import Team
from store.sources import sources_of
from web.company.door import attempted
from web.company.roles import offered_roles
from web.desk.entry import opens_to, person
from web.house import house
from web.languages import without_articles

TITLES = {
    Step.COMPANY: gettext_lazy("Your company"),
    Step.TEAM: gettext_lazy("A first team and its hours"),
    Step.KNOWLEDGE: gettext_lazy("What the assistant answers from"),
    Step.WIDGET: gettext_lazy("The chat on your website"),
    Step.TRY: gettext_lazy("Write a first message"),
    Step.INVITE: gettext_lazy("Invite colleagues"),
}


@require_GET
@opens_to(May.CONFIGURE)
def guide(request: HttpRequest) -> HttpResponse:
    """All steps; the first that is open is unfolded, or the one that `?step=` names."""
    return render(request, "company/guide.html", _context(request))


@require_GET
@opens_to(May.CONFIGURE)
def state(request: HttpRequest) -> HttpResponse:
    """How far the steps are, asked now and then while somebody waits for one of them."""
    return render(request, "company/guide_state.html", _context(request))


@require_POST
@opens_to(May.CONFIGURE)
def skip(request: HttpRequest) -> HttpResponse:
    """Puts a step aside, or takes it up again."""
    try:
        step = Step(request.POST.get("step", ""))
    except ValueError as error:
        raise MalformedPayload("There is no such step.") from error
    aside = request.POST.get("resume") != "yes"
    verbs.skip(house(), person(request), default_brand(), step, is_skipped=aside)
    return redirect("company:guide")


@require_POST
@opens_to(May.CONFIGURE)
def team(request: HttpRequest) -> HttpResponse:
    """Makes the first team."""
    asked = request.POST
    always = asked.get("hours") == "always"
    opens, closes = ("", "") if always else (asked.get("opens", ""), asked.get("closes", ""))
    days = int(asked.get("days", "5")) if asked.get("days", "5").isdecimal() else 0

    def deed() -> None:
        verbs.first_team(
            house(), person(request), default_brand(), asked.get("name", ""), opens, closes, days
        )

    attempted(request, deed, gettext("The team is there, and you are in it."))
    return redirect("company:guide")


@require_POST
@opens_to(May.CONFIGURE)
def widget(request: HttpRequest) -> HttpResponse:
    """Makes the chat."""

    def deed() -> None:
        website = request.POST.get("website", "")
        verbs.make_chat(house(), person(request), default_brand(), website)

    attempted(request, deed, gettext("The chat is there. Paste the lines into your website."))
    return redirect("company:guide")


def _context(request: HttpRequest) -> dict[str, Any]:
    brand = default_brand()
    steps = verbs.progress(brand)
    chat = verbs.chat_of(brand)
    return {
        "brand": brand,
        "steps": [(one, TITLES[one.step]) for one in steps],
        "open": _opened(steps, request.GET.get("step", "")),
        "done": sum(one.is_done or one.is_skipped for one in steps),
        "finished": verbs.is_finished(steps),
        "waits": any(not one.is_done for one in steps if one.step in {Step.KNOWLEDGE, Step.TRY}),
        "sources": sources_of(brand.slug),
        "without_articles": without_articles(brand.slug),
        "chat": chat,
        "snippet": snippet(house(), chat, is_only=True) if chat else "",
        "teams": Team.objects.filter(brand=brand).order_by("name"),
        "roles": offered_roles(person(request)),
        "user": person(request),
    }


def _opened(steps: tuple[Progress, ...], wanted: str) -> str:
    if wanted in set(Step):
        return wanted
    left = [one.step for one in steps if not (one.is_done or one.is_skipped)]
    return left[0].value if left else ""
