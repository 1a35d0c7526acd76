"""The door of every desk page: signed in, allowed to see tickets, in the person's own language and time zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone, translation

from bot.permissions import May, permissions_of
from store.models import User

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponse]


def opens_to(*any_of: May) -> Callable[[Page[P]], Page[P]]:
    """Makes the door of a page: sends strangers to the login, tells who may none of these; runs the page in the
    person's own terms."""

    def door(page: Page[P]) -> Page[P]:
        @wraps(page)
        def entered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_login(request)
            user = person(request)
            with in_own_terms(user):
                if permissions_of(user) & set(any_of):
                    response = page(request, *args, **kwargs)
                else:
                    response = _no_entry(request)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return entered

    return door


@contextmanager
def in_own_terms(user: User) -> Iterator[None]:
    """What is said within is said in this person's language, and times are those of their zone."""
    with timezone.override(_zone(user)), translation.override(_language(user)):
        yield


def at_desk(page: Page[P]) -> Page[P]:
    """The door of the desk itself: for who works tickets or reads them."""
    return opens_to(May.WORK_TICKETS, May.SEE_ALL_TICKETS)(page)


def person(request: HttpRequest) -> User:
    """Who is signed in."""
    return cast(User, request.user)


def is_fragment(request: HttpRequest) -> bool:
    """True when htmx asks and swaps the answer into the page."""
    return bool(cast(Any, request).htmx)


def _to_login(request: HttpRequest) -> HttpResponse:
    login = resolve_url(settings.LOGIN_URL)
    if is_fragment(request):
        # A login form must never be swapped into a pane: the whole page goes there, and comes back to where it was.
        here = cast(Any, request).htmx.current_url_abs_path
        where = f"{login}?{urlencode({'next': here})}" if here else login
        return HttpResponse(status=401, headers={"HX-Redirect": where})
    query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return redirect(f"{login}?{query}" if query else login)


def _no_entry(request: HttpRequest) -> HttpResponse:
    admins = User.objects.filter(role=User.Role.ADMIN, is_active=True).order_by("name")
    names = list(admins.values_list("name", flat=True)[:5])
    granted = permissions_of(person(request))
    shown = {
        "admins": names,
        "may_settings": bool(granted),
        "may_desk": bool(granted & {May.WORK_TICKETS, May.SEE_ALL_TICKETS}),
    }
    return render(request, "desk/no_entry.html", shown, status=403)


def _zone(user: User) -> ZoneInfo:
    try:
        return ZoneInfo(user.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _language(user: User) -> str:
    known = {code for code, _ in settings.LANGUAGES}
    return user.language if user.language in known else settings.LANGUAGE_CODE
