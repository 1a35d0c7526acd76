"""Every page on a telephone, in Chromium: no wider than its window, with what is wider on its own, as tables, to be moved; and the administration from right to left."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.web.desk.test_browser import Served, browser, own_day, served
from tests.web.leads.conftest import count
from tests.web.test_axe_everywhere import PAGES, _paths

__all__ = ["browser", "own_day", "served"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
    pytest.mark.timeout(900),
]

OUT_OF_REACH = """() => {
  const told = document.documentElement.scrollWidth > innerWidth ? ["the page is wider than its window"] : [];
  const moves = (e) => ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
  for (const e of document.querySelectorAll("table, pre, form, fieldset, h1, button, input, select, textarea, td")) {
    const place = e.getBoundingClientRect();
    if (!e.offsetParent || place.width < 3 || e.closest(".unseen")) continue;
    if (place.left >= -1 && place.right <= innerWidth + 1) continue;
    let around = e.parentElement;
    while (around && around !== document.body && !moves(around)) around = around.parentElement;
    if (!around || around === document.body)
      told.push(`${e.tagName} ${e.textContent.trim().slice(0, 40)} leaves the window`);
  }
  return told.slice(0, 4);
}"""


def _settings() -> dict[str, str]:
    """The lists of the administration, and the first entry of each."""
    found = {}
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found[f"{name} list"] = reverse(f"{name}_changelist")
        if (first := model._default_manager.first()) is not None:
            found[f"{name} entry"] = reverse(f"{name}_change", args=[first.pk])
    return found


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_is_wider_than_a_telephone(served: Served, language: str) -> None:
    count(served.day)
    ada = served.day.company.users["ada"]
    ada.language = language
    ada.set_password("a long enough password")  # else there is nothing to be asked for once more
    ada.save()
    page: Page = served.page("ada", "/static/desk/mark.svg", width=390)
    ills: dict[str, list[str]] = {}
    for name, path in (_paths(served.day, PAGES["ada"]) | _settings()).items():
        page.goto(f"{served.url}{path}")
        if found := page.evaluate(OUT_OF_REACH):
            ills[name] = found
    served.trouble.clear()  # pages about what is not there say so with a status
    assert ills == {}


def test_tabs_are_one_line_each(served: Served) -> None:
    ada = served.day.company.users["ada"]
    ada.language = "de"
    ada.save()
    page = served.page("ada", "/desk/kept/", width=390)
    for path in ("/desk/kept/", "/desk/lessons/"):
        page.goto(f"{served.url}{path}")
        tabs = page.locator(".tabs a")
        heights = tabs.evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
        assert len(heights) == 3
        assert max(heights) < 48, path


BEGINS = """(e) => {
  const words = document.createRange();
  words.selectNodeContents(e);
  return words.getBoundingClientRect().right;
}"""


def test_settings_read_from_the_right(served: Served) -> None:
    ada = served.day.company.users["ada"]
    ada.language = "ar"
    ada.save()
    page = served.page("ada", "/admin/store/team/")
    head = page.locator("#result_list thead th", has_text="اسم قصير")
    expect(head).to_be_visible()
    cell = page.locator("#result_list td.field-slug").first
    assert head.evaluate(BEGINS) == pytest.approx(cell.evaluate(BEGINS), abs=4)
    entry = page.locator("#nav-sidebar-inner a:has(.material-symbols-outlined + span)").first
    icon = entry.locator("span").first.bounding_box()
    words = entry.locator("span").nth(1).bounding_box()
    assert icon is not None
    assert words is not None
    assert words["x"] + words["width"] + 4 <= icon["x"], "the icon does not touch the words"
    page.set_viewport_size({"width": 390, "height": 860})
    apart = page.locator("#result_list td.field-slug").first.evaluate(
        """(e) => {
          const words = document.createRange();
          words.selectNodeContents(e);
          return words.getBoundingClientRect().left - e.getBoundingClientRect().left;
        }"""
    )
    assert apart < 24, "a value stands at the other end of its line than its name"
    name = "(e) => getComputedStyle(e, '::before').textTransform"
    assert page.locator("#result_list td.field-slug").first.evaluate(name) == "none", "no Capitals"
