"""Colleagues are invited here: each gets a link, shown once, with which they choose their password."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from bot import invites as verbs
from bot.company import default_brand
from bot.permissions import May
from core.errors import Conflict, MalformedPayload, NotFound
from store.models import Team, User
from web.company.roles import offered_roles
from web.desk.entry import opens_to, person
from web.errors import sentence_of
from web.house import house


@require_http_methods(["GET", "POST"])
@opens_to(May.MANAGE_PEOPLE)
def invites(request: HttpRequest) -> HttpResponse:
    """Who was invited and has not come; POST invites somebody."""
    if request.method == "GET":
        return _page(request)
    asked = request.POST
    try:
        user, link = verbs.invite(
            house(),
            person(request),
            asked.get("email", ""),
            asked.get("name", ""),
            asked.get("role", ""),
            asked.get("team", ""),
        )
    except (MalformedPayload, Conflict) as refusal:
        return _page(request, status=400, problem=sentence_of(refusal), values=asked)
    return _page(request, made=user, link=house().settings.public_url + link)


@require_POST
@opens_to(May.MANAGE_PEOPLE)
def again(request: HttpRequest, user: UUID) -> HttpResponse:
    """A new link for somebody. Raises `NotFound`, `Conflict`."""
    row = User.objects.filter(id=user).first()
    if row is None:
        raise NotFound("There is no such person.")
    link = verbs.invite_again(house(), person(request), row)
    return _page(request, made=row, link=house().settings.public_url + link)


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "waiting": verbs.waiting(),
        "roles": offered_roles(person(request)),
        "teams": Team.objects.filter(brand=default_brand()).order_by("name"),
        "user": person(request),
        **more,
    }
    return render(request, "company/invites.html", context, status=status)
