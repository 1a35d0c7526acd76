"""Side conversations in a real Chromium: a supplier is asked, answers live beside the ticket, and is answered again."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from store.aside_post import aside_sent
from store.models import Aside, AsideMessage
from tests.web.beside import SUPPLIER, answers
from tests.web.desk.test_browser import Served, browser, own_day, served  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("THREADLINE_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def _goes_out(served: Served, message: UUID) -> None:  # noqa: F811
    house = served.day.company.house
    aside_sent(house.vault, message, str(message), f"<{message}@x.example>", house.clock())
    served.happens()


def test_a_supplier_is_asked_and_answers_beside_the_ticket(served: Served) -> None:  # noqa: F811
    page = served.page("amira", served.day.path("maya"))
    page.locator("#do-ask").click()
    dialog = page.locator("#hand-on")
    expect(dialog).to_contain_text("the customer sees none of it")
    dialog.get_by_label("Whom").fill(f"Parts desk <{SUPPLIER}>")
    dialog.get_by_label("About").fill("Was this card charged twice?")
    dialog.get_by_label("Your question").fill("Please look at FH-20418 for us.")
    dialog.get_by_text("Quote parts of the thread").click()
    expect(dialog.get_by_role("checkbox", checked=True)).to_have_count(0)
    _picture(page, "aside-ask")
    dialog.get_by_role("checkbox").first.check()
    dialog.get_by_role("button", name="Ask", exact=True).click()
    box = page.locator(".asides")
    expect(box.locator(".aside")).to_have_count(1)
    expect(page.locator("#thread")).to_contain_text("asked somebody beside the ticket")
    aside = Aside.objects.get()
    box.locator("summary").first.click()
    expect(box).to_contain_text("On its way")
    _goes_out(served, AsideMessage.objects.get().id)
    expect(box).not_to_contain_text("On its way")
    box.get_by_label("Write to them").fill("A word that is not sent yet")
    answers(served.day.company.house, aside.id, "Yes, twice. The second one is on its way back.")
    served.happens()
    expect(box.locator(".tag.new")).to_have_text("New answer")
    expect(box.locator(".theirs")).to_contain_text("The second one is on its way back.")
    expect(box.get_by_label("Write to them")).to_have_value("A word that is not sent yet")
    box.locator(".aside").scroll_into_view_if_needed()
    _picture(page, "aside")
    box.get_by_role("button", name="I have read it").click()
    expect(box.locator(".tag.new")).to_have_count(0)
    box.get_by_label("Write to them").fill("Thank you, that is all.")
    box.get_by_role("button", name="Send", exact=True).click()
    expect(box.locator(".ours")).to_have_count(2)
    expect(box.get_by_label("Write to them")).to_have_value("")
    box.get_by_role("button", name="Done").click()
    expect(box.locator(".aside .tag")).to_have_text("Done")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    _picture(page, "aside-dark")
    assert served.trouble == []


def test_it_is_read_on_a_telephone(served: Served) -> None:  # noqa: F811
    from tests.web.beside import beside

    company = served.day.company
    beside(company.house, company.users["amira"], served.day.made["maya"])
    page = served.page("amira", served.day.path("maya"), width=390)
    page.locator("[data-do=context]").click()
    box = page.locator(".asides")
    box.locator("summary").first.click()
    expect(box.locator(".theirs")).to_contain_text("Yes, three of them.")
    expect(box.get_by_role("link", name="offer.pdf")).to_be_visible()
    expect(box.locator(".undelivered")).to_contain_text("no such recipient")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box.scroll_into_view_if_needed()
    _picture(page, "aside-phone")
    assert served.trouble == []
