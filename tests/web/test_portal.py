"""The help portal in the reader's language: what is chosen, what is offered where there is nothing, and right to left."""

from __future__ import annotations

import json

from django.test import Client

from store.models import Article
from tests.web.desk.conftest import Day, day, desk_company
from tests.web.seed import article

__all__ = ["day", "desk_company"]


def _page(path: str, language: str = "en") -> str:
    return Client(headers={"Accept-Language": language}).get(path).content.decode()


def _spanish(day: Day) -> None:
    article(day.company, "reembolsos", "Cuándo llega tu reembolso", "[]")
    Article.objects.filter(slug="reembolsos").update(language="es")


def test_everything_around_the_articles_speaks_the_chosen_language(day: Day) -> None:
    _spanish(day)
    page = _page("/help/?lang=es")
    assert "Cuándo llega tu reembolso" in page
    assert "¿En qué podemos ayudarte?" in page
    assert "How can we help?" not in page
    assert 'lang="es"' in _page("/help/reembolsos")


def test_a_language_without_articles_leads_to_those_that_have_some(day: Day) -> None:
    _spanish(day)
    asked = _page("/help/?lang=ar")
    assert '<html lang="ar" dir="rtl">' in asked
    assert 'href="?lang=es"' in asked
    assert 'href="?lang=en"' in asked
    assert "How can we help?" not in asked
    by_itself = _page("/help/", "pt")
    assert '<html lang="en" dir="ltr">' in by_itself, "nobody is left before an empty page"
    assert "Find out why you were charged twice" in by_itself


def test_one_language_needs_no_choice(day: Day) -> None:
    assert "hreflang" not in _page("/help/")
    _spanish(day)
    assert 'hreflang="es"' in _page("/help/")


def test_a_page_that_is_gone_offers_the_search(day: Day) -> None:
    answer = Client().get("/help/was-here-once")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "Search for what you need" in page
    assert 'type="search"' in page
    assert "All articles" in page


def test_addresses_in_an_article_are_links_and_nothing_else_is(day: Day) -> None:
    said = "See https://video.example/hub?v=1&amp;t=2 or <b onclick=x>here</b>."
    block = {"kind": "text", "headings": [], "anchor": "", "parts": [said]}
    article(day.company, "film", "The film", json.dumps([block]))
    page = _page("/help/film")
    assert '<a href="https://video.example/hub?v=1' in page
    assert "<b onclick" not in page
