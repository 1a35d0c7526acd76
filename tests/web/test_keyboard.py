"""The main pages by keyboard alone: everything is reached, where one is can be seen, nothing holds one back, help and palette open and close."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.desk.test_browser import Served, browser, own_day, served
from tests.web.leads.conftest import count

__all__ = ["browser", "own_day", "served"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
MOST = 220
"""More stops than any of these pages has."""
STOPS = """() => {
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex='0']";
  const groups = new Set();
  return [...document.querySelectorAll(wanted)].filter((one) => {
    if (one.disabled || one.tabIndex < 0 || !one.checkVisibility({ visibilityProperty: true })) return false;
    if (one.closest("[inert]")) return false;
    if (one.type !== "radio") return true;
    const group = `${one.form?.id} ${one.name}`;
    return !groups.has(group) && groups.add(group);
  }).map((one) => one.type === "radio" ? `radio ${one.name}` : one.outerHTML.slice(0, 120));
}"""
HERE = """() => {
  let one = document.activeElement;
  if (!one || one === document.body) return null;
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  // A field that consists of more than its text is lit around all of it.
  const around = one.closest(".write, .palette-ask, .field");
  const whole = around && getComputedStyle(around);
  const lit = ring || style.boxShadow !== "none"
    || (whole && (whole.outlineStyle !== "none" || whole.boxShadow !== "none"));
  return {
    name: one.type === "radio" ? `radio ${one.name}` : one.outerHTML.slice(0, 120), lit,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
      && box.top < innerHeight && box.left < innerWidth,
  };
}"""


def _walk(page: Page) -> dict[str, Any]:
    """Tab until the page is left; what was passed, and what was wrong on the way."""
    stops = set(page.evaluate(STOPS))
    passed: set[str] = set()
    dark, hidden = [], []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is None:
            break
        passed.add(here["name"])
        if not here["lit"]:
            dark.append(here["name"])
        if not here["seen"]:
            hidden.append(here["name"])
    else:
        return {"holds": here}
    # What was in the document when we began and still is; a stop may rename itself while one is on it.
    missed = (stops & set(page.evaluate(STOPS))) - passed
    return {
        name: found
        for name, found in (("missed", sorted(missed)), ("dark", dark), ("hidden", hidden))
        if found
    }


def test_every_stop_is_reached_and_seen_and_none_holds(served: Served) -> None:
    count(served.day)
    number, wrong = served.day.made["maya"], {}
    pages = (
        *(
            "/desk/view/all/",
            f"/desk/tickets/{number}/?view=all",
            "/desk/macros/new/",
            "/desk/wall/",
        ),
        *(
            "/desk/reports/",
            "/desk/settings/",
            "/desk/settings/company/",
            "/desk/settings/roles/new/",
        ),
        *("/desk/settings/chat/website/", "/account/sessions/", "/help/", "/account/login/"),
    )
    page = served.page("ada", "/static/desk/mark.svg")
    page.set_default_timeout(60_000)
    for path in pages:
        if path == "/account/login/":
            page.context.clear_cookies()
        page.goto(f"{served.url}{path}")
        page.evaluate("document.activeElement?.blur()")
        if found := _walk(page):
            wrong[path] = found
    assert wrong == {}


def test_a_ticket_is_found_read_and_answered_without_a_mouse(served: Served) -> None:
    page = served.page("amira", "/desk/view/mine/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#keys button")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("j")
    here = page.evaluate("document.activeElement.outerHTML")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    assert page.evaluate("document.activeElement.outerHTML") == here, "one is where one was"
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("The reference is FH-20418.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said.held")).to_contain_text("The reference is FH-20418.")
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect(page.locator("#text")).to_have_value("The reference is FH-20418.")
