"""The administration and one's own account in the person's language and time zone, as the desk's pages are by their door."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from store.models import User
from web.desk.entry import in_own_terms

PLACES = ("/admin/", "/account/")


def own_terms_of(request: HttpRequest) -> AbstractContextManager[None]:
    """Those of who is signed in; for a stranger the browser's, which are in force already."""
    user = request.user
    if isinstance(user, User) and user.is_authenticated:
        return in_own_terms(user)
    return nullcontext()


class OwnTerms:
    """Middleware after authentication. Strangers are spoken to in their browser's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user if request.path_info.startswith(PLACES) else None
        if not isinstance(user, User) or not user.is_authenticated:
            return self._next(request)
        with in_own_terms(user):
            response = self._next(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response
