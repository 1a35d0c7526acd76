"""A second step at sign-in for the roles that must have one: without it they reach nothing but its enrolment."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from core.errors import NotAllowed
from store.models import User
from web.house import house

OPEN = (
    "/account/2fa/",
    "/account/logout/",
    "/account/reauthenticate/",
    "/account/login/",
    "/static/",
)


def lacks_second_step(user: object) -> bool:
    """True for a person whose role must have a second step and who has none."""
    if not isinstance(user, User):
        return False
    roles: list[str] = list(house().settings.web.second_step_roles)
    own = user.custom_role if user.custom_role_id else None
    needs = user.role in roles or (own is not None and own.needs_second_step)
    return needs and not is_mfa_enabled(user)


def require_second_step(user: User) -> None:
    """Raises `NotAllowed` for streams and tokens of who lacks it."""
    if lacks_second_step(user):
        raise NotAllowed("Your role needs a second step at sign-in: set it up first.")


class SecondStep:
    """Middleware after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith("/api/") or path.startswith(OPEN) or not lacks_second_step(request.user):
            return self._next(request)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": "/account/2fa/"})
        if request.method != "GET":
            told = gettext("Your role needs a second step at sign-in: set it up first.")
            return render(request, "problem.html", {"message": told}, status=403)
        return redirect("mfa_index")
