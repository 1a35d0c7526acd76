"""Addresses of sign-in: allauth's own, under our templates."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("allauth.urls"))]
