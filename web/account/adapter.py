"""Who may sign in: people whom an admin has entered, and nobody else; and what a sign-in leaves behind."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from web.account.device import remember
from web.account.sessions import note_beginning
from web.account.tries import Try, account_key, try_in


class StaffOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """There is no sign-up: accounts are made in the administration."""

    _tried: Try

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        self._tried = try_in(request, str(credentials.get("email") or ""))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            self._tried.succeeded()
        return user

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        note_beginning(request)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember(request, response, account_key(user.email).hex())
        return response
