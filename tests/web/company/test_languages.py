"""A hint where knowledge is looked after, when customers write in a language that no article is in."""

from __future__ import annotations

import pytest

from store.figures import follow
from store.knowledge import activate_generation
from store.models import Article, Brand, Conversation
from tests.web.desk.conftest import Day
from tests.web.seed import article, says, visitor

HINT = 'id="languages-hint"'
PAGES = ("/desk/settings/knowledge/", "/desk/settings/start/", "/admin/store/gap/")


def _foreign(day: Day, encoder: str) -> None:
    company = day.company
    Brand.objects.update(languages=[])
    Article.objects.all().delete()
    article(company, "returns", "How do I return a hub?", "Within 30 days.")
    activate_generation("default", "g1", encoder, 1, company.clock())
    for _ in range(9):
        chat = visitor(company)
        says(company, chat, "?")
        Conversation.objects.filter(id=chat[0]).update(language="es")
    while follow(company.clock()):
        pass


@pytest.mark.parametrize("page", PAGES)
def test_pages_say_which_language_has_no_article(day: Day, page: str) -> None:
    client = day.client("ada")
    assert HINT not in client.get(page).content.decode()
    _foreign(day, "minilm-l6-8bit")
    shown = client.get(page).content.decode()
    assert HINT in shown
    assert "<bdi>español</bdi> (9 of " in shown
    assert "multilingual" in shown


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_said_where_articles_are_found_across_languages(day: Day, page: str) -> None:
    _foreign(day, "use-multilingual")
    assert HINT not in day.client("ada").get(page).content.decode()
