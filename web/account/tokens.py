"""One's own API tokens: made, shown once, revoked; admins see everybody's and make those of services. Deciding is `bot.tokens`."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bot import tokens
from bot.permissions import May, may
from bot.tokens import Made, Scope
from core.errors import MalformedPayload, NotFound
from store.models import Team, User
from web.desk.words import ROLES
from web.errors import sentence_of
from web.house import house

SCOPES = {
    Scope.TICKETS_READ: gettext_lazy("Read tickets, conversations and events"),
    Scope.TICKETS_WRITE: gettext_lazy("Work on tickets: take, reply, resolve"),
    Scope.KNOWLEDGE_READ: gettext_lazy("Read and ask the knowledge base"),
    Scope.COMPANY_READ: gettext_lazy("Read teams, colleagues, hours and promises"),
    Scope.COMPANY_WRITE: gettext_lazy("Set up roles, invitations, channel tests and sources"),
    Scope.REPORTS_READ: gettext_lazy("Read reports"),
    Scope.WEBHOOKS_READ: gettext_lazy("Read webhooks and the log of their calls"),
    Scope.WEBHOOKS_WRITE: gettext_lazy("Set up webhooks"),
    Scope.LESSONS_WRITE: gettext_lazy("Judge what could be learned, and teach"),
}
DAYS = (7, 30, 90, 365)


@never_cache
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "POST"])
def own_tokens(request: HttpRequest) -> HttpResponse:
    """The list; POST makes one and shows it this once. Whoever has not lately says again who they are."""
    if request.method == "GET":
        return _page(request)
    try:
        return _page(request, made=_make(request))
    except (MalformedPayload, NotFound) as refusal:
        return _page(request, refusal=sentence_of(refusal))


@login_required
@require_POST
def revoke(request: HttpRequest, token: UUID) -> HttpResponse:
    """Ends a token. Raises `NotFound` for one that is not theirs."""
    tokens.revoke(house(), _person(request), token)
    return redirect("account_tokens")


def _make(request: HttpRequest) -> Made:
    user, asked = _person(request), request.POST
    name, scopes = asked.get("name", ""), asked.getlist("scope")
    days = asked.get("days", "")
    lasts = int(days) if days in map(str, DAYS) else 0
    if role := asked.get("role", ""):
        teams = [slug for slug in asked.getlist("team") if slug]
        return tokens.make_service(house(), user, name, role, teams, scopes, lasts)
    return tokens.make_personal(house(), user, name, scopes, lasts, by=user)


def _page(request: HttpRequest, made: Made | None = None, refusal: str = "") -> HttpResponse:
    user = _person(request)
    may_configure = may(user, May.CONFIGURE)
    rows: list[Any] = list(tokens.tokens_of(user).filter(revoked_at=None))
    for row in rows:
        row.may = [SCOPES[Scope(one)] if one in SCOPES else one for one in row.scopes]
    context: dict[str, Any] = {
        "rows": rows,
        "now": house().clock(),
        "made": made,
        "refusal": refusal,
        "scopes": SCOPES.items(),
        "days": DAYS,
        "roles": list(ROLES.items()) if may_configure else [],
        "teams": Team.objects.order_by("name") if may_configure else [],
    }
    return render(request, "account/tokens.html", context)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
