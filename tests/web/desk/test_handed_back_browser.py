"""A ticket that goes back to the assistant, in a real Chromium: it answers next, and brings the ticket back when it cannot."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from store.turns import claim
from tests.web.day import _last_mail
from tests.web.desk.test_browser import Served, browser, own_day, served  # noqa: F401 - fixtures
from tests.web.desk.test_writing import held_sender
from tests.web.seed import LEASE, answers, hands_over, mails

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


def _asks(served: Served, text: str) -> None:  # noqa: F811
    company = served.day.company
    mails(company, held_sender(served.day), "Re: Card", text, follows=_last_mail(company))
    served.happens()


def test_the_assistant_answers_the_next_message(served: Served) -> None:  # noqa: F811
    company = served.day.company
    page = served.page("amira", f"{served.day.path('maya')}?view=mine")
    row = page.locator(f".row[data-number='{served.day.made['maya']}']")
    expect(row).to_have_count(1)
    _asks(served, "And where is my invoice?")
    expect(page.locator("#thread")).to_contain_text("where is my invoice")
    waiting = claim(company.house.vault, "test", LEASE, 10, company.clock())
    assert waiting == [], "a person speaks"
    page.keyboard.press("f")
    page.locator("#hand-on select").select_option(label="Back to the assistant")
    page.locator("#hand-on textarea").fill("Only asks for the invoice")
    page.locator("#hand-on .primary").click()
    expect(page.locator("#speaks")).to_contain_text("The assistant speaks with the customer.")
    expect(page.locator("#hand-on")).to_be_hidden()
    expect(page.locator(".said.note").last).to_contain_text("Only asks for the invoice")
    expect(page.locator("#thread")).to_contain_text("handed the ticket back to the assistant")
    expect(page.locator("#send")).to_be_disabled()
    expect(page.locator("#do-wake")).to_have_count(0)
    expect(row).to_have_count(0)
    _asks(served, "I cannot find it in my account")
    answers(company, "Your invoices are under Account, Documents.")
    served.happens()
    expect(page.locator("#thread .said.bot").last).to_contain_text("under Account, Documents")
    expect(page.locator("#speaks")).to_contain_text("The assistant speaks with the customer.")
    expect(row).to_have_count(0)
    _asks(served, "There is none. A person, please")
    assert hands_over(company) == served.day.made["maya"]
    served.happens()
    expect(page.locator("#thread")).to_contain_text("brought the ticket back to people")
    expect(page.locator("#do-take")).to_be_visible()
    expect(page.locator("#speaks")).to_contain_text("Nobody has taken this ticket yet.")
