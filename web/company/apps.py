"""The company's own pages as a Django app, for its templates and static files."""

from __future__ import annotations

from django.apps import AppConfig


class Company(AppConfig):
    name = "web.company"
    label = "company"
