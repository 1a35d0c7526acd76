"""Languages that customers write in and no article is in: counted of late, hinted at where knowledge is looked after."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.doctor import _languages
from bot.house import House
from store.figures import follow
from store.knowledge import activate_generation
from store.languages import unwritten_languages
from store.models import Article, Brand, Conversation, Figures
from tests.company import StandingClock
from tests.web.seed import Company, article, make_company, says, visitor


@pytest.fixture
def company(house: House, clock: StandingClock) -> Company:
    """A brand that names no languages, with one English article and an index by the default encoder."""
    made = make_company(house, clock)
    Brand.objects.update(languages=[])
    article(made, "returns", "How do I return a hub?", "Within 30 days.")
    activate_generation("default", "g1", "minilm-l6-8bit", 1, clock())
    return made


def _write(company: Company, **languages: int) -> None:
    for language, count in languages.items():
        for _ in range(count):
            chat = visitor(company)
            says(company, chat, "?")
            Conversation.objects.filter(id=chat[0]).update(language=language)
    while follow(company.clock()):
        pass


def _found(company: Company) -> list[tuple[str, int, int]]:
    found = unwritten_languages("default", company.clock())
    return [(one.language, one.conversations, one.of) for one in found]


def test_many_customers_write_in_a_language_without_an_article(company: Company) -> None:
    _write(company, en=9, es=6, de=4, fr=5)
    assert _found(company) == [("es", 6, 24), ("fr", 5, 24)]
    article(company, "devolver", "¿Cómo devuelvo un hub?", "En 30 días.")
    Article.objects.filter(slug="devolver").update(language="es-mx", visibility="internal")
    assert _found(company)[0][0] == "es"
    Article.objects.filter(slug="devolver").update(visibility="public")
    assert _found(company) == [("fr", 5, 24)]


def test_what_was_written_long_ago_or_by_few_of_many_does_not_count(company: Company) -> None:
    _write(company, en=115, es=5)
    assert _found(company) == []
    _write(company, es=2)
    assert _found(company) == [("es", 7, 122)]
    company.clock.advance(days=31)
    assert _found(company) == []


def test_languages_that_the_brand_names_need_articles_too(company: Company) -> None:
    Brand.objects.update(languages=["en", "de"])
    assert _found(company) == [("de", 0, 0)]
    _write(company, de=5)
    assert _found(company) == [("de", 5, 5)]


@pytest.mark.parametrize("encoder", ["use-multilingual", "a-folder-of-ours"])
def test_an_index_across_languages_needs_no_hint(company: Company, encoder: str) -> None:
    _write(company, es=6)
    activate_generation("default", "g2", encoder, 1, company.clock())
    assert _found(company) == []


def test_nothing_is_said_where_nobody_has_written_an_article(company: Company) -> None:
    _write(company, es=6)
    Article.objects.update(live_revision=None)
    assert _found(company) == []


def test_the_doctor_names_them_with_a_remedy(company: Company) -> None:
    Brand.objects.update(languages=["en", "de"])
    assert _languages()["state"] == "ok"
    _write(company, es=6)
    Figures.objects.update(opened_at=datetime.now(UTC))
    told = _languages()
    assert (told["state"], told["detail"]) == (
        "degraded",
        "customers write in a language without articles: es (6 of 6)",
    )
    assert "multilingual" in told["remedy"]
