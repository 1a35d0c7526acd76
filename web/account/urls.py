"""Addresses of signing in and of one's own security: allauth's, without those that would let people in or rename them;
one's API tokens and chat apps, and how somebody comes in for the first time."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import TemplateView

from web.account import elsewhere, sessions, tokens, welcome

ask_an_admin = TemplateView.as_view(template_name="account/ask_an_admin.html")

urlpatterns = [
    path("signup/", ask_an_admin),
    path("email/", ask_an_admin),
    path("password/reset/", ask_an_admin),
    path("tokens/", tokens.own_tokens, name="account_tokens"),
    path("tokens/<uuid:token>/revoke/", tokens.revoke, name="account_token_revoke"),
    path("apps/", elsewhere.own_apps, name="account_elsewhere"),
    path("apps/<uuid:address>/forget/", elsewhere.forget, name="account_elsewhere_forget"),
    path("sessions/", sessions.shown, name="account_sessions"),
    path("sessions/end/", sessions.end, name="account_session_end"),
    path("begin/<slug:key>/", welcome.begin, name="account_begin"),
    path("welcome/<uuid:user>/<str:token>/", welcome.welcome, name="account_welcome"),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
]
