"""Names the app apart from allauth's own `account`."""

from __future__ import annotations

from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "web.account"
    label = "sign_in"
