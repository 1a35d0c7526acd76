"""Whether a help page helped: pressed without a script, counted once a day and visitor, its words sealed and read as gaps."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from bot.gaps import find_gaps
from store import article_ratings
from store.article_ratings import helped, missed
from store.gaps import questions_of
from store.models import Article, ArticleRating, Gap
from tests.axe import axe
from tests.web.desk.conftest import Day, day, desk_company
from tests.web.desk.test_axe import found_by
from tests.web.desk.test_browser import Served, browser, own_day, served
from tests.web.seed import article

__all__ = ["axe", "browser", "day", "desk_company", "own_day", "served"]


def press(slug: str, word: str, why: str = "", *, source: str = "192.0.2.1", **headers: str) -> Any:
    form = {"helped": word, **({"why": why} if why else {})}
    client = Client(enforce_csrf_checks=True, headers=headers)
    return client.post(f"/help/{slug}", form, REMOTE_ADDR=source)


def test_a_press_counts_and_the_last_one_of_the_day_holds(day: Day) -> None:
    article(day.company, "refunds", "Refunds", "[]")
    page = Client().get("/help/refunds").content.decode()
    assert "Did this help?" in page
    assert ArticleRating.objects.count() == 0
    answer = press("refunds", "no")
    assert "What was missing, or wrong?" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    press("refunds", "no", "How long it takes to Canada.")
    row = ArticleRating.objects.get()
    assert not row.helpful
    assert b"Canada" not in bytes(row.why_cipher)
    assert b"192.0.2" not in bytes(row.visitor)
    press("refunds", "no")  # the button once more takes no words back
    since = day.company.clock()
    (one,) = missed(day.company.house.vault, "default", since)
    assert one.text == "How long it takes to Canada."
    assert "Thank you for telling us." in press("refunds", "yes").content.decode()
    assert ArticleRating.objects.get().helpful
    assert missed(day.company.house.vault, "default", since) == []
    day.company.clock.advance(days=1)
    press("refunds", "yes")
    refunds = Article.objects.get(slug="refunds")
    assert helped([refunds]) == {refunds: (2, 2)}


def test_looking_nonsense_and_other_sites_change_nothing(day: Day) -> None:
    article(day.company, "refunds", "Refunds", "[]")
    assert Client().get("/help/refunds?helped=yes").status_code == 200
    assert press("refunds", "maybe").status_code == 200
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert "Did this help?" in press("refunds", "yes", **headers).content.decode()
    assert press("nowhere", "yes").status_code == 404
    assert ArticleRating.objects.count() == 0
    press("refunds", "yes", **{"Sec-Fetch-Site": "same-origin"})
    assert ArticleRating.objects.count() == 1


def test_what_is_not_public_is_not_rated(day: Day) -> None:
    article(day.company, "margins", "What we earn", "[]")
    Article.objects.filter(slug="margins").update(visibility="internal")
    assert press("margins", "yes").status_code == 404
    assert ArticleRating.objects.count() == 0


def test_one_visitor_rates_so_many_pages_a_day(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(article_ratings, "MOST_A_DAY", 2)
    for slug in ("one", "two", "three"):
        article(day.company, slug, slug, "[]")
    press("one", "yes")
    press("two", "no")
    assert "this one is not counted" in press("three", "no", "Lies.").content.decode()
    assert "Thank you" in press("one", "no").content.decode(), "a word may be changed"
    assert "Thank you" in press("three", "yes", source="192.0.2.2").content.decode()
    assert ArticleRating.objects.count() == 3


def test_old_words_go(day: Day) -> None:
    article(day.company, "refunds", "Refunds", "[]")
    press("refunds", "no", "All of it.")
    day.company.clock.advance(days=181)
    press("refunds", "yes")
    assert [row.helpful for row in ArticleRating.objects.all()] == [True]


def test_what_readers_missed_makes_a_gap_however_often_one_of_them_says_it(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import gaps
    from tests.kb_index.conftest import WordEncoder

    encoder = WordEncoder()
    monkeypatch.setattr(gaps, "indexing_encoder", lambda house: encoder)
    monkeypatch.setattr(gaps, "unanswered", lambda *_: [])
    house = day.company.house
    for slug in ("one", "two", "three"):
        article(day.company, slug, f"Refunds {slug}", "[]")
        press(slug, "no", "How do I clean limescale off my sensor?")
    assert find_gaps(house)["gaps"] == 0, "one visitor is no three"
    for last in (2, 3):
        press("one", "no", "How do I clean limescale off my old sensor?", source=f"192.0.2.{last}")
    find_gaps(house)
    gap = Gap.objects.get()
    assert gap.conversations == 3
    assert {one.under for one in questions_of(house.vault, gap)} <= {
        "Refunds one",
        "Refunds two",
        "Refunds three",
    }
    page = day.client("ada").get(f"/admin/store/gap/{gap.id}/change/").content.decode()
    assert "Written under the help page" in page
    press("one", "yes", source="192.0.2.2")
    assert len(questions_of(house.vault, gap)) == 2, "what was taken back is not shown"


def test_the_settings_show_what_was_missed_and_how_many_were_helped(day: Day) -> None:
    article(day.company, "refunds", "Refunds", "[]")
    press("refunds", "no", "The price for <b>Canada</b>.")
    press("refunds", "yes", source="192.0.2.2")
    client = day.client("ada")
    shown = client.get("/admin/store/articlerating/").content.decode()
    assert "The price for &lt;b&gt;Canada&lt;/b&gt;." in shown
    assert "1 of 2" in client.get("/admin/store/article/").content.decode()


def test_it_is_asked_in_the_articles_language(day: Day) -> None:
    article(day.company, "reembolsos", "Reembolsos", "[]")
    Article.objects.filter(slug="reembolsos").update(language="es")
    assert "¿Le ha servido?" in Client().get("/help/reembolsos").content.decode()
    assert "¿Qué faltaba o qué está mal?" in press("reembolsos", "no").content.decode()


@pytest.mark.browser
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_a_reader_searches_and_rates_without_a_script(served: Served) -> None:
    article(served.day.company, "refunds", "Refunds", "[]")
    first = served.page("ada", "/static/desk/mark.svg")
    browser = first.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{served.url}/help/refunds")
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_role("textbox").fill("How long it takes.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#helped").get_by_role("status")).to_have_text("Thank you for telling us.")
    vault = served.day.company.house.vault
    assert [article_ratings.why_of(vault, row) for row in ArticleRating.objects.all()] == [
        "How long it takes."
    ]
    page.get_by_role("searchbox").fill("charged twice")
    page.get_by_role("searchbox").press("Enter")
    expect(page).to_have_url(f"{served.url}/?lang=en&q=charged+twice")
    context.close()
    served.trouble.clear()


@pytest.mark.browser
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_the_page_stays_where_it_was_pressed(served: Served, axe: str) -> None:
    article(served.day.company, "refunds", "Refunds", "[]")
    page = served.page("ada", "/help/refunds", width=390)
    page.set_default_timeout(60_000)
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_role("textbox")).to_be_in_viewport()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert found_by(page, axe) == [], scheme
    page.goto(f"{served.url}/help/refunds")
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.locator("#helped").get_by_role("status")).to_be_in_viewport()
    expect(page).to_have_url(f"{served.url}/help/refunds#helped")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert served.trouble == []
