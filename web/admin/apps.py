"""The settings as a Django app. Its label is not `admin`: that one is Django's."""

from __future__ import annotations

from django.apps import AppConfig


class Administration(AppConfig):
    name = "web.admin"
    label = "administration"

    def ready(self) -> None:
        from web.admin.words import call_by_name  # the models are not there before

        call_by_name()
