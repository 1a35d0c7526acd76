"""How every page behind a signed link is shown: in the customer's language, kept by nobody, telling no other site. What it asks is its own view's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bot.survey_words import LANGUAGES

_RIGHT_TO_LEFT = {"ar"}


def spoken(language: str) -> str:
    """The language that the page is in: English where we have no words."""
    return language[:2] if language[:2] in LANGUAGES else "en"


def shown(
    request: HttpRequest, name: str, brand: str, language: str, status: int = 200, **context: Any
) -> HttpResponse:
    """The template `portal/NAME.html`, with its brand and direction."""
    language = spoken(language)
    direction = "rtl" if language in _RIGHT_TO_LEFT else "ltr"
    known = {"brand": brand, "language": language, "direction": direction}
    response = render(request, f"portal/{name}.html", known | context, status=status)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
