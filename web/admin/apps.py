"""The settings as a Django app. Its label is not `admin`: that one is Django's."""

from __future__ import annotations

from django.apps import AppConfig


class Administration(AppConfig):
    name = "web.admin"
    label = "administration"
