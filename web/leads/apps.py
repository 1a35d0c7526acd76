"""The leads' pages as a Django app, for their templates and static files."""

from __future__ import annotations

from django.apps import AppConfig


class Leads(AppConfig):
    name = "web.leads"
    label = "leads"
