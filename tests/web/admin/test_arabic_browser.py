"""What the settings' library says by script alone, in the reader's language."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.desk.test_browser import Served, browser, own_day, served

__all__ = ["browser", "own_day", "served"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


def test_a_place_that_scrolls_is_called_so_in_arabic(served: Served) -> None:
    ada = served.day.company.users["ada"]
    ada.language = "ar"
    ada.save()
    page = served.page("ada", "/admin/store/team/")
    expect(page.locator("[aria-label='يمكن تمريره']").first).to_be_attached()
    expect(page.locator("[aria-label='scrollable content']")).to_have_count(0)
