"""What django-unfold shows around the settings: name, scripts, styles and the side bar. Read by the Django settings: no models."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy


def _items(*models: tuple[str, Any, str]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": reverse_lazy(f"admin:store_{model}_changelist")}
        for model, title, icon in models
    ]


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Threadline",
    "SITE_HEADER": "Threadline",
    "SITE_SUBHEADER": gettext_lazy("Settings"),
    "SITE_URL": "/desk/",
    "SITE_SYMBOL": "forum",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("desk/mark.svg")}
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": True,
    "STYLES": [lambda request: static("settings/settings.css")],
    "SCRIPTS": [
        lambda request: static("settings/expressions.js"),
        lambda request: static("settings/scrolls.js"),
    ],
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {
                        "title": gettext_lazy("All settings"),
                        "icon": "settings",
                        "link": reverse_lazy("company:settings"),
                    },
                    {
                        "title": gettext_lazy("Desk"),
                        "icon": "forum",
                        "link": reverse_lazy("desk:home"),
                    },
                ],
            },
            {
                "title": gettext_lazy("People"),
                "items": _items(
                    ("user", gettext_lazy("Users"), "badge"),
                    ("agent", gettext_lazy("Agents"), "support_agent"),
                    ("team", gettext_lazy("Teams"), "groups"),
                    ("skill", gettext_lazy("Skills"), "school"),
                ),
            },
            {
                "title": gettext_lazy("Routing"),
                "items": _items(
                    ("routingrule", gettext_lazy("Routing rules"), "alt_route"),
                    ("simulation", gettext_lazy("Simulator"), "science"),
                    ("experiment", gettext_lazy("Trials"), "balance"),
                ),
            },
            {
                "title": gettext_lazy("Tickets"),
                "items": _items(
                    ("customfield", gettext_lazy("Fields of tickets"), "edit_note"),
                    ("checklist", gettext_lazy("Checklists"), "checklist"),
                ),
            },
            {
                "title": gettext_lazy("Promises"),
                "items": _items(
                    ("slapolicy", gettext_lazy("Promises"), "timer"),
                    ("escalationstep", gettext_lazy("Escalation"), "escalator_warning"),
                    ("rota", gettext_lazy("On call"), "notifications_active"),
                    ("calendar", gettext_lazy("Hours and holidays"), "calendar_month"),
                ),
            },
            {
                "title": gettext_lazy("Channels and knowledge"),
                "items": _items(
                    ("inbox", gettext_lazy("Channels"), "inbox"),
                    ("article", gettext_lazy("Articles"), "menu_book"),
                    ("gap", gettext_lazy("Gaps"), "playlist_add"),
                    ("answerrating", gettext_lazy("Ratings of answers"), "thumbs_up_down"),
                    ("articlerating", gettext_lazy("Ratings of articles"), "rate_review"),
                    ("hook", gettext_lazy("Webhooks"), "webhook"),
                ),
            },
            {
                "title": gettext_lazy("Records"),
                "separator": True,
                "items": _items(
                    ("ticket", gettext_lazy("Tickets"), "confirmation_number"),
                    ("conversation", gettext_lazy("Conversations"), "chat"),
                    ("event", gettext_lazy("Events"), "history"),
                    ("decision", gettext_lazy("Decisions"), "alt_route"),
                    ("outboxrow", gettext_lazy("Outbox"), "outbox"),
                    ("notice", gettext_lazy("Notices"), "campaign"),
                    ("auditentry", gettext_lazy("Audit"), "verified_user"),
                ),
            },
        ],
    },
}
