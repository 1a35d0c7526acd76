"""Addresses of the help portal; every citation leads to one of these, and the link of the satisfaction question."""

from __future__ import annotations

from django.urls import path

from web.portal import file, rating, survey, transcript, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("favicon.ico", views.mark, name="mark"),
    path("help/", views.home, name="help"),
    path("search/", views.suggest, name="suggest"),
    path("files/<slug:token>", file.download, name="file"),
    path("rate/<slug:token>", rating.page, name="rate"),
    path("survey/<str:token>", survey.page, name="survey"),
    path("transcript/<str:token>", transcript.page, name="transcript"),
    path("help/<path:slug>", views.article, name="article"),
]
