"""Addresses of the help portal; every citation leads to one of these."""

from __future__ import annotations

from django.urls import path

from web.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("help/", views.home, name="help"),
    path("help/<path:slug>", views.article, name="article"),
]
