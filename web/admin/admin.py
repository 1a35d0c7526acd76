"""Imported by Django at start: registers every page of the settings, and sends its sign-in to allauth."""

from __future__ import annotations

import json
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold import fields

from web.admin import (
    comparing,
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
    "comparing",
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


def _way_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """There is one list of all settings, in groups and with words to find them by."""
    return redirect("company:settings")


admin.site.index_title = gettext_lazy("Settings")
admin.site.index = _way_in  # type: ignore[method-assign, assignment]
# One door with rate limits and second factors for everybody; Django's own login form has neither.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
_context = admin.site.each_context


def _without_inline_style(request: HttpRequest) -> dict[str, Any]:
    """Colours in the context become a `<style>` in the page; ours stand in `settings.css`."""
    return {**_context(request), "colors": None}


def _plain_json(data: Any, encoder: Any) -> SafeString:
    """Where pygments is installed, unfold colours JSON by styles within the page."""
    said = json.dumps(data, sort_keys=True, indent=4, cls=encoder, ensure_ascii=False)
    return format_html('<pre class="keeps-lines">{}</pre>', said)


fields.prettify_json = _plain_json
admin.site.each_context = _without_inline_style  # type: ignore[method-assign]
# Pages that installed apps bring along know nothing of our roles, and their saves leave no audit entry.
for _model, _page in list(admin.site._registry.items()):
    if not isinstance(_page, ByRole):
        admin.site.unregister(_model)
