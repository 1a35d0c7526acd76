"""Addresses of the leads' pages, below `/desk/`."""

from __future__ import annotations

from django.urls import path

from web.leads import reports, wall

app_name = "leads"
urlpatterns = [
    path("wall/", wall.shown, name="wall"),
    path("wall/give/", wall.give, name="give"),
    path("reports/", reports.overview, name="reports"),
    path("reports/mail/", reports.mail, name="mail"),
    path("reports/mail/<uuid:mail>/stop/", reports.stop_mail, name="stop_mail"),
    path("reports/<slug:name>/", reports.measure, name="measure"),
    path("reports/<slug:name>/conversations/", reports.conversations, name="conversations"),
]
