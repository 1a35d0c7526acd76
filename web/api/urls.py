"""Addresses of the API. The event stream `/api/v1/stream` is not among them: it is served before Django."""

from __future__ import annotations

from django.urls import path, re_path

from web.api.api import api, description, nothing_here

urlpatterns = [
    path("v1/openapi.json", description, name="api-description"),
    path("v1/", api.urls),
    re_path(r"^.*$", nothing_here, name="api-nothing"),
]
