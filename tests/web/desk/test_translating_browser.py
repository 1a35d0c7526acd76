"""The translator at the composer, in Chromium: a draft goes over into the customer's language and comes back by undo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from bot import slot_answers, slots
from store.models import Conversation
from tests.fakes.serving import serving
from tests.fakes.slot import FakeService
from tests.web.desk.test_browser import Served, browser, own_day, served
from web import house as web_house

__all__ = ["browser", "own_day", "served"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


@pytest.fixture
def service(served: Served) -> Iterator[FakeService]:
    """A translator inside our own network. It checks the hour of the signature, so the company's clock is right."""
    company = served.day.company
    company.clock.now = datetime.now(UTC)
    settings = company.house.settings
    web = settings.web.model_copy(update={"inside_hosts": ["127.0.0.1"]})
    company.house = replace(company.house, settings=settings.model_copy(update={"web": web}))
    web_house.use(company.house)
    slot_answers.memory.clear()
    fake = FakeService()
    with serving(fake.app) as url:
        fake.url = f"{url}/slot"
        made = slots.attach(company.house, company.users["ada"], "translation", fake.url, True)
        fake.secrets.append(made.secret)
        yield fake


def test_a_draft_is_translated_used_and_taken_back_by_keyboard(
    served: Served, service: FakeService
) -> None:
    Conversation.objects.filter(ticket__number=served.day.made["maya"]).update(language="de")
    page = served.page("amira", served.day.path("maya"))
    button = page.get_by_role("button", name="Translate my text")
    button.click()
    expect(page.locator("#suggestion")).to_contain_text("Write your text first")
    page.locator("#text").fill("Hello")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#translated-text")).to_have_text("Hallo")
    expect(page.locator("#suggestion")).to_contain_text("Deutsch")
    page.get_by_role("button", name="Use it").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("Hallo")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator("#text")).to_have_value("Hello")


def test_a_translator_that_fails_is_told_with_what_to_do_and_changes_nothing(
    served: Served, service: FakeService
) -> None:
    page = served.page("amira", served.day.path("maya"))
    page.locator("#text").fill("Hello")
    service.script = [500]
    page.get_by_role("button", name="Translate my text").click()
    told = page.locator("#suggestion")
    expect(told).to_contain_text("Your text is as it was. Try again in a minute")
    expect(page.locator("#text")).to_have_value("Hello")
    told.get_by_role("button", name="Close").click()
    expect(told).to_be_empty()
    asked = page.locator(".said.customer .translation").last
    service.script = [500]
    asked.get_by_role("button", name="Translate").click()
    expect(asked).to_contain_text("tell an admin")
    asked.get_by_role("button", name="Translate").click()
    expect(asked).to_contain_text("Translated by the attached service")
