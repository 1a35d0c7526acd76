"""The customer's own agent, in a real Chromium: chosen beside the conversation, seen by colleagues, and taken away again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from store.models import Ticket
from store.preferred import preferred_agent
from tests.web.desk.test_browser import Served, browser, own_day, served  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


def _theirs(served: Served) -> str:  # noqa: F811
    ticket = Ticket.objects.select_related("conversation").get(number=served.day.made["maya"])
    found = preferred_agent(ticket.conversation.address_id)
    return found.user.name if found else ""


def test_chosen_seen_and_taken_away(served: Served) -> None:  # noqa: F811
    page = served.page("amira", served.day.path("maya"))
    colleague = served.page("ruth", f"{served.day.path('maya')}?view=all")
    customer, theirs = (one.locator("[data-key=customer]") for one in (page, colleague))
    expect(customer.locator("#own-agent summary")).to_have_text("None: choose one")
    customer.locator("#own-agent summary").click()
    customer.get_by_label("Mail address").fill("nobody@fernhill.example")
    customer.get_by_role("button", name="Choose").click()
    expect(page.locator("#problem")).to_contain_text("nobody@fernhill.example")
    assert _theirs(served) == ""
    customer.get_by_label("Mail address").fill("wei@fernhill.example")
    customer.get_by_role("button", name="Choose").click()
    expect(customer.locator(".own-agent")).to_contain_text("Wei Zhang")
    expect(customer.locator("#own-agent")).to_have_count(0)
    expect(page.locator("#problem")).to_be_empty()
    assert _theirs(served) == "Wei Zhang"
    served.happens()
    expect(theirs.locator(".own-agent")).to_contain_text("Wei Zhang")
    changed = "changed who the customer’s own agent is"
    expect(colleague.locator("#thread .event").last).to_contain_text(changed)
    theirs.get_by_role("button", name="Not any more").click()
    expect(theirs.locator("#own-agent summary")).to_have_text("None: choose one")
    expect(theirs.locator(".own-agent")).to_have_count(0)
    assert _theirs(served) == ""
    served.happens()
    expect(customer.locator(".own-agent")).to_have_count(0)
    expect(customer.locator("#own-agent summary")).to_be_visible()
    expect(customer.get_by_label("Mail address")).to_be_hidden()
    # The browser's own words of the refusal, which may come later than what the page shows.
    served.trouble[:] = [one for one in served.trouble if "404" not in one]
