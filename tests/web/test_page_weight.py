"""What each main page costs to fetch the first time, files and all, as it comes over the line: no more than 250 KB."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.web.desk.test_browser import Served, browser, own_day, served
from tests.web.leads.conftest import count

__all__ = ["browser", "own_day", "served"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
MOST = 250_000
"""Bytes of a page with all it loads; in the administration django-unfold's and Django's scripts come along."""


def _weight(page: Page, url: str) -> int:
    """Bytes on the line, headers included, until nothing more is asked for; nothing comes from the cache.

    Event streams are not counted: they do not end.
    """
    told = page.context.new_cdp_session(page)
    told.send("Network.enable")
    told.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    told.on("Network.loadingFinished", lambda one: sizes.append(one["encodedDataLength"]))
    page.goto(url)
    page.wait_for_function("document.readyState === 'complete'")
    _settles(page, sizes)
    told.detach()
    return int(sum(sizes))


def _settles(page: Page, sizes: list[Any]) -> None:
    """Until two looks, half a second apart, find the same number of answers."""
    seen = -1
    while seen != len(sizes):
        seen = len(sizes)
        page.evaluate("new Promise((done) => setTimeout(done, 500))")


def test_no_page_weighs_more_than_a_quarter_of_a_megabyte(served: Served) -> None:
    count(served.day)
    number = served.day.made["maya"]
    pages = (
        "/desk/view/all/",
        f"/desk/tickets/{number}/?view=all",
        "/desk/macros/new/",
        "/desk/posts/",
        "/desk/wall/",
        "/desk/reports/",
        "/desk/settings/",
        "/desk/settings/start/",
        "/desk/settings/chat/website/",
        "/account/2fa/",
        "/help/",
        "/admin/store/slapolicy/",
        "/admin/store/user/",
        "/admin/store/inbox/",
        "/admin/store/routingrule/",
        "/admin/store/team/",
        "/admin/store/team/add/",
        "/admin/store/calendar/add/",
        "/admin/store/hook/add/",
        "/admin/store/user/add/",
        "/admin/store/ticket/",
        "/admin/store/auditentry/",
    )
    page = served.page("ada", "/static/desk/mark.svg")
    page.set_default_timeout(60_000)
    weights = {path: _weight(page, f"{served.url}{path}") for path in pages}
    assert all(weight > 3_000 for weight in weights.values()), weights
    assert {path: n for path, n in weights.items() if n > MOST} == {}, weights
