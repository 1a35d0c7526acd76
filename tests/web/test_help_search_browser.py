"""The list of the help pages' search, chosen from with the keyboard. Apart from `test_help_search`, whose views ask the brain in a loop
of their own, which the browser's thread has already."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from store.models import Revision
from tests.web.desk.conftest import day, desk_company
from tests.web.desk.test_browser import Served, browser, own_day, served
from tests.web.test_help_search import BODY

__all__ = ["browser", "day", "desk_company", "own_day", "served"]


@pytest.fixture(autouse=True)
def _no_brain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THREADLINE_BRAIN_URL", raising=False)


@pytest.mark.browser
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_suggestions_are_chosen_with_the_keyboard(served: Served) -> None:
    Revision.objects.update(body=BODY)
    page = served.page("ada", "/help/")
    page.set_default_timeout(60_000)
    field = page.get_by_role("combobox")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("charged tw")
    option = page.get_by_role("option", name="Find out why you were charged twice")
    expect(option).to_be_visible(timeout=60_000)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("1 article")
    field.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(option.get_attribute("id")))
    field.press("Escape")
    expect(option).to_be_hidden()
    field.press_sequentially("i")
    expect(option).to_be_visible(timeout=60_000)
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Find out why you were charged twice")
    assert served.trouble == []
