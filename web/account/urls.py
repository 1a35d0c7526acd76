"""Addresses of signing in and of one's own security: allauth's, without those that would let people in or rename them."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import TemplateView

ask_an_admin = TemplateView.as_view(template_name="account/ask_an_admin.html")

urlpatterns = [
    path("signup/", ask_an_admin),
    path("email/", ask_an_admin),
    path("password/reset/", ask_an_admin),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
]
