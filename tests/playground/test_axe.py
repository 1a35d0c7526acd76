"""axe-core over the playground's pages, in light and dark: nothing that keeps somebody out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.axe import axe
from tests.playground.conftest import Play
from tests.web.desk.test_axe import found_by
from tests.web.desk.test_browser import browser

__all__ = ["axe", "browser"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_nothing_keeps_anybody_out(play: Play, browser: Browser, axe: str) -> None:
    page, ills = browser.new_page(bypass_csp=True), {}
    page.set_default_timeout(60_000)
    page.goto(f"{play.url}/")
    links = page.locator("a[href^='/play/']").all()
    paths = sorted({str(link.get_attribute("href")) for link in links})
    assert len(paths) > 3
    for path in ("/", *paths):
        page.goto(f"{play.url}{path}")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            if found := found_by(page, axe):
                ills[f"{path} {scheme}"] = found
    page.context.close()
    assert ills == {}
