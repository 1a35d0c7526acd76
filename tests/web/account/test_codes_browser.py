"""The recovery codes in a real Chromium: read under their label, in one column, on a telephone too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from playwright.sync_api import expect

from tests.web.desk.test_browser import Served, browser, own_day, served

__all__ = ["browser", "own_day", "served"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
    pytest.mark.timeout(600),
]


@pytest.mark.parametrize("width", [1440, 390])
def test_the_codes_stand_under_their_label(served: Served, width: int) -> None:
    amira = served.day.company.users["amira"]
    TOTP.activate(amira, generate_totp_secret())
    first, *others = RecoveryCodes.activate(amira).get_unused_codes()
    page = served.page("amira", "/account/2fa/", width)
    page.get_by_role("link", name="Show them").click()
    page.get_by_role("textbox", name="Code").fill(first)
    page.get_by_role("button", name="Confirm").click()
    codes = page.locator("#recovery_codes")
    expect(codes).to_have_value("\n".join(others))
    if folder := os.environ.get("THREADLINE_PICTURES"):
        page.screenshot(path=Path(folder) / f"codes-{width}.png", full_page=True)
    label, box = page.locator("label[for=recovery_codes]").bounding_box(), codes.bounding_box()
    card = page.locator("main.card").bounding_box()
    assert label
    assert box
    assert card
    assert label["y"] + label["height"] <= box["y"]
    assert label["x"] == pytest.approx(box["x"], abs=2)
    assert box["width"] > card["width"] * 0.75
    assert codes.evaluate("e => e.scrollHeight <= e.clientHeight + 1"), "all of them at once"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
