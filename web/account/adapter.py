"""Who may sign in: people whom an admin has entered, and nobody else."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from web.account.sessions import note_beginning


class StaffOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """There is no sign-up: accounts are made in the administration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        note_beginning(request)
