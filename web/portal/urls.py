"""Addresses of the help portal; every citation leads to one of these."""

from __future__ import annotations

from django.urls import path

from web.portal import rating, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("help/", views.home, name="help"),
    path("rate/<slug:token>", rating.page, name="rate"),
    path("help/<path:slug>", views.article, name="article"),
]
