"""The Django app that owns all tables; nothing is registered here but its name."""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "store"
    label = "store"
    verbose_name = "Threadline"
    default_auto_field = "django.db.models.BigAutoField"
