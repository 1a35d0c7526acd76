"""A formatted reply in a real Chromium: written by keyboard, previewed, kept as a draft, read in the desk and in the visitor's chat."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot import desk
from store.bodies import open_body
from store.models import Message
from tests.axe import axe
from tests.web.desk.test_axe import found_by
from tests.web.desk.test_browser import (
    Served,
    browser,
    own_day,
    served,
)

__all__ = ["axe", "browser", "own_day", "served"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


def _pictured(page: Page, name: str) -> None:
    folder = os.environ.get("THREADLINE_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_formatted_reply_is_written_by_keyboard(served: Served, axe: str) -> None:
    page = served.page("amira", served.day.path("maya"))
    switch, text, preview = (
        page.locator("#form-switch"),
        page.locator("#text"),
        page.locator("#preview"),
    )
    expect(page.locator("#toolbar")).to_be_hidden()
    page.keyboard.press("r")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(text).to_be_focused()
    page.keyboard.press("Control+b")
    page.keyboard.type("Refund")
    page.keyboard.press("End")
    page.keyboard.type(" is on its way:")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Shift+Digit8")
    page.keyboard.type("two days by card")
    page.keyboard.press("Enter")
    page.keyboard.type("five by bank transfer")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("Thanks")
    expect(text).to_have_value(
        "**Refund** is on its way:\n\n- two days by card\n- five by bank transfer\n\nThanks"
    )
    page.keyboard.press("Shift+Home")
    page.keyboard.press("Control+i")
    page.keyboard.press("Control+i")
    page.keyboard.press("Control+k")
    page.keyboard.type("https://help.example/refund")
    expect(preview.locator("strong")).to_have_text("Refund")
    expect(preview.locator("li")).to_have_count(2)
    expect(preview.locator("a")).to_have_attribute("href", "https://help.example/refund")
    _pictured(page, "desk-formatted")
    assert found_by(page, axe) == []
    page.locator("#toolbar button").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator('#toolbar [data-format="italic"]')).to_be_focused()
    text.focus()
    with page.expect_response("**/draft/"):
        page.keyboard.press("Control+End")
        page.keyboard.type("!")
    page.reload()
    expect(text).to_have_value(
        "**Refund** is on its way:\n\n- two days by card\n- five by bank transfer\n\n[Thanks](https://help.example/refund)!"
    )
    expect(switch).to_have_attribute("aria-pressed", "true")
    text.focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said.held .said-form strong")).to_have_text("Refund")
    expect(text).to_have_value("")
    page.locator(".said.held .undo").click()
    expect(text).to_have_value(
        "**Refund** is on its way:\n\n- two days by card\n- five by bank transfer\n\n[Thanks](https://help.example/refund)!"
    )
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(page.locator("#preview-box")).to_be_hidden()
    assert served.trouble == []


def test_a_visitor_is_answered_with_a_form(served: Served) -> None:
    company = served.day.company
    desk.take(company.house, company.users["wei"], served.day.made["hub"])
    page = served.page("wei", served.day.path("hub"), 390)
    page.locator("#form-switch").click()
    page.locator("#text").fill(
        "1. hold the **button**\n2. wait <img src=x onerror=alert(1)>\n\n> it blinks\n\n```\nreset\n```"
    )
    expect(page.locator("#preview ol li")).to_have_count(2)
    _pictured(page, "composer-formatted-phone")
    page.locator("#send").click()
    said = page.locator(".said.us:not(.pending) .said-form").last
    expect(said.locator("strong")).to_have_text("button")
    expect(said.locator("img")).to_have_count(0)
    expect(said.locator("blockquote")).to_have_text("it blinks")
    expect(said.locator("pre")).to_have_text("reset")
    message = (
        Message.objects.select_related("address")
        .filter(author="agent", conversation__ticket__number=served.day.made["hub"])
        .latest("seq")
    )
    body = open_body(company.house.vault, message)
    assert (
        body.text
        == "1. hold the button\n2. wait <img src=x onerror=alert(1)>\n\n> it blinks\n\nreset"
    )
    assert served.trouble == []


def test_where_only_plain_words_go_there_is_no_toolbar(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    page.evaluate("for (const one of document.querySelectorAll('.reach')) one.dataset.shows = ''")
    page.evaluate("document.getElementById('mode-note').click()")
    expect(page.locator("#form-switch")).to_be_visible()
    page.evaluate(
        "for (const one of document.querySelectorAll('[name=way] option')) one.dataset.shows = ''"
    )
    page.evaluate("document.getElementById('mode-reply').click()")
    expect(page.locator("#form-switch")).to_be_hidden()
    expect(page.locator("#toolbar")).to_be_hidden()
