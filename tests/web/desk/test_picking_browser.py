"""The boxes by which tickets are picked: large enough for a finger, and clear of the names beside them."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from tests.web.desk.test_browser import Served, browser, own_day, served  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


def _on_a_telephone(served: Served, login: str) -> Page:  # noqa: F811
    client = Client()
    client.force_login(served.day.company.users[login])
    context = served.browser.new_context(
        viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True
    )
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": served.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    return context.new_page()


def test_a_finger_finds_the_box(served: Served) -> None:  # noqa: F811
    page = _on_a_telephone(served, "amira")
    page.goto(f"{served.url}/desk/view/mine/")
    box, name = page.locator(".pick").first, page.locator(".row-who").first
    around, words = box.bounding_box(), name.bounding_box()
    assert around
    assert words
    assert min(around["width"], around["height"]) >= 44
    assert words["x"] >= around["x"] + around["width"]
    box.tap()
    expect(box).to_be_checked()
    expect(page.locator("#bulk-count")).to_have_text("1")
