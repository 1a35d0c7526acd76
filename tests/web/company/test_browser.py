"""The company's pages in Chromium: from an empty installation to the first answered message, the live look, the search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, expect
from pytest_django import DjangoDbBlocker

import store.sources
from bot.beginning import beginning_key
from bot.bootstrap import build_house
from bot.house import House
from bot.look import chat_named, look_of
from bot.reply import Outcome, finish_turn
from core.message import Reply
from store.models import Article, Brand, Revision, Source
from store.turns import claim
from tests import databases
from tests.company import StandingClock
from tests.web.desk.test_browser import Served, serving
from tests.web.seed import LEASE, PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


@pytest.fixture
def nobody_yet(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[House]:
    """A house in a database of its own, in which nothing is."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    databases.fill_sqlite(state)
    chosen = databases.settings_for("sqlite", state, None)
    with django_db_blocker.unblock(), databases.using(chosen):
        house = replace(build_house(chosen), clock=StandingClock())
        yield house
        house.database.close()
        house.doorbell.close()
        connection.close()


def _answers(house: House, text: str) -> None:
    """What the worker and the brain would do."""
    [claimed] = claim(house.vault, "test", LEASE, 10, house.clock())
    finish_turn(house, claimed, Outcome(replies=(Reply(text, kind="answer"),), state={}))
    house.doorbell.ring("events")


def _reads(house: House) -> None:
    """What the job would do with the sample."""
    row = Article.objects.create(brand=Brand.objects.get(), slug="returns")
    row.live_revision = Revision.objects.create(
        article=row, digest="d", title="Returns", body="[]", created_at=house.clock()
    )
    row.save()
    told = {"articles": 1, "added": 1, "changed": 0}
    store.sources.was_read("sample", told, house.clock())


def test_from_an_empty_installation_to_the_first_answered_message(
    browser: Browser, nobody_yet: House
) -> None:
    house, trouble = nobody_yet, []
    with serving(house) as url:
        page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda one: trouble.append(one.text) if one.type == "error" else None)
        page.goto(f"{url}/account/begin/{beginning_key(house)}/")
        for name, value in (
            ("company", "Fernhill"),
            ("name", "Ada Lindqvist"),
            ("email", "ada@fernhill.example"),
            ("password", PASSWORD),
        ):
            page.fill(f"[name={name}]", value)
        page.select_option("[name=time_zone]", "Europe/Berlin")
        page.click("button.primary")
        expect(page.locator("[data-step=company][data-done=yes]")).to_be_visible()
        page.get_by_role("button", name="Make the team").click()
        expect(page.locator("[data-step=team][data-done=yes]")).to_be_visible()
        page.get_by_role("button", name="Take the sample").click()
        expect(page.locator("#guide-state")).to_contain_text("Being read now")
        _reads(house)
        expect(page.locator("[data-step=knowledge][data-done=yes]")).to_be_visible()
        expect(page.locator("#step-knowledge .mark")).to_have_text("✓")
        expect(page.locator("[name=website]")).to_be_visible()  # led on to the next step
        page.reload()  # resumed where it was left
        page.fill("[name=website]", url)
        page.get_by_role("button", name="Make the chat").click()
        expect(page.locator("[data-step=widget][data-done=yes]")).to_be_visible()
        page.locator("#step-widget summary").click()
        expect(page.locator("#snippet")).to_contain_text("/chat/widget.js")
        chat = page.locator("threadline-chat")
        chat.get_by_role("button", name="Open").first.click()
        chat.locator("textarea").fill("How do I send something back?")
        chat.locator("textarea").press("Enter")
        expect(chat.get_by_text("How do I send something back?")).to_be_visible()
        expect(chat.locator("li.customer")).to_have_count(1)
        expect(chat.locator("li.customer.waiting")).to_have_count(0)
        _answers(house, "Within 30 days, with the label in the box.")
        expect(chat.get_by_text("Within 30 days")).to_be_visible()
        expect(page.locator("[data-step=try][data-done=yes]")).to_be_visible()
        expect(page.locator("#step-try .mark")).to_have_text("✓")
        page.locator("#step-invite summary").click()
        page.locator("#step-invite .aside-form button").click()
        expect(page.locator("#guide-state")).to_contain_text("Your customers can write")
        page.goto(f"{url}/desk/settings/")
        expect(page.locator(".guide-banner")).to_have_count(0)
        page.context.close()
    assert trouble == []


def test_the_look_is_worn_while_it_is_typed_and_stored_by_save(served: Served) -> None:
    page = served.page("ada", "/desk/settings/chat/website/")
    panel = page.locator("threadline-chat")
    expect(panel.locator("#panel")).to_be_visible()
    assert page.evaluate("document.activeElement.localName") == "body", "a preview takes no focus"
    page.fill("[name=title]", "Ask Fernhill")
    page.fill("[name=accent]", "#aa0044")
    page.fill("[name=greeting_en]", "What can we do for you?")
    expect(panel.get_by_text("Ask Fernhill")).to_be_visible()
    expect(panel.get_by_text("What can we do for you?")).to_be_visible()
    house = served.day.company.house
    assert look_of(house, chat_named("website"))["title"] == ""
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert look_of(house, chat_named("website"))["accent"] == "#aa0044"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("It is as it was.")).to_be_visible()
    assert look_of(house, chat_named("website"))["accent"] == ""


def test_settings_are_found_by_words_and_channels_tried_by_keyboard(served: Served) -> None:
    page = served.page("ada", "/desk/settings/")
    page.keyboard.press("/")
    page.keyboard.type("wizard")
    expect(page.locator(".places li:visible")).to_have_count(1)
    page.keyboard.press("Control+a")
    page.keyboard.type("sms whatsapp")
    expect(page.locator(".places li:visible")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Channels")).to_be_visible()
    page.get_by_role("button", name="Test Website chat").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tried-website")).to_contain_text("It works.")
    page.get_by_role("button", name="Test Support mail").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tried-mail")).to_contain_text("It does not work yet.")
    assert not Source.objects.exists()


NARROW = ("", "company/", "start/", "knowledge/", "channels/", "chat/website/", "services/", "invites/", "roles/", "roles/new/")  # fmt: skip


def test_every_page_of_the_settings_fits_a_phone(served: Served) -> None:
    page = served.page("ada", "/static/desk/mark.svg", width=390)
    wide = {}
    for path in NARROW:
        page.goto(f"{served.url}/desk/settings/{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            wide[path] = width
    assert wide == {}


def test_articles_from_elsewhere_are_not_denied(served: Served) -> None:
    page = served.page("ada", "/desk/settings/knowledge/")
    expect(page.locator("#sources")).to_contain_text("1 article is live.")
    expect(page.locator("#sources")).not_to_contain_text("Nothing yet")
    page.get_by_role("link", name="Read them").click()
    expect(page).to_have_url(f"{served.url}/admin/store/article/")
    page.goto(f"{served.url}/admin/")
    expect(page).to_have_url(f"{served.url}/desk/settings/")


def test_a_service_is_attached_and_taken_away_by_keyboard(served: Served) -> None:
    page = served.page("ada", "/desk/settings/services/")
    card = page.locator("section.card", has_text="Translation")
    expect(card).to_contain_text("Not attached")
    card.get_by_label("Address of the service").fill("https://translate.fernhill.example/")
    page.keyboard.press("Enter")
    expect(page.locator("#secret")).to_be_visible()
    expect(card.locator(".state")).to_have_text("On")
    card.get_by_role("button", name="Take away").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Taken away; nothing is asked any more.")).to_be_visible()
    expect(card).to_contain_text("Not attached")
