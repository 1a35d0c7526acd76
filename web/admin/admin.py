"""Imported by Django at start: registers every page of the settings, and sends its sign-in to allauth."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.translation import gettext_lazy

from web.admin import (
    dossier,
    escalation,
    gaps,
    hooks,
    hours,
    inboxes,
    knowledge,
    people,
    records,
    rota,
    routing,
)
from web.admin.base import ByRole

__all__ = [
    "dossier",
    "escalation",
    "gaps",
    "hooks",
    "hours",
    "inboxes",
    "knowledge",
    "people",
    "records",
    "rota",
    "routing",
]

admin.site.index_title = gettext_lazy("Settings")
# One door with rate limits and second factors for everybody; Django's own login form has neither.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Pages that installed apps bring along know nothing of our roles, and their saves leave no audit entry.
for _model, _page in list(admin.site._registry.items()):
    if not isinstance(_page, ByRole):
        admin.site.unregister(_model)
