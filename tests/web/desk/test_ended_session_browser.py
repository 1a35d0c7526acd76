"""A session that is ended elsewhere: the open desk leads to the sign-in by its stream, and back to what was being written."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.web.desk.test_browser import Served, browser, own_day, served  # noqa: F401 - fixtures
from tests.web.seed import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
BEFORE_ANY_POLL_MS = 45_000
"""The list asks by itself each minute; what asks more often is held up in this test."""


def test_the_page_leads_to_the_sign_in_and_keeps_the_draft(served: Served) -> None:  # noqa: F811
    amira, path = served.day.company.users["amira"], served.day.path("maya")

    def never(route: Route) -> None:
        route.fulfill(status=204)

    page = served.page("amira", path)
    expect(page.locator("#presence select")).to_have_value("online")
    for asked in ("**/desk/offers/", "**/desk/presence/beat/"):
        page.route(asked, never)
    with page.expect_response("**/draft/"):
        page.locator("#text").fill("Half of an answer")
    # A new password ends every session of hers.
    amira.set_password(PASSWORD)
    amira.save()
    page.wait_for_url("**/account/login/?next=*", timeout=BEFORE_ANY_POLL_MS)
    page.locator("input[name=login]").fill(amira.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}*")
    expect(page.locator("#text")).to_have_value("Half of an answer")
    # The browser's own words about what was refused meanwhile.
    served.trouble[:] = [one for one in served.trouble if "401" not in one]
