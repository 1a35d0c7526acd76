"""The desk as a Django app, for its templates and static files."""

from __future__ import annotations

from django.apps import AppConfig


class Desk(AppConfig):
    name = "web.desk"
    label = "desk"
