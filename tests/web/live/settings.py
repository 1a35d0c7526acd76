"""Tables, sessions and second steps, without any page: what streams and arrivals need of Django."""

from __future__ import annotations

from bot.django_settings import *  # noqa: F403
from bot.django_settings import INSTALLED_APPS as TABLES

INSTALLED_APPS = [*TABLES, "django.contrib.sessions", "allauth", "allauth.account", "allauth.mfa"]
SESSION_ENGINE = "web.account.sitting"
SECRET_KEY = "only for tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MIDDLEWARE = [
    "allauth.account.middleware.AccountMiddleware"
]  # its app insists; no page is served here
